"""Trials of one input, in networks and in theory, across the amplitude at which the input suppresses chaos."""

import numpy as np
import pytest

import dmft
from validation.cases.responses import response_clouds

TRIALS = 5


def driven(amplitude, noise):
    drive = dmft.Sinusoid(amplitude, 0.2, phases="random")
    return dmft.RandomNetwork(1.8, drive=drive + dmft.WhiteNoise(noise) if noise else drive)


def overlaps(clouds):
    """Mean square of the rates, and mean product of two trials, per unit: mean and error over classes."""
    rows = []
    for cloud in clouds.manifolds:
        gram = cloud.points @ cloud.points.T / cloud.points.shape[1]
        rows.append((np.mean(np.diag(gram)), np.mean(gram[~np.eye(len(gram), dtype=bool)])))
    return np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / np.sqrt(len(rows))


def squared_cosine(clouds):
    """Mean square of the cosine between the deviations of two trials from their mean, less -1/4, that of a simplex."""
    squares = []
    for cloud in clouds.manifolds:
        off = cloud.points - cloud.centre
        off /= np.linalg.norm(off, axis=1)[:, None]
        cosines = (off @ off.T)[~np.eye(len(off), dtype=bool)]
        squares.append(np.mean((cosines + 1.0 / (len(off) - 1)) ** 2))
    return float(np.mean(squares))


@pytest.mark.long
@pytest.mark.parametrize(("amplitude", "noise"), [(0.8, 0.0), (1.5, 0.0), (3.0, 0.0), (1.5, 0.2)])
def test_trials_share_what_one_trial_remembers_after_many_periods(amplitude, noise):
    """Six inputs, N = 500. Errors are those between inputs; a network of one draw adds 1/sqrt(N) of its own, 0.045."""
    network = driven(amplitude, noise)
    solution = dmft.solve_stationary(network)
    theory = dmft.response_manifold(solution, TRIALS)
    whole, shared = (theory.points @ theory.points.T)[0, :2]
    clouds = response_clouds(network, 500, classes=6, trials=TRIALS, duration=80.0, seed=2)
    (found_whole, found_shared), errors = overlaps(clouds)
    assert abs(found_whole - whole) < 4.0 * errors[0] + 0.045 * whole
    assert abs(found_shared - shared) < 4.0 * errors[1] + 0.045 * whole
    if dmft.lyapunov_exponent(solution) < 0.0 and not noise:
        assert dmft.solve_manifolds(theory).capacity == 2.0
        found = dmft.solve_manifolds(clouds, accuracy=2e-2)
        assert found.radius < 0.02
        assert found.capacity == pytest.approx(2.0, rel=0.03)


@pytest.mark.long
@pytest.mark.parametrize(("amplitude", "noise", "power"), [(0.8, 0.0, 0.09), (1.5, 0.2, 0.05)])
def test_capacity_and_radius_of_large_networks(amplitude, noise, power):
    """1/alpha and R^2 of 400, 800 and 1600 units, a network for each class, along 1/N to none: within three errors.

    Errors are those between networks, at most `power` of the theory; the tests cannot see less than three of them.
    """
    network = driven(amplitude, noise)
    theory = dmft.solve_manifolds(dmft.response_manifold(dmft.solve_stationary(network), TRIALS), accuracy=5e-3)
    sizes, means, errors = (400, 800, 1600), [], []
    for size, count in zip(sizes, (24, 16, 12), strict=True):
        drawn = [
            response_clouds(network, size, classes=1, trials=TRIALS, duration=80.0, seed=100 + i).manifolds[0]
            for i in range(count)
        ]
        found = dmft.solve_manifolds(dmft.Manifolds(drawn), accuracy=2e-2)
        rows = np.array([1.0 / found.capacities, found.radii**2])
        means.append(rows.mean(axis=1))
        errors.append(rows.std(axis=1, ddof=1) / np.sqrt(count))
    design = np.column_stack([np.ones(3), 1.0 / np.array(sizes)])
    for exact, mean, error in zip((1.0 / theory.capacity, theory.radius**2), np.array(means).T, np.array(errors).T):
        covariance = np.linalg.inv(design.T / error**2 @ design)
        limit = (covariance @ (design.T / error**2) @ mean)[0]
        assert np.sqrt(covariance[0, 0]) < power * exact
        assert abs(limit - exact) < 3.0 * np.sqrt(covariance[0, 0])


@pytest.mark.long
def test_small_networks_next_to_the_transition_end_in_limit_cycles():
    """Amplitude 1.5: the exponent is .017, and trials of 250 units lie on a closed curve each, their deviations in one
    direction: capacity is 1.4 times that of theory. Noise leaves them at right angles, to 1/sqrt(N)."""
    cycles, noisy = (
        response_clouds(driven(1.5, noise), 250, classes=8, trials=TRIALS, duration=80.0, seed=2)
        for noise in (0.0, 0.2)
    )
    assert squared_cosine(cycles) > 0.5
    assert squared_cosine(noisy) < 0.15
    theory = dmft.solve_manifolds(dmft.response_manifold(dmft.solve_stationary(driven(1.5, 0.0)), TRIALS))
    assert dmft.solve_manifolds(cycles, accuracy=2e-2).capacity > 1.2 * theory.capacity


def test_refusals():
    driven = dmft.RandomNetwork(1.8, drive=dmft.Sinusoid(1.0, 0.2, phases="random"))
    solution = dmft.solve_stationary(driven)
    with pytest.raises(ValueError, match="trials must be at least 2"):
        dmft.response_manifold(solution, 1)
    with pytest.raises(ValueError, match="trials share nothing"):
        dmft.response_manifold(dmft.solve_stationary(dmft.RandomNetwork(1.8)), 5)
    with pytest.raises(TypeError, match="takes a solution of solve_stationary"):
        dmft.response_manifold(dmft.solve_manifolds(dmft.Ball(1.0, 1)), 5)
