"""Growth of the tangent kernel where it is solvable: slopes that depend on the lag alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dmft.numerics.two_time.coupled_tangent import growth_together
from dmft.numerics.two_time.tangent import growth


def exponent(level: float, depth: float, width: float, h: float) -> float:
    """Of g^2 <phi' phi'> = level + depth/cosh(lag/width)^2, by the kernel, extrapolated to h = 0."""
    values = []
    for step in (h, 0.5 * h):
        lags = step * np.arange(round(40.0 / step) + 1)
        row = level + depth / np.cosh(lags / width) ** 2
        values.append(growth(np.tile(row, (round(1.0 / step), 1)), step, 2000, 1e-10)[0][-1])
    return values[1] + (values[1] - values[0]) / 3.0


@pytest.mark.parametrize(("level", "s", "width"), [(0.9, 1.0, 2.0), (0.4, 2.0, 2.5), (0.2, 1.0, 0.8)])
def test_exponent_is_that_of_a_bound_state(level: float, s: float, width: float) -> None:
    """(1 + lambda)^2 is the top of d^2 + slopes: level + s^2/width^2 for a depth s(s + 1)/width^2 (Poeschl, Teller).

    A diagonal that is advanced from the new k(t, t) instead of the old one moves it by a step's worth: not to h = 0.
    """
    expected = math.sqrt(level + (s / width) ** 2) - 1.0
    assert exponent(level, s * (s + 1) / width**2, width, 0.1) == pytest.approx(expected, abs=2e-5)


def test_error_of_the_kernel_is_of_second_order() -> None:
    expected = math.sqrt(1.15) - 1.0
    errors = []
    for step in (0.1, 0.05):
        lags = step * np.arange(round(40.0 / step) + 1)
        row = 0.9 + 0.5 / np.cosh(lags / 2.0) ** 2
        errors.append(growth(np.tile(row, (round(1.0 / step), 1)), step, 2000, 1e-10)[0][-1] - expected)
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.05)


@pytest.mark.long
def test_of_populations_it_is_that_of_the_perron_vector() -> None:
    """Slopes that are alike in all populations, K_ab times one function of the lag: (1 + lambda)^2 is the top of d^2 +
    rho(K) times it, whatever K is made of; and the unit of time does not matter."""
    K = np.array([[0.7, 1.2, 0.0], [0.3, 0.2, 1.1], [0.9, 0.0, 0.4]])
    rho = float(np.max(np.linalg.eigvals(K).real))
    s, width, level, tau = 1.0, 2.0, 0.9, 1.7
    values = []
    for step in (0.1, 0.05):
        lags = step * np.arange(round(40.0 / step) + 1)
        row = (level + s * (s + 1) / width**2 / np.cosh(lags / width) ** 2) / rho
        table = np.tile(row, (3, round(1.0 / step), 1))
        steps = np.full(3, step)
        values.append(growth_together(table, steps, K, step * tau, 2000, 1e-10)[0][-1] * tau)
    expected = math.sqrt(level + (s / width) ** 2) - 1.0
    assert values[1] + (values[1] - values[0]) / 3.0 == pytest.approx(expected, abs=2e-5)
