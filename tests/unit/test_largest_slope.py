"""The largest slope of a nonlinearity, against its closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian.largest_slope import largest_slope


class Box:
    """An object of the user's own, of which nothing is known but its values."""

    def __call__(self, x):
        return np.tanh(3.0 * (x - 5.0))

    def derivative(self, x):
        return 3.0 / np.cosh(np.clip(3.0 * (x - 5.0), -300.0, 300.0)) ** 2


@pytest.mark.parametrize(
    ("phi", "slope"),
    [
        (dmft.Tanh(), 1.0),
        (dmft.Symbolic("erf(x)"), 2.0 / math.sqrt(math.pi)),
        (dmft.ReLU(), 1.0),
        (dmft.Symbolic("x/(1 + abs(x))"), 1.0),
        (dmft.Symbolic("0.3*tanh(1e5*(x - 2.3))"), 3e4),
        (dmft.Symbolic("0.1*x + Max(0, x - 300.0)"), 1.1),
        (dmft.Symbolic("0.1*x + 1e-3*tanh(1e4*(x - 5000.0))"), 10.1),
        (dmft.Symbolic("0.1*x - 0.7*Max(0, -x - 1e5)"), 0.8),
        (dmft.Symbolic("sin(x)"), 1.0),
        (dmft.Symbolic("exp(-x**2)"), math.sqrt(2.0 / math.e)),
        (Box(), 3.0),
    ],
)
def test_closed_forms(phi, slope):
    assert largest_slope(phi) == pytest.approx(slope, rel=0.01)


@pytest.mark.parametrize("phi", [dmft.Symbolic("x**2"), dmft.Symbolic("x**3"), dmft.Symbolic("exp(x)")])
def test_growing_ones_are_never_flat(phi):
    assert largest_slope(phi) > 1e9
