"""Sampled units under sinusoids of random phase, against theory over seeds and against networks.

chi^2 as in `test_stated_units_errors.py`: of right errors the mean is below 1. Waves that are off by 3 of their errors
(1e-3 of C(0)), or a sinusoid 0.3 % too weak, are seen. Networks of N = 400 have means known to 1 %: fields from which
the waves were left out (C^phi(5) lower by 0.1) are.
"""

import numpy as np
import pytest

import dmft
import validation

PLAIN = dmft.Dynamics("-x + h")


@pytest.mark.long
@pytest.mark.parametrize(("g", "amplitude", "frequency"), [(2.0, 1.0, 0.1), (1.5, 2.0, 0.1), (2.0, 1.0, 0.3)])
def test_errors_of_leaky_units_are_those_of_their_seeds(g, amplitude, frequency):
    drive = dmft.Sinusoid(amplitude, frequency, "random")
    exact = dmft.solve_stationary(dmft.RandomNetwork(g, drive=drive))
    network = dmft.Network(dmft.Population(dynamics=PLAIN, drive=drive), dmft.Random(g))
    squares, told = [], []
    for seed in range(10):
        found = dmft.solve_stationary(network, method=dmft.Sampled(seed=seed))
        at = np.searchsorted(found.lags, np.array([0.0, 2.0, 5.0, 15.0]) - 1e-9)
        for name in ("corr_x", "corr_phi"):
            known = getattr(exact, f"{name}_at")(found.lags[at])
            errors = getattr(found, f"{name}_error")[at]
            told.append(errors[0] / known[0])
            squares.append(((getattr(found, name)[at] - known) / errors) ** 2)
    assert np.median(told) < 3e-3  # some sets of paths have a seed far from the others, and say so
    assert 0.1 < np.mean(squares) < 2.2


@pytest.mark.parametrize("seed", [5, 13])
def test_where_all_turns_with_the_sinusoid_what_changes_does_not_feed_itself(seed):
    """Sampling errors of what changes, of which no spectrum is negative, kept one set in ten from arriving."""
    drive = dmft.Sinusoid(2.0, 0.1, "random")
    exact = dmft.solve_stationary(dmft.RandomNetwork(1.5, drive=drive))
    network = dmft.Network(dmft.Population(dynamics=PLAIN, drive=drive), dmft.Random(1.5))
    found = dmft.solve_stationary(network, method=dmft.Sampled(seed=seed))
    assert found.state == exact.state == "driven, stable"
    assert found.convergence.steps < 20
    assert abs(found.corr_x[0] - exact.corr_x[0]) < 4.0 * found.corr_x_error[0] < 0.01 * exact.corr_x[0]


@pytest.mark.long
@pytest.mark.parametrize(
    ("unit", "random", "paths"),
    [
        (dmft.SelfCoupled(1.2), dmft.Random(1.5), 256),
        (dmft.Gated(2.0), {"u": dmft.Random(2.0), "v": dmft.Random(1.5)}, 512),  # of 256 some seeds do not arrive
    ],
)
def test_networks_of_driven_units(unit, random, paths):
    population = dmft.Population(dynamics=unit, drive=dmft.Sinusoid(1.0, 0.1, "random"))
    network = dmft.Network(population, dmft.Couplings(random))
    found = dmft.solve_stationary(network, method=dmft.Sampled(paths=paths, seed=1))
    networks = validation.simulate(network, sizes=400, n_realizations=8, duration=60.0, seed=1)
    for lag in (0.0, 2.0, 5.0):
        at = int(np.argmin(np.abs(networks.lags - lag)))
        for name in ("corr_x", "corr_phi"):
            seen, error = networks.mean(name, 400)[at], networks.standard_error(name, 400)[at]
            told = getattr(found, f"{name}_at")(networks.lags[at])
            own = getattr(found, f"{name}_error")[int(np.argmin(np.abs(found.lags - lag)))]
            finite = 0.02 * networks.mean(name, 400)[0]  # of 400 units
            assert abs(seen - told) < 3.0 * np.hypot(error, own) + finite


@pytest.mark.long
def test_a_sinusoid_ends_the_chaos_of_adapting_units():
    """By theory and in networks: the exponent is above zero at A = 0.3 and below it at A = 2."""
    for amplitude, sign in ((0.3, 1.0), (2.0, -1.0)):
        population = dmft.Population(
            dynamics=dmft.NonlinearAdaptation(1, 5), drive=dmft.Sinusoid(amplitude, 0.1, "random")
        )
        network = dmft.Network(population, dmft.Random(2.0))
        state = dmft.solve_stationary(network, method=dmft.Sampled(seed=1))
        told = dmft.lyapunov_exponent(state, paths=512)
        assert sign * told > 4.0 * told.standard_error + told.numerical_error
        assert state.state == ("driven, chaotic" if sign > 0.0 else "driven, stable")
        drawn = {"sizes": 400, "n_realizations": 6, "duration": 100.0, "measure": ("lyapunov",)}
        seen = validation.simulate(network, **drawn, seed=2)
        error = seen.standard_error("lyapunov_exponent", 400)
        assert abs(seen.mean("lyapunov_exponent", 400) - told) < 4.0 * np.hypot(error, told.standard_error) + 0.025
