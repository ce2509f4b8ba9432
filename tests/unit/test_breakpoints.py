"""Kinks and steep places: of expressions exactly, of objects by search."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft
from dmft.models.breakpoints import Breakpoint, breakpoints


class Opaque:
    """An object that does not say where its breakpoints are."""

    def __init__(self, phi, noise=0.0):
        self.phi, self.noise = phi, noise

    def __call__(self, x):
        return self.phi(x)

    def derivative(self, x):
        return self.phi.derivative(x) + self.noise * np.sin(1e9 * np.asarray(x))


KINKS = [
    ("abs(x - 0.1234)", [0.1234]),
    ("Max(-1, Min(1, x))", [-1.0, 1.0]),
    ("Max(-1, Min(1, 1e6*x))", [-1e-6, 1e-6]),
    ("x*Heaviside(x)", [0.0]),
    ("Max(0, x)**1.5", [0.0]),
    ("sqrt(x**2)", [0.0]),
    ("abs(x**3 - x - 1)", [1.324717957244746]),
    ("abs((x - 1)**2 - 1e-6)", [0.999, 1.001]),
    ("abs(x**2 - 2*x + 1)", [1.0]),  # touches zero without a change of sign
    ("Max(x, 2*x - 1, 5*x - 10)", [1.0, 3.0]),  # the first and the last cross where neither is the largest
    ("abs(exp(x) - 2)", [math.log(2.0)]),
    ("abs(x - 3e5)", [3e5]),
    ("abs(log(1 + x**2) - 10)", [-math.sqrt(math.exp(10) - 1), math.sqrt(math.exp(10) - 1)]),
]


@pytest.mark.parametrize(("source", "places"), KINKS)
def test_kinks_of_expressions(source: str, places: list) -> None:
    found = [point.x for point in breakpoints(dmft.Symbolic(source)) if point.width == 0.0]
    np.testing.assert_allclose(found, places, rtol=4e-16, atol=1e-300)


@pytest.mark.parametrize(
    ("source", "x", "width"),
    [
        ("tanh(200*(x - 1))", 1.0, 1 / 200),
        ("tanh(1000000*x)", 0.0, 1e-6),
        ("erf(30*x + 6)", -0.2, 1 / 30),
        ("x*tanh(1e4*(x + 2))", -2.0, 1e-4),
        ("1/(1 + exp(-40*x + 20))", 0.5, 1 / 40),
        ("1/(1 + 1e10*exp(-100*x))", math.log(1e10) / 100, 1 / 100),
        ("exp(x)/(exp(x) + exp(50))", 50.0, 1.0),
        ("log(1 + exp(50*x))", 0.0, 1 / 50),
        ("log(cosh(20*(x - 1)))", 1.0, 1 / 20),
        ("1/(1 + 25*(x - 1)**2)", 1.0, 1 / 5),
        ("sqrt((x - 2)**2 + 1e-12)", 2.0, 1e-6),
        ("exp(-1e6*(x - 1)**2)", 1.0, 1e-3),
        ("tanh(50*tanh(x) - 25)", math.atanh(0.5), 1 / 37.5),
        ("Max(0, tanh(1e6*x))", 0.0, 1e-6),
    ],
)
def test_steep_places_of_expressions(source: str, x: float, width: float) -> None:
    found = [point for point in breakpoints(dmft.Symbolic(source)) if point.width > 0]
    nearest = min(found, key=lambda point: (abs(point.x - x), point.width))
    assert nearest.x == pytest.approx(x, rel=1e-15, abs=1e-15)
    assert width / 2 < nearest.width < 2 * width


@pytest.mark.parametrize("source", ["sin(x)", "x", "x**3 - x", "2**x + x"])
def test_smooth_expressions_have_none(source: str) -> None:
    assert breakpoints(dmft.Symbolic(source)) == ()


def test_a_kink_in_a_steep_place_is_both() -> None:
    assert breakpoints(dmft.Symbolic("Max(0, tanh(1e6*x))")) == (Breakpoint(0.0), Breakpoint(0.0, 1e-6))


def test_many_are_cut_off_far_out() -> None:
    found = [point.x for point in breakpoints(dmft.Symbolic("abs(sin(x))"))]
    near = [x for x in found if abs(x) < 100.0]
    np.testing.assert_allclose(near, math.pi * np.arange(-31, 32), rtol=4e-16)
    assert len(found) <= 400


def test_built_in_ones() -> None:
    assert breakpoints(dmft.Linear()) == ()
    assert breakpoints(dmft.ReLU()) == breakpoints(dmft.ThresholdPower(2.5)) == (Breakpoint(0.0),)
    assert breakpoints(dmft.Tanh()) == breakpoints(dmft.Erf()) == (Breakpoint(0.0, 1.0),)


@pytest.mark.parametrize("noise", [0.0, 1e-4])
@pytest.mark.parametrize(
    ("source", "places"), [("abs(x - 0.1234)", [0.1234]), ("Max(-1, Min(1, x))", [-1.0, 1.0]), ("abs(x)", [0.0])]
)
def test_kinks_of_objects(source: str, places: list, noise: float) -> None:
    """The slope jumps there: found by halving, also through noise."""
    found = [point.x for point in breakpoints(Opaque(dmft.Symbolic(source), noise)) if point.width == 0.0]
    np.testing.assert_allclose(found, places, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("source", "x", "width"),
    [("tanh(200*(x - 1))", 1.0, 1 / 200), ("tanh(1000000*x)", 0.0, 1e-6), ("tanh(50*tanh(x) - 25)", 0.5493, 0.027)],
)
def test_steep_places_of_objects(source: str, x: float, width: float) -> None:
    (point,) = breakpoints(Opaque(dmft.Symbolic(source)))
    assert abs(point.x - x) < 3 * width
    assert width / 4 < point.width < 4 * width


@pytest.mark.parametrize("source", ["tanh(x)", "sin(x)", "exp(x)", "x**3", "x"])
def test_smooth_objects_have_none(source: str) -> None:
    assert breakpoints(Opaque(dmft.Symbolic(source))) == ()
