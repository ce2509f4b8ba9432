"""Overlaps of trials of one input, in networks and in theory, across the amplitude at which the input suppresses chaos.

Five trials of each of six inputs, N = 500. Errors are those between inputs; a network of one draw adds 1/sqrt(N) of its
own, 0.045.
"""

import numpy as np
import pytest

import dmft
from validation.cases.responses import response_clouds

SIZE, TRIALS = 500, 5


def overlaps(clouds):
    """Mean square of the rates, and mean product of two trials, per unit: mean and error over classes."""
    rows = []
    for cloud in clouds.manifolds:
        gram = cloud.points @ cloud.points.T / cloud.points.shape[1]
        rows.append((np.mean(np.diag(gram)), np.mean(gram[~np.eye(len(gram), dtype=bool)])))
    return np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / np.sqrt(len(rows))


@pytest.mark.long
@pytest.mark.parametrize(("amplitude", "noise"), [(0.8, 0.0), (1.5, 0.0), (3.0, 0.0), (1.5, 0.2)])
def test_trials_share_what_one_trial_remembers_after_many_periods(amplitude, noise):
    drive = dmft.Sinusoid(amplitude, 0.2, phases="random")
    network = dmft.RandomNetwork(1.8, drive=drive + dmft.WhiteNoise(noise) if noise else drive)
    solution = dmft.solve_stationary(network)
    theory = dmft.response_manifold(solution, TRIALS)
    whole, shared = (theory.points @ theory.points.T)[0, :2]
    clouds = response_clouds(network, SIZE, classes=6, trials=TRIALS, duration=80.0, seed=2)
    (found_whole, found_shared), errors = overlaps(clouds)
    assert abs(found_whole - whole) < 4.0 * errors[0] + 0.045 * whole
    assert abs(found_shared - shared) < 4.0 * errors[1] + 0.045 * whole
    expected = dmft.solve_manifolds(theory, accuracy=2e-2)
    found = dmft.solve_manifolds(clouds, accuracy=2e-2)
    if dmft.lyapunov_exponent(solution) < 0.0 and not noise:
        assert expected.capacity == 2.0
        assert found.radius < 0.02
        assert found.capacity == pytest.approx(2.0, rel=0.03)
    else:
        # Deviations of five trials are not quite at right angles in N = 500 units, and easier to read out for that.
        assert 0.95 * expected.capacity < found.capacity < 1.35 * expected.capacity
        assert found.radius == pytest.approx(expected.radius, rel=0.3)


def test_refusals():
    driven = dmft.RandomNetwork(1.8, drive=dmft.Sinusoid(1.0, 0.2, phases="random"))
    solution = dmft.solve_stationary(driven)
    with pytest.raises(ValueError, match="trials must be at least 2"):
        dmft.response_manifold(solution, 1)
    with pytest.raises(ValueError, match="trials share nothing"):
        dmft.response_manifold(dmft.solve_stationary(dmft.RandomNetwork(1.8)), 5)
    with pytest.raises(TypeError, match="takes a solution of solve_stationary"):
        dmft.response_manifold(dmft.solve_manifolds(dmft.Ball(1.0, 1)), 5)
