"""The energy of several populations: one number at all lags, and none where there is none."""

import dataclasses

import numpy as np
import pytest

import dmft


def network(gains, taus=(1.0, 1.0), **first):
    """Return two populations of the same size."""
    populations = {
        "a": dmft.Population(dmft.Tanh(), dmft.Leaky(taus[0]), fraction=0.5, **first),
        "b": dmft.Population(dmft.Erf(), dmft.Leaky(taus[1]), fraction=0.5),
    }
    return dmft.Network(populations, dmft.Random(np.sqrt(gains).tolist()))


@pytest.mark.parametrize(
    "first",
    [
        {},
        {"drive": dmft.WhiteNoise(0.7)},
        {"threshold_variance": 0.5, "bias": 0.3},
        {"threshold_variance": 0.5, "bias": 0.3, "drive": dmft.WhiteNoise(0.7)},
    ],
)
@pytest.mark.parametrize("tau", [1.0, 3.0])
def test_it_is_the_same_at_every_lag(first, tau):
    solution = dmft.solve_stationary(network([[9.0, 2.0], [4.0, 3.0]], (tau, tau), **first))
    energy = dmft.energy(solution)
    assert energy.numerical_error < 1e-9 * np.max(solution.variance) ** 2
    assert energy.history[0] == pytest.approx(float(energy), abs=energy.numerical_error)


def test_it_sees_a_state_that_is_none():
    solution = dmft.solve_stationary(network([[9.0, 2.0], [4.0, 3.0]]))
    process = solution.process
    stretched = dataclasses.replace(process, covariance=1.001 * process.covariance)
    assert dmft.observables.energy.energy_of(stretched, solution).numerical_error > 1e-4


def test_where_there_is_none_the_reason_is_given():
    for gains, taus, first, message in (
        ([[9.0, 2.0], [4.0, 3.0]], (1.0, 2.0), {}, "time constants differ"),
        ([[9.0, 4.0], [9.0, 4.0]], (1.0, 1.0), {}, "singular"),
        ([[9.0, 2.0], [0.0, 3.0]], (1.0, 1.0), {}, "no weights D"),
        ([[9.0, 2.0], [4.0, 3.0]], (1.0, 1.0), {"drive": dmft.OrnsteinUhlenbeck(1.0, 2.0)}, "coloured noise"),
    ):
        with pytest.raises(ValueError, match=message):
            dmft.energy(dmft.solve_stationary(network(gains, taus, **first)))
    with pytest.raises(TypeError, match=r"method=dmft\.Populations"):
        dmft.energy(dmft.solve_stationary(dmft.RandomNetwork(1.5)))
