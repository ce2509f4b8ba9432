"""Few-shot errors beside drawn examples of Gaussian classes."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

import dmft
import validation


def drawn(rng, mean, axes_a, axes_b, shots, count):
    """Fraction of responses of class a, at `mean`, that are nearer to the mean of m responses of b, at 0."""

    def of(axes, n):
        return rng.standard_normal((n, count, len(axes))) @ axes

    test = of(axes_a, 1)[0]
    near = np.sum((test - of(axes_a, shots).mean(axis=0)) ** 2, axis=1)
    far = np.sum((test + mean - of(axes_b, shots).mean(axis=0)) ** 2, axis=1)
    return float(np.mean(near > far))


def exact_cloud(rng, mean, axes, n=4000):
    """Responses whose mean and covariance are exactly those stated."""
    z = rng.standard_normal((n, len(axes)))
    z -= z.mean(axis=0)
    values, vectors = np.linalg.eigh(z.T @ z / n)
    return mean + (z @ vectors / np.sqrt(values)) @ axes


@pytest.mark.parametrize("shots", [1, 2, 5, 20])
def test_classes_of_low_dimension_that_share_half_of_it(shots):
    """Ten dimensions each, five shared: 10.6 % at one shot, for which the short form says 2.4 %.

    40 000 draws have an error of .0015; the Gaussian fluctuations are held to .01.
    """
    rng = np.random.default_rng(shots)
    axes = np.eye(16)
    a, b, mean = axes[:10], axes[5:15], math.sqrt(12.5) * axes[15]
    theory = dmft.few_shot_error(exact_cloud(rng, mean, a), exact_cloud(rng, 0.0 * mean, b), shots)
    assert abs(theory.error - drawn(rng, mean, a, b, shots, 40_000)) < 0.01
    assert theory.dimension == pytest.approx(10.0, rel=1e-6)
    if shots == 1:
        assert theory.error == pytest.approx(0.1056, abs=5e-4)
        assert ndtr(-theory.signal / math.sqrt(1 / theory.dimension)) == pytest.approx(0.024, abs=5e-4)


def test_unequal_classes_and_a_mean_along_their_axes():
    """R_b^2 = 2.25 R_a^2 and Delta within both: every term counts."""
    rng = np.random.default_rng(7)
    axes = np.eye(12)
    a, b = axes, 1.5 * axes
    mean = 1.8 * axes[0] + 1.0 * axes[1]
    for shots in (1, 3):
        theory = dmft.few_shot_error(exact_cloud(rng, mean, a), exact_cloud(rng, 0.0 * mean, b), shots)
        back = dmft.few_shot_error(exact_cloud(rng, 0.0 * mean, b), exact_cloud(rng, mean, a), shots)
        assert abs(theory.error - drawn(rng, mean, a, b, shots, 40_000)) < 0.012
        assert abs(back.error - drawn(rng, -mean, b, a, shots, 40_000)) < 0.012
        assert abs(theory.error - back.error) > 0.05  # the wider class is taken for the other more often


def test_simulate_draws_them_too():
    rng = np.random.default_rng(3)
    axes = np.eye(30)
    a = exact_cloud(rng, 3.0 * axes[25], axes[:20], 400)
    b = exact_cloud(rng, 0.5 * axes[26], axes[5:25], 400)
    clouds = dmft.Manifolds([a, b])
    theory = dmft.few_shot_error(a, b, 2)
    simulation = validation.simulate(clouds, measure="few_shot_error", shots=2, n_realizations=20, seed=1)
    comparison = validation.compare(theory, simulation, tolerance=0.1)
    assert comparison.verdict == "agree"
    wrong = {"few_shot_error": 1.3 * theory.error}
    assert validation.compare(wrong, simulation, tolerance=0.1).verdict == "disagree"
    with pytest.raises(ValueError, match="the same shots"):
        validation.compare(dmft.few_shot_error(a, b, 3), simulation)


def test_classes_of_few_dimensions_err_less_than_gaussian_fluctuations_would():
    """Two dimensions beside five: the moments of the decision variable hold, its skewness does not vanish."""
    rng = np.random.default_rng(0)
    b, a = rng.standard_normal((5, 5)), rng.standard_normal((2, 5))
    mean = np.ones(5)
    theory = dmft.few_shot_error(exact_cloud(rng, mean, a), exact_cloud(rng, 0.0 * mean, b), 1)
    measured = drawn(rng, mean, a, b, 1, 40_000)
    assert theory.dimension < 2.0
    assert 0.03 < theory.error - measured < 0.1
