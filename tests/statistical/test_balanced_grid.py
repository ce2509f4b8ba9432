"""The grid of gains, sizes and drives against marches in two times, and two of its points against networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dmft

GAINS = (0.2, 0.5, 1.0, 1.4, 2.0, 2.5, 2.65, 2.7, 3.0, 4.0, 6.0)
SIZES = (1.0, 10.0, 100.0, 1e3, 1e4, 1e6)
DRIVES = {
    "none": None,
    "white": dmft.WhiteNoise(0.1),
    "OU": dmft.OrnsteinUhlenbeck(0.5, 2.0),
    "sinusoid": dmft.Sinusoid(1.0, 0.1, phases="random"),
}


def compare(network: dmft.BalancedNetwork) -> dmft.Status:
    """Assert that a march from h = 0 goes to the state, or grows without bound where there is none."""
    solution = dmft.solve_stationary(network, on_failure="ignore")
    status = solution.convergence.status
    if solution.convergence.converged:
        # The march keeps all of its past: a row cut at a window drives networks of small K away from their state.
        duration = 60.0 if network.g < 5.0 else 110.0  # the scale of nearly unbalanced networks is slow
        coarse, fine = (
            dmft.solve_nonstationary(
                network, duration, method=dmft.TwoTimeMarch(dt=dt, window=duration), on_failure="ignore"
            )
            .variance[-round(10.0 / dt) :]
            .mean()  # over a period
            for dt in (0.2, 0.1)
        )
        variance = fine + (fine - coarse) / 3.0  # second order: the scale of nearly unbalanced networks magnifies it
        assert variance == pytest.approx(solution.variance, rel=0.01), network
        return status
    assert status is dmft.Status.NO_SOLUTION, (network, solution.convergence)
    march = dmft.solve_nonstationary(network, 20.0, method=dmft.TwoTimeMarch(dt=0.1, window=20.0), on_failure="ignore")
    finite = march.variance[np.isfinite(march.variance)]
    assert march.convergence.status is dmft.Status.NON_FINITE or finite[-1] > 10.0 * finite[len(finite) // 2], network
    return status


@pytest.mark.parametrize(("gain", "size"), [(2.7, 300.0), (3.0, 10.0), (6.0, 1e4)])
def test_march_goes_to_the_state_or_grows_without_bound(gain: float, size: float) -> None:
    compare(dmft.BalancedNetwork(gain, size, drive=DRIVES["OU"]))


@pytest.mark.parametrize(
    ("input_", "drive"),
    [
        (0.0, dmft.WhiteNoise(5e3)),
        (0.0, dmft.OrnsteinUhlenbeck(0.1, 2.0)),
        (0.0, dmft.Sinusoid(3.0, 0.05, phases="random")),
        (-1.0, dmft.WhiteNoise(1e6)),
        (-1.0, dmft.OrnsteinUhlenbeck(3e3, 2.0)),
    ],
)
def test_drive_wakes_a_network_at_rest(input_: float, drive: Any) -> None:
    compare(dmft.BalancedNetwork(2.7, 1e3, I0=input_, drive=drive))


def test_barrier_that_noise_overcomes() -> None:
    """With I0 < 0 and little inhibition the quiet state ends at some noise: activity grows without bound beyond."""
    network = dmft.BalancedNetwork(3.5, 2.0, I0=-1.0)
    assert compare(network.replace(drive=dmft.WhiteNoise(0.1))) is dmft.Status.CONVERGED
    assert compare(network.replace(drive=dmft.WhiteNoise(900.0))) is dmft.Status.NO_SOLUTION


@pytest.mark.long
@pytest.mark.parametrize("gain", GAINS)
@pytest.mark.parametrize("drive", list(DRIVES))
def test_every_point_of_the_grid_ends_in_a_state_or_in_none(gain: float, drive: str) -> None:
    for size in SIZES:
        compare(dmft.BalancedNetwork(gain, size, drive=DRIVES[drive]))


@pytest.mark.long
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(20.0)])
def test_networks_at_a_strong_gain(drive: Any) -> None:
    """Mean and variance over units and time of networks of N = 4000 at K = 300, where the search used to stall."""
    network = dmft.BalancedNetwork(2.7, 300.0, drive=drive)
    theory = dmft.solve_stationary(network)
    excitation = inhibition = np.sqrt(300.0)
    n, dt, steps = 4000, 0.05, 1600
    samples = []
    for seed in range(4):
        rng = np.random.default_rng([20261127, seed])
        couplings = rng.standard_normal((n, n), dtype=np.float32) * np.float32(2.7 / np.sqrt(n))
        h = 3.0 * rng.standard_normal(n).astype(np.float32)
        kick = 0.0 if drive is None else np.sqrt(drive.intensity * dt)
        values = []
        for step in range(steps):
            rates = np.maximum(h, 0.0)
            h += dt * (-h + couplings @ rates + excitation - inhibition * rates.mean())
            if kick:
                h += kick * rng.standard_normal(n, dtype=np.float32)
            if step > steps // 2 and step % 20 == 0:
                values.append((h.mean(), h.var()))
        samples.append(np.mean(values, axis=0))
    mean, error = np.mean(samples, axis=0), np.std(samples, axis=0, ddof=1) / 2.0
    # Finite size and step shift both by a few per cent; four standard errors of four networks come on top.
    assert abs(mean[0] - theory.mean_x) < 4.0 * error[0] + 0.04 * abs(theory.mean_x)
    assert abs(mean[1] - theory.variance) < 4.0 * error[1] + 0.04 * theory.variance
