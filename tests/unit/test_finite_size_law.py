"""The bounds on the bias of finite networks are not below what `tests/regression/make_finite_size.py` measured."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import dmft
import validation
from validation.finite_size import extrapolate_means, large_n
from validation.finite_size_law import Law, law_of, random_law

HERE = Path(__file__).parents[1] / "regression"
MEASURED = json.loads((HERE / "finite_size.json").read_text())


@pytest.fixture(scope="module")
def cases():
    spec = importlib.util.spec_from_file_location("make_finite_size", HERE / "make_finite_size.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


def bounds(case, cases):
    """Quantity -> law, as a comparison with this case's networks would have it, from the exact slope."""
    network, _, settings = cases[case]
    slope = MEASURED[case].get("mean_slope", {}).get("theory")
    if slope is None and isinstance(network, dmft.RandomNetwork):
        slope = float(dmft.solve_stationary(network).mean_slope)
    exponent = MEASURED[case].get("lyapunov_exponent", {}).get("theory", 0.0)

    class Stated:
        """What `law_of` asks of a simulation."""

        sizes = (1000,)
        variables = {"mean_slope": ((), "1")}  # noqa: RUF012

        class plan:
            pass

        @staticmethod
        def mean(name, size):
            return {"mean_slope": slope, "lyapunov_exponent": exponent}[name]

    Stated.plan.network, Stated.plan.burn_in = network, float(settings["burn_in"])
    Stated.plan.duration = float(settings["duration"])
    return {quantity: law_of(quantity, Stated) for quantity in MEASURED[case]}


def excesses(case, cases, factor=1.0):
    """(deviation beyond `factor` times the bound)/error, for every quantity and size of a case."""
    found = []
    for quantity, law in bounds(case, cases).items():
        entry = MEASURED[case][quantity]
        unit = entry["scale"] if law.unit is not None else 1.0
        for size, (deviation, error, _) in entry["sizes"].items():
            theory = entry["theory_error"] / entry["scale"]
            found.append((abs(deviation) * unit - factor * law.at(int(size))) / (np.hypot(error, theory) * unit))
    return np.array(found)


@pytest.mark.parametrize("case", sorted(MEASURED))
def test_no_bound_is_below_what_was_measured(case, cases):
    """Each deviation is within its bound to two of its errors; there are about twenty for each case."""
    assert excesses(case, cases).max() < 2.0


def test_bounds_a_third_as_large_would_be_seen(cases):
    beyond = {case: excesses(case, cases, factor=1 / 3).max() for case in MEASURED}
    assert {"chaos 2", "chaos 3", "plastic -2", "white noise"} <= {case for case, most in beyond.items() if most > 2}


def test_the_variance_of_anti_hebbian_networks_lies_within_its_bound():
    """N = 500: 1.6 % low in four sizes extrapolated in 1/N; a bound of 1.27 % was stated once."""
    simulation = validation.simulate(
        dmft.PlasticNetwork(2.0, -2.0, 2.5), 500, n_realizations=2, duration=5.0, burn_in=0.0, seed=1
    )
    _, bias = large_n(simulation, "corr_phi[0]")
    assert bias > 0.0164 * simulation.mean("corr_phi", 500)[0]


def test_a_longer_memory_and_a_longer_lag_make_larger_bounds():
    at = [float(random_law("corr_x[0]", s).at(1000)) for s in (3.0, 18.0, 38.0, 76.0)]
    assert sorted(at) == at
    assert random_law("corr_x[5]", 38.0).at(1000) > random_law("corr_x[0]", 38.0).at(1000)


def test_exponents_lie_low_by_the_same_amount_at_all_gains():
    """c in lambda_N = lambda - c/N at g = 1.5, 2, 3, N from 500 on: one number to a fifth, though lambda is not."""
    found = []
    for case in ("chaos 1.5", "chaos 2", "chaos 3"):
        entry = MEASURED[case]["lyapunov_exponent"]
        sizes = [int(size) for size in entry["sizes"] if int(size) >= 500]
        c, error = (np.array([n * entry["scale"] * entry["sizes"][str(n)][k] for n in sizes]) for k in (0, 1))
        weights = error**-2.0
        mean = np.sum(weights * c) / np.sum(weights)
        assert np.all(np.abs(c - mean) < 3.0 * error)  # no term of second order
        found.append(-mean)
    assert np.ptp(found) < 3.0
    assert min(found) > 12.0
    assert max(found) < 16.0  # the bound


@pytest.mark.parametrize("order", [0, 1])
def test_the_bound_on_a_fit_is_reached_by_a_deviation_of_its_size(order):
    sizes = np.array([500, 1000])
    law = Law(first=20.0, second=4000.0)
    deviation = law.at(sizes) if order == 0 else law.second / sizes**2
    fit = extrapolate_means(sizes, 2.0 * (1.0 + deviation), [0.01, 0.01], [10, 10], order=order)
    assert abs(fit.value - 2.0) == pytest.approx(law.left_out(fit, 2.0), rel=1e-9)


def test_tables_and_figures_have_one_estimate():
    network = dmft.RandomNetwork(3.0)
    simulation = validation.simulate(
        network, [60, 120, 240], n_realizations=6, duration=20.0, measure=("correlation", "lyapunov"), seed=4
    )
    comparison = validation.compare(dmft.solve_stationary(network), simulation)
    for row in comparison.rows:
        name, _, at = row.quantity.rstrip("]").partition("[")
        figure = validation.extrapolate(simulation, name, at=float(at) if at else None)
        assert (figure.value, figure.order) == (row.estimate.value, row.estimate.order)


def test_dimensions_with_slow_means_have_a_bound_that_held():
    """Measured: ten E/I networks each of 400 and 800, 300 tau after 60, four states, dt 0.05, seed 11."""
    excitatory = dmft.Population("0.8*tanh(x)+0.2*x/(1+x**2)", fraction=0.75, bias=0.3, drive=dmft.WhiteNoise(0.3))
    inhibitory = dmft.Population("erf", dmft.Leaky(0.5), fraction=0.25, bias=-0.1)
    couplings = dmft.Couplings(dmft.Random([[1.6, 2.0], [1.8, 1.2]]), dmft.Mean([[0.8, -1.5], [1.2, -1.0]]))
    network = dmft.Network({"E": excitatory, "I": inhibitory}, couplings)

    class Stated:
        sizes, variables = (400, 800), {}

        class plan:
            pass

    Stated.plan.network = network
    theory = float(1.0 / dmft.effective_dimension(dmft.solve_stationary(network), "x"))
    assert theory == pytest.approx(17.434, abs=1e-2)
    law = law_of("inverse_dimension_x", Stated)
    for size, mean, error in ((400, 13.385, 1.175), (800, 15.128, 1.211)):
        off = abs(mean - theory) / theory
        assert law.at(size) > off + error / theory
