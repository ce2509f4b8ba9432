"""The energy orbit and the iteration on a mesh of lags are two methods of this package for one equation: they agree."""

import numpy as np
import pytest

import dmft
from dmft.theories.reduction import reduced
from dmft.theories.stationary.centred.on_window import Search, solve_on_window
from dmft.theories.stationary.centred.problem import Problem

NETWORKS = {
    "chaotic": dmft.RandomNetwork(g=2.0),
    "weak noise": dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1e-3)),
    "noise": dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.0)),
    "strong noise": dmft.RandomNetwork(g=0.8, drive=dmft.WhiteNoise(20.0)),
    "relu": dmft.RandomNetwork(g=1.2, nonlinearity=dmft.ReLU(), drive=dmft.WhiteNoise(1.0)),
    "quadratic": dmft.RandomNetwork(g=0.4, nonlinearity=dmft.ThresholdPower(2), drive=dmft.WhiteNoise(0.5)),
}


def perturbed_start(solution):
    """A start that is wrong by 20 % and of another shape, so that the iteration has something to do."""

    class Start:
        variance, decay_rate = solution.variance, solution.decay_rate

        @staticmethod
        def correlation(lags):
            c = solution.process.correlation(lags)
            return 1.2 * c * (1 + 0.1 * np.exp(-np.square(lags)))

    return Start()


@pytest.mark.parametrize("name", NETWORKS)
def test_newton_on_the_mesh_finds_the_orbit(name):
    network = NETWORKS[name]
    orbit = dmft.solve_stationary(network)
    problem = Problem(reduced(network), None, {})
    newton = solve_on_window(problem, perturbed_start(orbit), Search(1e-11, 100))
    assert newton.convergence.converged
    assert newton.convergence.steps >= 2
    lags = np.linspace(0, 20, 41)
    # ReLU with white noise has a square-root singularity at lag 0, where the mesh converges slowly.
    tolerance = 1e-9 if name == "relu" else 2e-10
    assert np.max(np.abs(newton.corr_x_at(lags) - orbit.corr_x_at(lags))) < tolerance * orbit.variance


def test_anderson_finds_the_orbit():
    network = dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.0))
    orbit = dmft.solve_stationary(network)
    problem = Problem(reduced(network), None, {})
    anderson = solve_on_window(problem, perturbed_start(orbit), Search(1e-11, 200, method=dmft.Anderson(depth=5)))
    assert anderson.convergence.steps > 5
    assert anderson.variance == pytest.approx(orbit.variance, rel=1e-9)


def test_coloured_noise_tends_to_white_noise():
    # Variance s/(2 tau_s) and correlation time tau_s -> 0 is white noise of intensity s; the correction is O(tau_s).
    intensity = 0.5
    white = dmft.solve_stationary(dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(intensity))).variance
    gaps = []
    for tau in (0.04, 0.02, 0.01):
        drive = dmft.OrnsteinUhlenbeck(variance=intensity / (2 * tau), correlation_time=tau)
        gaps.append(dmft.solve_stationary(dmft.RandomNetwork(g=2.0, drive=drive)).variance - white)
    assert gaps[0] / gaps[1] == pytest.approx(2.0, rel=0.1)
    assert gaps[1] / gaps[2] == pytest.approx(2.0, rel=0.1)
