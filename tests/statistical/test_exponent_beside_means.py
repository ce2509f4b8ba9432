"""Exponents at fixed points that means of the couplings hold aside, beside the rightmost eigenvalue of drawn networks.

The networks are written out here in numpy. Ten of N = 600 have a standard error of .009, a fifteenth of the distance
between the outlier and the edge of the bulk: the edge alone fails by more than ten errors.
"""

import math

import numpy as np
import pytest

import dmft

SIZE, SEEDS = 600, 10


def network(g, mean):
    return dmft.Network({"a": dmft.Population(dmft.Tanh())}, dmft.Couplings(dmft.Random(g), dmft.Mean(mean)))


def rightmost(g, mean, seed):
    rng = np.random.default_rng([20261128, seed])
    couplings = mean / SIZE + g / math.sqrt(SIZE) * rng.normal(size=(SIZE, SIZE))
    x = np.ones(SIZE)
    for _ in range(400):
        x += 0.3 * (couplings @ np.tanh(x) - x)
    slope = 1.0 / np.cosh(x) ** 2
    assert np.max(np.abs(couplings @ np.tanh(x) - x)) < 1e-6
    return np.max(np.linalg.eigvals(couplings * slope).real) - 1.0


@pytest.mark.long
def test_the_exponent_is_that_of_what_decays_last():
    g, mean = 0.7, 1.4
    solution = dmft.solve_stationary(network(g, mean))
    exponent = dmft.lyapunov_exponent(solution)
    found = [rightmost(g, mean, seed) for seed in range(SEEDS)]
    error = np.std(found, ddof=1) / math.sqrt(SEEDS)
    edge = dmft.jacobian_spectrum(solution).abscissa
    assert abs(np.mean(found) - exponent) < 3.3 * error + 3.0 / SIZE
    assert abs(np.mean(found) - edge) > 10.0 * error


def test_an_outlier_inside_of_the_bulk_does_not_count():
    solution = dmft.solve_stationary(network(0.7, -1.4))
    spectrum = dmft.jacobian_spectrum(solution)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(spectrum.abscissa, abs=1e-10)
