"""Units with means, frozen parts, white noise, several populations: first-order ones, known by other theories.

chi^2 as in `test_stated_units_errors.py`: of right errors the mean is below 1. Means of outputs that are off by 2 of
their errors, or frozen fields 1 % too weak, are seen.
"""

import numpy as np
import pytest

import dmft

PLAIN = dmft.Dynamics("-x + h")


def _pair(populations, couplings):
    """Return a network of leaky units, and the same of units that state their equations."""
    made = []
    for stated in (False, True):
        units = {}
        for name, settings in populations.items():
            tau, more = settings.get("tau", 1.0), {key: part for key, part in settings.items() if key != "tau"}
            dynamics = dmft.Dynamics("(-x + h)/tau", tau=tau) if stated else dmft.Leaky(tau)
            units[name] = dmft.Population(dynamics=dynamics, **more)
        made.append(dmft.Network(units.get("", units), couplings))
    return made


CASES = {
    "bias": ({"": {"bias": 0.3}}, dmft.Couplings(dmft.Random(2.0))),
    "inhibition": (
        {"": {"nonlinearity": dmft.Erf(), "bias": 0.4, "threshold_variance": 0.5}},
        dmft.Couplings(dmft.Random(2.5), mean=dmft.Mean(-1.0)),
    ),
    "at rest": (
        {"": {"nonlinearity": dmft.Tanh(), "bias": 0.2, "threshold_variance": 0.3}},
        dmft.Couplings(dmft.Random(0.8), mean=dmft.Mean(0.4)),
    ),
    "white": (
        {"": {"nonlinearity": dmft.Tanh(), "drive": dmft.WhiteNoise(0.5), "bias": 0.2}},
        dmft.Couplings(dmft.Random(1.5)),
    ),
    "populations": (
        {
            "E": {"fraction": 0.8, "bias": 0.2, "drive": dmft.WhiteNoise(0.5)},
            "I": {"tau": 0.7, "bias": 0.2},
        },
        dmft.Couplings(dmft.Random([[2.4, 3.0], [2.6, 3.4]]), dmft.Mean([[1.0, -2.0], [1.0, -2.0]])),
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_first_order_units_are_those_of_the_plain_network(name):
    plain, stated = _pair(*CASES[name])
    exact = dmft.solve_stationary(plain)
    squares, means = [], []
    for seed in range(10):
        found = dmft.solve_stationary(stated, method=dmft.Sampled(seed=seed))
        at = np.searchsorted(found.lags, np.array([0.0, 2.0, 5.0]) - 1e-9)
        for array in ("corr_x", "corr_phi"):
            known = np.asarray(getattr(exact, f"{array}_at")(found.lags[at]))
            errors = np.asarray(getattr(found, f"{array}_error"))[..., at]
            assert np.all(errors < 1e-2 * known[..., :1])
            squares.append(((np.asarray(getattr(found, array))[..., at] - known) / errors) ** 2)
        of_x, of_phi = found.process.mean_x_errors, found.process.mean_errors
        means.append((np.ravel(found.mean_x - exact.mean_x) / of_x) ** 2)
        means.append((np.ravel(found.mean_phi - exact.mean_phi) / of_phi) ** 2)
    assert 0.05 < np.mean(squares) < 2.2
    assert np.mean(means) < 2.2


def test_a_state_with_a_mean_says_what_is_frozen():
    plain, stated = _pair(*CASES["bias"])
    exact, found = dmft.solve_stationary(plain), dmft.solve_stationary(stated, method=dmft.Sampled())
    assert found.state == exact.state == "chaotic"
    assert found.mean_x == pytest.approx(0.3, abs=3.0 * found.process.mean_x_errors[0])
    frozen = exact.corr_x[-1] - exact.mean_x**2
    assert found.static_variance == pytest.approx(frozen, abs=8.0 * found.corr_x_error[-1])
    assert found.variance == pytest.approx(found.corr_x[0] - found.mean_x**2, rel=1e-12)
    still = dmft.solve_stationary(_pair(*CASES["at rest"])[1])
    assert still.state == "fixed point"
    assert still.static_variance == pytest.approx(still.variance, rel=1e-3)


@pytest.mark.long
def test_equal_populations_are_one():
    one = dmft.Population(dynamics=dmft.SelfCoupled(1.2))
    alone = dmft.solve_stationary(dmft.Network(one, dmft.Random(2.0)))
    split = dmft.Network(
        {"a": dmft.Population(dynamics=dmft.SelfCoupled(1.2), fraction=0.3), "b": one}, dmft.Random(2.0)
    )
    both = dmft.solve_stationary(split)
    assert both.corr_x.shape == (2, len(both.lags))
    for k in range(2):
        error = np.hypot(both.corr_phi_error[k, 0], alone.corr_phi_error[0])
        assert abs(both.corr_phi[k, 0] - alone.corr_phi[0]) < 4.0 * error
        assert error < 5e-3


@pytest.mark.long
def test_linear_units_under_white_noise_have_their_exact_variance():
    network = dmft.Network(dmft.Population(dmft.Linear(), PLAIN, drive=dmft.WhiteNoise(1.0)), dmft.Random(0.6))
    found = dmft.solve_stationary(network, method=dmft.Sampled(accuracy=1e-3))
    exact = 0.5 / np.sqrt(1.0 - 0.36)  # the integral of 1/(1 - g^2 + w^2)
    assert found.variance == pytest.approx(exact, rel=1e-3)
    assert found.convergence.error < 1e-3
