"""Exponents of networks under a common sinusoid, against `make_driven_reference.py` (g = 2, K = 5000, f = 0.2)."""

from __future__ import annotations

import math

import pytest
from driven_numbers import number

import dmft
import dmft.observables.driven_lyapunov  # registers its types

NET = dmft.BalancedNetwork(2.0, 5000)


def expected(part: float, state: str, **changes: float) -> float:
    amplitude = part * math.sqrt(5000.0)
    return number("exponent", amplitude=amplitude, phases="common", state=state, **changes)


def driven(part: float, frequency: float = 0.2, g: float = 2.0) -> dmft.BalancedNetwork:
    return NET.replace(g=g, drive=dmft.Sinusoid(part * math.sqrt(5000.0), frequency))


@pytest.mark.parametrize("part", [0.3, 0.6, 0.8])
def test_chaotic(part: float) -> None:
    """Below the critical amplitude: the chaotic state's exponent (2e-4), from either kind of solution."""
    sol = dmft.solve_periodic(driven(part))
    value = dmft.lyapunov_exponent(sol)
    assert value == pytest.approx(expected(part, "chaotic"), abs=2e-4)
    assert value.method.startswith("chaotic")
    if part == 0.3:
        march = dmft.solve_nonstationary(driven(part), 120.0, method=dmft.TwoTimeMarch(dt=0.2, window=35.0))
        assert march.state == "chaotic"
        read_off = dmft.lyapunov_exponent(march)
        assert read_off == pytest.approx(expected(part, "chaotic"), abs=2e-4)
        assert abs(read_off - value) <= read_off.error
        march.march.companion = None  # as of a stored one: then a march of its own
        assert dmft.lyapunov_exponent(march) == value


@pytest.mark.parametrize("part", [1.2, 1.5])
def test_locked(part: float) -> None:
    sol = dmft.solve_periodic(driven(part))
    assert sol.state == "locked"
    value = dmft.lyapunov_exponent(sol)
    assert value == pytest.approx(expected(part, "locked"), abs=1e-3)
    assert value.method.startswith("locked")


def test_locked_at_twice_the_balance() -> None:
    """A silent part of the period takes 512 points; on fewer the stated error holds the difference."""
    number = expected(2.0, "locked")
    value = dmft.lyapunov_exponent(dmft.solve_periodic(driven(2.0)))
    assert value == pytest.approx(number, abs=5e-5)
    assert abs(value - number) <= value.error < 5e-4
    for n in (64, 96, 128, 256):
        coarse = dmft.lyapunov_exponent(dmft.solve_periodic(driven(2.0), n=n))
        assert abs(coarse - number) <= coarse.error < 0.02


def test_another_gain_and_frequency() -> None:
    sol = dmft.solve_periodic(driven(0.8, frequency=1.0, g=1.6))
    assert dmft.lyapunov_exponent(sol) == pytest.approx(expected(0.8, "locked", g=1.6, frequency=1.0), abs=2e-5)


def test_never_the_locked_exponent_of_a_chaotic_network() -> None:
    """At a = 0.8 the locked state has 0.0309, and is unstable; the network has 0.0191."""
    from dmft.theories.periodic import locked_exponent

    sol = dmft.solve_periodic(driven(0.8))
    assert locked_exponent(sol)[0] == pytest.approx(expected(0.8, "locked"), abs=2e-4)
    assert abs(dmft.lyapunov_exponent(sol) - expected(0.8, "chaotic")) < 2e-4
