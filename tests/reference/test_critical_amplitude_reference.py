"""Amplitudes at which input suppresses chaos, against `make_driven_reference.py` (g = 2, J0 = I0 = 1)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from driven_numbers import number

import dmft
import dmft.observables.driven_lyapunov  # registers its types
from dmft.observables.kernel_lyapunov import kernel_exponent

NET = dmft.BalancedNetwork(2.0, 5000)


def critical(frequency: float, phases: str, **changes: float) -> float:
    return dmft.critical_amplitude(NET.replace(drive=dmft.Sinusoid(1.0, frequency, phases), **changes))


def reference(frequency: float, phases: str, **changes: float) -> float:
    return number("critical amplitude", frequency=frequency, phases=phases, **changes)


@pytest.mark.parametrize("frequency", [0.2, 1.0])
def test_common(frequency: float) -> None:
    assert critical(frequency, "common") == pytest.approx(reference(frequency, "common"), rel=2e-3)


@pytest.mark.long
def test_common_at_low_frequency() -> None:
    assert critical(0.05, "common") == pytest.approx(72.3, rel=2e-3)


@pytest.mark.long
def test_common_at_very_low_frequency() -> None:
    """From the march, where locked states are not unique."""
    assert critical(0.03, "common") / math.sqrt(5000) == pytest.approx(1.0337, rel=2e-3)


@pytest.mark.long
def test_march_and_torus_meet() -> None:
    """The two methods on both sides of f = 0.045, and the way to the quasi-static limit."""
    assert critical(0.02, "common") / math.sqrt(5000) == pytest.approx(1.0347, rel=2e-3)
    assert critical(0.044, "common") == pytest.approx(critical(0.046, "common"), rel=3e-3)


@pytest.mark.parametrize("frequency", [0.05, 0.2, 1.0])
def test_independent(frequency: float) -> None:
    assert critical(frequency, "random") == pytest.approx(reference(frequency, "random"), rel=2e-3)


def test_another_gain() -> None:
    assert critical(0.2, "common", g=1.6) == pytest.approx(reference(0.2, "common", g=1.6), rel=2e-3)
    assert critical(0.2, "random", g=1.6) == pytest.approx(reference(0.2, "random", g=1.6), rel=2e-3)


def test_growth_with_size() -> None:
    """Common input must grow as 0.9025 sqrt(K), independent input stays of order one."""
    sizes = np.array([1000.0, 30000.0, 300000.0])
    common = np.array([critical(0.2, "common", size=n) / math.sqrt(n) for n in sizes])
    slope, limit = np.polyfit(1 / np.sqrt(sizes[1:]), common[1:], 1)
    assert limit == pytest.approx(0.9025, abs=1e-3)
    expected = reference(0.2, "common", size=1000.0) / math.sqrt(1000.0)
    assert common[0] == pytest.approx(expected, rel=1e-3)
    assert slope > 0
    random = [critical(0.2, "random", size=n) for n in sizes]
    for value, size in zip(random, sizes, strict=True):
        assert value == pytest.approx(reference(0.2, "random", size=size), rel=2e-3)
    assert abs(random[2] / random[1] - 1) < 0.02


def test_resonance() -> None:
    """Both kinds of input suppress chaos best at a finite frequency: common near 0.3, independent near 0.1."""
    common = [critical(f, "common") for f in (0.15, 0.3, 1.0)]
    assert common[1] == min(common)
    assert common[1] == pytest.approx(reference(0.3, "common"), rel=2e-3)
    random = [critical(f, "random") for f in (0.03, 0.1, 0.3)]
    assert random[1] == min(random)
    assert random[1] == pytest.approx(reference(0.1, "random"), rel=2e-3)


def test_high_frequency_independent_input_acts_through_its_response() -> None:
    """I1 = 2.77 sqrt(1 + w^2): the filtered amplitude counts."""
    filtered = [critical(f, "random") / math.hypot(1.0, 2 * math.pi * f) for f in (2.0, 3.0)]
    assert filtered[0] == pytest.approx(filtered[1], rel=5e-3)
    expected = reference(3.0, "random") / math.hypot(1.0, 6.0 * math.pi)
    assert filtered[1] == pytest.approx(expected, rel=1e-2)


def test_quasi_static_limit() -> None:
    assert dmft.quasi_static_amplitude(NET) / math.sqrt(5000) == pytest.approx(1.0391, abs=1e-4)
    with pytest.raises(ValueError, match="scale invariance of ReLU"):
        dmft.quasi_static_amplitude(NET.replace(nonlinearity=dmft.Tanh()))


def test_no_chaos_to_suppress() -> None:
    assert critical(0.2, "random", g=1.3) == 0.0
    assert dmft.quasi_static_amplitude(NET.replace(g=1.3)) == 0.0


@pytest.mark.long
def test_tori_are_refined_until_they_agree() -> None:
    """64 points a period give 176.4 here, an independent code 174.6(2); a march in time crosses zero within 1 %."""
    net = dmft.BalancedNetwork(2.7, 20000, drive=dmft.Sinusoid(1.0, 0.13))
    value = dmft.critical_amplitude(net)
    assert abs(value - 174.6) <= 0.2
    assert 0 < value.numerical_error < 0.3
    assert abs(value - value.history[-1]) <= value.numerical_error
    points = []
    for part in (0.93, 0.96):
        found = kernel_exponent(net.replace(**{"drive.amplitude": part * value}), memory=150.0)
        assert found.exponent is not None
        assert found.exponent > found.error
        points.append((part, found.exponent))
    (x, a), (y, b) = points
    assert y + b * (y - x) / (a - b) == pytest.approx(1.0, abs=1e-2)


def test_random_phases_at_strong_gain() -> None:
    assert critical(0.03, "random", g=2.7, size=20000) == pytest.approx(
        reference(0.03, "random", g=2.7, size=2e4), rel=2e-3
    )


def test_a_drive_too_slow_to_march_is_refused() -> None:
    with pytest.raises(ValueError, match=r"would take about .*quasi_static_amplitude"):
        critical(1e-3, "common")


def test_a_failed_trial_is_no_evidence() -> None:
    from dmft.phases.largest_zero import NoBracketError, largest_zero

    def holes(x: float) -> float:
        return math.nan if 0.8 < x < 1.0 or 1.25 < x < 1.29 or 3.0 < x < 4.0 else 1.3 - x

    for scale in (0.5, 0.9, 1.0, 3.5, 20.0):
        assert largest_zero(holes, scale, 1e-6).x == pytest.approx(1.3, rel=1e-5)
    with pytest.raises(NoBracketError):
        largest_zero(lambda x: math.nan if x < 2 else -1.0, 1.0, 1e-3)
    with pytest.raises(ValueError, match="stays positive"):
        largest_zero(lambda x: 1.0, 1.0, 1e-3)
    assert largest_zero(lambda x: -1.0, 1.0, 1e-3).x == 0.0


@pytest.mark.parametrize("rtol", [math.inf, -1.0, "a", None, 0.5])
def test_tolerance_is_checked(rtol) -> None:
    with pytest.raises((ValueError, TypeError), match="rtol"):
        dmft.critical_amplitude(NET.replace(drive=dmft.Sinusoid(1.0, 0.2)), rtol=rtol)


def test_refuses() -> None:
    with pytest.raises(ValueError, match="the drive must be one Sinusoid, got None"):
        dmft.critical_amplitude(NET)
    with pytest.raises(ValueError, match="symmetry must be 0"):
        dmft.critical_amplitude(dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(1.0, 0.2), symmetry=0.5))
    with pytest.raises(ValueError, match="RandomNetwork needs a common sinusoid"):
        dmft.critical_amplitude(dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(1.0, 0.2, "random")))


def test_the_exponent_changes_sign_there() -> None:
    amplitude = critical(0.2, "random")
    for factor, branch in ((0.97, "chaotic"), (1.03, "locked")):
        drive = dmft.Sinusoid(factor * amplitude, 0.2, "random")

        sol = dmft.solve_stationary(NET.replace(drive=drive))
        assert sol.process.branch == branch
        assert (dmft.lyapunov_exponent(sol) > 0) == (branch == "chaotic")


def test_smooth_nonlinearity_under_common_input() -> None:
    """erf networks: chaotic below the amplitude found, locked above it; the march says so too."""
    net = dmft.RandomNetwork(1.5, nonlinearity=dmft.Erf(), drive=dmft.Sinusoid(1.0, 0.25))
    amplitude = dmft.critical_amplitude(net)
    for factor, branch in ((0.7, "chaotic"), (1.3, "locked")):
        drive = {"drive.amplitude": factor * amplitude}
        march = dmft.solve_nonstationary(
            net.replace(**drive), 200.0, method=dmft.TwoTimeMarch(dt=0.2, window=60.0), on_failure="ignore"
        )
        assert march.state == branch
        value = dmft.lyapunov_exponent(march)
        assert (value > 0) == (branch == "chaotic")
        assert value.method.startswith(branch)
