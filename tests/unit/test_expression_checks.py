"""Which expressions are refused as nonlinearities, by what they do and where, and which are not."""

from __future__ import annotations

import pytest

import dmft

JUMPS = [
    ("sign(x)", "0"),
    ("Heaviside(x)*cos(x) + x", "0"),
    ("tanh(x) + 0.001*sign(x - 3.25)", "3.25"),
    ("Heaviside(x**2 - 4)", "-2"),
    ("x*Heaviside(x - 100.3)", "100.3"),
    ("Abs(x - 0.1234)/(x - 0.1234)", "0.1234"),
    ("atan(1/(x - 0.1234))", "0.1234"),
    ("erf(1/x)", "0"),
    ("sqrt(x**2)/x", "0"),
    ("tanh(x)/abs(tanh(x))", "0"),
    ("Heaviside(x)*exp(x) - Heaviside(-x)*exp(-x)", "0"),
    ("Max(sign(x), 0)", "0"),
    ("tanh(x) + 1e-3*Heaviside(x - 20)", "20"),
    ("tanh(1e300*x)", "0"),  # no double lies within the step
    ("atan(1e20*(x - 0.5))", "0.5"),
    ("1/(1 + exp(-1e20*x))", "0"),
    ("x/(abs(x) + 1e-20)", "0"),
]
POLES = [
    ("1/x", "0"),
    ("1/(x - 2)**2", "2"),
    ("tan(x)", "-1.57079"),
    ("tan(x/9)", "-14.1371"),
    ("tan(2*tanh(x))", "-1.05930"),
    ("1/sin(x)", "0"),
    ("1/(exp(x) - 2)", "0.69314"),
    ("1/(x**3 - x - 1)", "1.32471"),
    ("cosh(x)/sinh(x)", "0"),
    ("log(abs(x))", "0"),
    ("log(x**2)", "0"),
    ("log(x)", "0"),
    ("exp(1/x)", "0"),
]
SLOPES = [
    ("sqrt(abs(x))", "0"),
    ("abs(x)**0.5", "0"),
    ("abs(x)**0.75", "0"),
    ("abs(x - 3)**0.99", "3"),
    ("x**(1/3)", "0"),
    ("(x - 1)**(1/5)", "1"),
    ("sqrt(x)", "0"),
    ("sqrt(Max(0, x - 0.3))", "0.3"),
    ("sqrt(1 - x**2)", "-1"),
    ("sqrt(abs(tanh(x)))", "0"),
    ("sqrt(exp(x) - 1)", "0"),
]
UNDEFINED = [
    "sin(x)/x",
    "(exp(x) - 1)/x",
    "(x**2 - 1)/(x - 1)",
    "x**2*sin(1/x)",
    "x*log(abs(x))",
    "x**2.5",
    "log(1 - tanh(x))",
]
# fmt: off
CONTINUOUS = [
    "x", "tanh(x)", "x*Heaviside(x)", "Abs(x)", "Max(-1, Min(1, x))", "tanh(50*(x - 1))", "tanh(1e6*x)",
    "tanh(1e10*x)", "tanh(1e20*x**3)", "sin(1/(1 + x**2))", "exp(-x**2)", "x*tanh(x)", "log(1 + exp(x))",
    "sqrt(1 + x**2)", "x/(1 + abs(x))", "x/sqrt(1 + x**2)", "1/(1 + exp(-x))", "tanh(Max(x, 0))", "tanh(x)**3",
    "1e-4*(1 + tanh(x))", "-tanh(x)", "1 + x", "exp(x**2)", "exp(x)", "x**3", "sinh(x)", "cosh(x)", "asinh(x)",
    "atan(1e6*x)", "log(cosh(x))", "sqrt(x**2)", "sqrt((x - 1)**2)", "Max(0, x)**1.5", "x*abs(x)", "abs(x)**1.5",
    "abs(x)**1.001", "Heaviside(x - 1)*(x - 1)**2", "x*sign(x)",
    "Heaviside(sin(x))*sin(x)*x + sign(x - 2)*(x - 2)", "tan(tanh(x))", "tanh(tan(tanh(x)))", "sin(50*x)",
    "abs(sin(x))", "abs(x - 3e5)", "2**x", "(2 + sin(x))**x", "exp(3*x)/(1 + exp(3*x))**2", "sinh(x)/cosh(2*x)",
    "(1 + x**2)**(-1/3)", "1/(1 + 1e6*x**2)", "exp(-1e8*(x - 1)**2)", "Min(x, 2*x)", "Max(x, tanh(x))",
    "Max(0, x) - Max(0, x - 1)", "log(1 + x**2)", "log(2 + sin(x))", "sqrt(2 + cos(x))", "tanh(1000*x**3)",
    "erf(30*x + 6)", "1 - exp(-Max(0, x))", "Max(x, exp(x) - 1)", "x/(1 + exp(-1.7*x))", "tanh(exp(x))",
    "tanh(log(1 + exp(20*x)))", "Max(0, x)/(1 + Max(0, x))", "1/cosh(x)", "sqrt(1 - tanh(x)**2)",
    "tanh(x)*(1 + 1e-3*abs(x - 0.3))", "Max(0, Min(x, 1))**3", "x*erf(1e5*x)", "abs(x**3 - x - 1)",
    "tanh(abs(x) - abs(x - 1))", "sqrt(x**2 + 1e-40)", "sqrt(x**2 + 1e-12)", "log(exp(x) + exp(-x))",
    "sqrt(x + abs(x) + 1)", "abs(x - 1 + abs(x - 1))", "tanh(1e3*abs(x - 0.1234))",
]
# fmt: on


@pytest.mark.parametrize(("source", "place"), JUMPS)
def test_jumps_are_refused(source: str, place: str) -> None:
    """A delta function in phi' would be lost, and with it the physics: g^2 <phi'^2> of a step is infinite, not 0."""
    with pytest.raises(ValueError, match=rf"must be continuous, .* jumps at x = {place}:"):
        dmft.Symbolic(source)


@pytest.mark.parametrize(("source", "place"), POLES)
def test_poles_are_refused(source: str, place: str) -> None:
    with pytest.raises(ValueError, match=rf"must be finite, .* diverges at x = {place}"):
        dmft.Symbolic(source)


@pytest.mark.parametrize(("source", "place"), SLOPES)
def test_diverging_slopes_are_refused(source: str, place: str) -> None:
    with pytest.raises(ValueError, match=rf"must have a bounded slope, .* diverges at x = {place}:"):
        dmft.Symbolic(source)


@pytest.mark.parametrize("source", UNDEFINED)
def test_what_is_no_number_somewhere_is_refused(source: str) -> None:
    """Removable singularities too: close to them the values lose all digits."""
    with pytest.raises(ValueError, match=r"must be .*numbers? .* at x = "):
        dmft.Symbolic(source)


@pytest.mark.parametrize("source", CONTINUOUS)
def test_continuous_functions_are_not_refused(source: str) -> None:
    dmft.Symbolic(source)
