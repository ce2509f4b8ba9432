"""What the locked state must satisfy, and that its march and its torus are the same state."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft
import dmft.observables.driven_lyapunov  # registers its types
from dmft.numerics.two_time.torus import Torus
from dmft.theories.periodic import locked_exponent
from dmft.theories.stationary.balanced import locked_exponent as circle_exponent

LOCKED = dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(1.2 * math.sqrt(5000.0), 0.2))


def test_torus_inverts_its_operators() -> None:
    torus = Torus(32, 5.0)
    t, s = torus.times[:, None], torus.times[None, :]
    w = 2 * math.pi / 5.0
    u = np.cos(w * t) * np.sin(2 * w * s) + 0.3
    du = (1.5 * np.cos(w * t) - w * np.sin(w * t)) * (1.5 * np.sin(2 * w * s) + 2 * w * np.cos(2 * w * s)) + 0.3 * 2.25
    np.testing.assert_allclose(torus.relax(du, 1.5), u, atol=1e-13)


def test_exponent_of_constant_slopes() -> None:
    """g^2 <phi' phi'> = s^2 everywhere: lambda = s - 1."""
    one = np.ones((1, 1))
    assert Torus(16, 2.0).exponent(np.full((1, 16, 16), 1.44), one, one[0])[0] == pytest.approx(0.2, abs=1e-9)


def test_exponent_of_constant_slopes_of_two_populations() -> None:
    """det(diag((1 + lambda tau_a)^2) - K_ab s_b) = 0 at the largest root."""
    K, tau, s = np.array([[1.5, 0.4], [0.9, 0.3]]), np.array([1.0, 3.0]), np.array([0.8, 1.1])
    slopes = np.broadcast_to(s[:, None, None], (2, 16, 16)).copy()
    exponent = Torus(16, 2.0).exponent(slopes, K, tau)[0]
    rates = np.linalg.eigvals(K * s / ((1.0 + exponent * tau[:, None]) ** 2))
    assert np.max(rates.real) == pytest.approx(1.0, abs=1e-8)


def test_locked_march_reaches_the_torus() -> None:
    sol = dmft.solve_periodic(LOCKED, n=200)
    marches = [
        dmft.solve_nonstationary(LOCKED, 60.0, method=dmft.TwoTimeMarch(dt=dt, window=15.0)) for dt in (0.1, 0.05)
    ]
    assert marches[0].state == "locked"
    for name in ("mean_x", "variance", "mean_phi"):
        expected = getattr(sol, name)
        errors = []
        for march, every in zip(marches, (4, 2), strict=True):
            values = getattr(march, name)[march.last_period()]  # from a phase of zero, like the torus
            errors.append(np.max(np.abs(values - expected[::every])) / np.max(np.abs(expected)))
        assert errors[1] < 2e-3
        assert errors[0] > 2.5 * errors[1]


def test_locked_covariance_is_one() -> None:
    sol = dmft.solve_periodic(LOCKED, n=64)
    np.testing.assert_allclose(sol.covariance, sol.covariance.T, rtol=1e-12)
    levels = np.linalg.eigvalsh(sol.covariance)
    assert levels.min() > -1e-6 * levels.max()
    # sum rule: the time average of (1 + d_t)(1 + d_s) c is that of c
    from dmft.numerics.gaussian.pairs import pair_averages

    m, v = sol.mean_x, sol.variance
    q, _ = pair_averages(dmft.ReLU()).pair(m[:, None], v[:, None], m[None, :], v[None, :], sol.covariance)
    assert sol.covariance.mean() == pytest.approx(4.0 * q.mean(), rel=1e-6)


def test_exponent_converges_with_the_grid() -> None:
    values = [locked_exponent(dmft.solve_periodic(LOCKED, n=n))[0] for n in (64, 128, 256)]
    assert abs(values[2] - values[1]) < 0.5 * abs(values[1] - values[0])


def test_torus_and_circle_meet_without_a_drive() -> None:
    """Without a drive both locked states are the static fixed point."""
    net = dmft.BalancedNetwork(2.0, 5000)
    still = dmft.solve_stationary(net, method=dmft.Balanced(branch="locked"))
    tiny = dmft.solve_periodic(net.replace(drive=dmft.Sinusoid(1e-6, 0.5)), n=32)
    assert tiny.variance[0] == pytest.approx(still.variance, rel=1e-7)
    assert locked_exponent(tiny)[0] == pytest.approx(circle_exponent(still), abs=1e-7)


def test_smooth_nonlinearity() -> None:
    """A tanh network under a strong common drive locks; march and torus agree."""
    net = dmft.RandomNetwork(1.5, drive=dmft.Sinusoid(3.0, 0.25))
    sol = dmft.solve_periodic(net, n=64, rtol=1e-7)
    march = dmft.solve_nonstationary(net, 40.0, method=dmft.TwoTimeMarch(dt=0.1, window=12.0))
    rows = march.last_period()
    expected = np.interp(
        np.mod(march.times[rows], 4.0), np.append(sol.times, 4.0), np.append(sol.variance, sol.variance[0])
    )
    np.testing.assert_allclose(march.variance[rows], expected, rtol=0.02)
    assert march.state == "locked"
    assert dmft.lyapunov_exponent(sol) < 0


def test_refuses() -> None:
    net = dmft.BalancedNetwork(2.0, 100)
    for bad in (net, net.replace(drive=dmft.Sinusoid(1.0, 0.2, phases="random"))):
        with pytest.raises(ValueError, match="solve_periodic needs a Sinusoid of common phase"):
            dmft.solve_periodic(bad)
    with pytest.raises(ValueError, match="n must be at least 16"):
        dmft.solve_periodic(LOCKED, n=8)
    with pytest.raises(ValueError, match="a drive common to all neurons makes the state periodic"):
        dmft.solve_stationary(LOCKED)
    with pytest.raises(dmft.NotConvergedError, match="ran out"):
        dmft.solve_periodic(LOCKED, n=32, max_steps=2)


def test_slope_of_a_locked_kernel_is_biased() -> None:
    """The kernel of a locked state spreads, k(T, T) ~ T^(-1/2) exp(2 lambda T): its slope is low by 1/(4 T) at T.

    So no slope is ever reported there: a march on the locked side gives the torus's exponent, whatever its duration.
    """
    from dmft.numerics.two_time.tangent import growth
    from dmft.theories.nonstationary.initial import march_to_period

    march = march_to_period(LOCKED, dt=0.05, window=150.0, duration=200.0)
    history, kernel = growth(march.blocks.K[0, 0] * march.slopes[0], march.grid.dt, 20, 0.0)
    late = history[19]  # over the 20th period, T = 97.5
    settled = late + 1 / (4 * 97.5)
    exponent = locked_exponent(dmft.solve_periodic(LOCKED, n=256))[0]
    assert settled == pytest.approx(exponent, abs=5e-4)
    assert late == pytest.approx(exponent - 1 / (4 * 97.5), rel=5e-3)
    assert kernel[600] > 0.5  # spread over 30 tau
    sol = dmft.solve_nonstationary(LOCKED, 20.0, method=dmft.TwoTimeMarch(dt=0.1))
    assert dmft.lyapunov_exponent(sol) == pytest.approx(exponent, abs=2e-4)


def test_strong_silencing() -> None:
    """Amplitudes beyond the constant input silence the network: c0 falls as exp(-2 t), and stays a variance."""
    strong = LOCKED.replace(**{"drive.amplitude": 3.0 * math.sqrt(5000.0)})
    march = dmft.solve_nonstationary(strong, 40.0, method=dmft.TwoTimeMarch(dt=0.1, window=15.0), on_failure="ignore")
    assert np.all(march.variance > 0)
    assert march.mean_phi.min() < 1e-12
    rows = march.last_period()
    silent = np.flatnonzero(march.mean_phi[rows] < 1e-12)
    v = march.variance[rows]
    inside = silent[5:-5]
    np.testing.assert_allclose(v[inside[1:]] / v[inside[:-1]], math.exp(-0.2), rtol=1e-3)
    torus = dmft.solve_periodic(strong)
    assert torus.variance.min() > 0
    assert dmft.lyapunov_exponent(torus) == dmft.lyapunov_exponent(march)


@pytest.mark.parametrize("grids", [pytest.param((128, 256), marks=pytest.mark.long), (32, 64)], ids=str)
def test_exponent_under_a_slow_drive_that_silences_comes_to_an_end(grids: tuple[int, int]) -> None:
    """A silent third of each period of 33 tau: the kernel falls to nothing there, and no window grows for it.

    Two grids agree within the errors that they state.
    """
    net = dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(200.0, 0.03))
    coarse, fine = (dmft.lyapunov_exponent(dmft.solve_periodic(net, n=n)) for n in grids)
    assert abs(fine - coarse) <= coarse.error + fine.error
    silent = math.acos(-math.sqrt(5000.0) / 200.0) / math.pi  # the part of a period with positive input
    assert -1.0 < fine < -(1.0 - silent) + 0.2 * silent + fine.error  # undriven: .096
