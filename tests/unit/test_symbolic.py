"""Nonlinearities from expressions: values, derivatives, and what a solver makes of them."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys

import mpmath
import numpy as np
import pytest

import dmft

_MPMATH = {
    name: getattr(mpmath, name)
    for name in ("tanh", "erf", "exp", "log", "sqrt", "sin", "cos", "tan", "atan", "sinh", "cosh", "asinh", "pi")
} | {"E": mpmath.e, "Max": max}

SMOOTH = [
    "tanh(x)",
    "tanh(x - 0.5)",
    "tanh(x) + 0.1*x",
    "1/(1 + exp(-4*x))",
    "erf(sqrt(pi)*x/2)",
    "log(1 + exp(x))",
    "x*exp(-x**2/2)",
    "exp(3*x)/(1 + exp(3*x))**2",
    "2/pi*atan(pi*x/2)",
    "x/sqrt(1 + x**2)",
    "asinh(x)*cos(x)",
    "sinh(x)/cosh(2*x)",
    "tan(tanh(x)) - sin(2*x)**3",
    "(2 + sin(x))**x",
    "2**x + Max(x, 0)**2.5/E",
    "(1 + x**2)**(-1/3)",
    "log(cosh(x))",
]


@pytest.mark.parametrize("source", SMOOTH)
def test_values_and_derivatives(source: str) -> None:
    """Against mpmath to 30 digits, whose derivative is numerical and whose evaluation knows nothing of the tree."""
    phi = dmft.Symbolic(source)
    x = np.array([-4.2, -1.3, -0.2, 0.1, 0.7, 1.9, 4.2])
    code = compile(source.replace("1/3", "mpf(1)/3"), "<test>", "eval")
    with mpmath.workdps(30):

        def exact(at):
            return eval(code, {"__builtins__": {}, "mpf": mpmath.mpf}, _MPMATH | {"x": at})

        values = [float(exact(mpmath.mpf(float(at)))) for at in x]
        slopes = [float(mpmath.diff(exact, mpmath.mpf(float(at)))) for at in x]
    np.testing.assert_allclose(phi(x), values, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(phi.derivative(x), slopes, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("source", "builtin"),
    [
        ("tanh(x)", dmft.Tanh()),
        ("erf(sqrt(pi)*x/2)", dmft.Erf()),
        ("x", dmft.Linear()),
        ("Max(0, x)", dmft.ReLU()),
        ("x*Heaviside(x)", dmft.ReLU()),
        ("Max(0, x)**2", dmft.ThresholdPower(2)),
    ],
)
def test_agrees_with_the_built_in_ones(source: str, builtin) -> None:
    phi = dmft.Symbolic(source)
    x = np.array([-800.0, -30.0, -2.0, -0.1, 0.1, 2.0, 30.0, 800.0])
    np.testing.assert_allclose(phi(x), builtin(x), rtol=1e-15)
    np.testing.assert_allclose(phi.derivative(x), builtin.derivative(x), rtol=1e-14, atol=1e-300)


def test_shapes_and_precision() -> None:
    phi = dmft.Symbolic("tanh(x) + x/3")
    for x in (0.3, np.float64(0.3), 1, [0.1, 0.2], np.zeros((2, 3)), np.array(2), np.arange(3)):
        assert np.shape(phi(x)) == np.shape(phi.derivative(x)) == np.shape(x)
    single = np.linspace(-2, 2, 5, dtype=np.float32)
    assert phi(single).dtype == phi.derivative(single).dtype == np.float32
    assert dmft.Symbolic("2*x").derivative(np.zeros(4)).tolist() == [2.0] * 4
    assert isinstance(phi(0.3), float)


@pytest.mark.parametrize(
    ("source", "values", "slopes"),
    [
        ("tanh(x)", [-1, 1], [0, 0]),
        ("1/(1 + exp(-4*x))", [0, 1], [0, 0]),
        ("exp(4*x)/(1 + exp(4*x))", [0, 1], [0, 0]),
        ("log(1 + exp(x))", [0, 1000], [0, 1]),
        ("log(cosh(x))", [1000 - math.log(2), 1000 - math.log(2)], [-1, 1]),
        ("1/cosh(x)", [0, 0], [0, 0]),
        ("exp(x)*x/(1 + exp(x))", [0, 1000], [0, 1]),
        ("-2*x*exp(x)/(1 + exp(x))", [0, -2000], [0, -2]),
        ("sigmoid(x)", [0, 1], [0, 0]),
        ("softplus(x)", [0, 1000], [0, 1]),
        ("sech(x)", [0, 0], [0, 0]),
    ],
)
def test_far_out(source: str, values: list, slopes: list) -> None:
    """At |x| = 1000 exp overflows; the function and its derivative must not."""
    phi = dmft.Symbolic(source)
    x = np.array([-1000.0, 1000.0])
    np.testing.assert_allclose(phi(x), values, rtol=1e-15)
    np.testing.assert_allclose(phi.derivative(x), slopes, rtol=1e-15)


def test_not_finite_values_pass() -> None:
    assert dmft.Symbolic("exp(x**2)")(40.0) == math.inf
    assert dmft.Symbolic("cosh(x)").derivative(-800.0) == -math.inf


@pytest.mark.parametrize(
    ("source", "middle"),
    [
        ("Abs(x)", 0.0),
        ("sqrt(x**2)", 0.0),
        ("Max(0, x)", 0.5),
        ("Min(2*x, 3*x)", 2.5),
        ("x*Heaviside(x)", 0.5),
        ("x*sign(x)", 0.0),
    ],
)
def test_slope_at_a_kink(source: str, middle: float) -> None:
    """Finite at the kink: the mean of both sides."""
    phi = dmft.Symbolic(source)
    assert phi.derivative(0.0) == middle
    assert phi.derivative(0.0) == pytest.approx(0.5 * (phi.derivative(-0.5) + phi.derivative(0.5)))


@pytest.mark.parametrize(
    ("expression", "error", "message"),
    [
        ("3", ValueError, "must depend on x"),
        ("x - x", ValueError, "must depend on x"),
        ("y", ValueError, "unknown name 'y'"),
        ("__import__('os')", ValueError, "has no place in an expression"),
        (3.0, TypeError, "must be a text"),
        (None, TypeError, "must be a text"),
        (np.tanh, TypeError, "must be a text"),
    ],
)
def test_refused(expression, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        dmft.Symbolic(expression)


def test_from_sympy() -> None:
    import sympy

    x = sympy.Symbol("x")
    assert dmft.Symbolic(sympy.tanh(x) + x / 2) == dmft.Symbolic("tanh(x) + x/2")
    assert dmft.Symbolic(1 / (1 + sympy.exp(-x))) == dmft.Symbolic("1/(1 + exp(-x))")
    assert dmft.Symbolic(sympy.Max(0, x) * sympy.pi + sympy.E * x**2) == dmft.Symbolic("pi*max(x, 0) + E*x**2")
    assert dmft.Symbolic(x * sympy.Heaviside(x)) == dmft.Symbolic("x*Heaviside(x)")
    assert dmft.Symbolic(sympy.Float(0.1) * sympy.Symbol("x", real=True)) == dmft.Symbolic("0.1*x")
    with pytest.raises(ValueError, match="the variable must be x, got the symbol 'y'"):
        dmft.Symbolic(sympy.tanh(sympy.Symbol("y")))
    for foreign in (sympy.gamma(x), sympy.I * x, sympy.Piecewise((x, x > 0)), sympy.zoo * x):
        with pytest.raises(ValueError, match="has no place in an expression"):
            dmft.Symbolic(foreign)


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (lambda x: ((x, x > 0), (0, True)), "relu(x)"),
        (lambda x: ((-1, x < -1), (x, x < 1), (1, True)), "Max(-1, Min(1, x))"),
        (lambda x: ((x, abs(x) < 1), (x / abs(x), True)), "Max(-1, Min(1, x))"),
        (lambda x: ((0.1 * x, x < 0), (x, True)), "0.1*Min(0, x) + Max(0, x)"),
        (lambda x: ((2**x - 1, x < 0), (x, True)), "2**Min(0, x) - 1 + Max(0, x)"),  # finite far out
    ],
)
def test_from_sympy_in_pieces(pieces, text: str) -> None:
    """Each piece is taken of x clipped to its interval: a Max or Min where it is one, by values too."""
    import sympy

    x = sympy.Symbol("x")
    whole = sympy.Piecewise(*pieces(x))
    phi = dmft.Symbolic(sympy.tanh(2 * whole))
    assert phi == dmft.Symbolic(f"tanh(2*({text}))")
    at = [-800.0, -1.3, -0.4, 0.3, 2.1, 800.0]
    np.testing.assert_allclose(dmft.Symbolic(whole)(at), [float(whole.subs(x, one)) for one in at], rtol=1e-13)


def test_a_step_of_sympy_is_a_jump() -> None:
    import sympy

    x = sympy.Symbol("x")
    with pytest.raises(ValueError, match=r"must be continuous, .* jumps at x = 0\.25"):
        dmft.Symbolic(sympy.Piecewise((sympy.tanh(x), x < sympy.Rational(1, 4)), (x, True)))


def test_the_text_of_sympy_is_read() -> None:
    import sympy

    x = sympy.Symbol("x")
    for phi in (
        sympy.sech(x) * sympy.tanh(x),
        x * sympy.Heaviside(x),
        sympy.Max(0, x) ** 2,
        sympy.log(1 + sympy.exp(x)),
    ):
        assert dmft.Symbolic(str(phi)) == dmft.Symbolic(phi)


def test_a_value_like_any_other_model() -> None:
    phi = dmft.Symbolic("x*0.1+tanh(x)")
    assert phi.expression == "0.1 * x + tanh(x)"
    assert repr(phi) == "Symbolic('0.1 * x + tanh(x)')"
    assert eval(repr(phi), {"Symbolic": dmft.Symbolic}) == phi
    assert phi == dmft.Symbolic("tanh( x ) + 0.1 * x")
    assert phi != dmft.Symbolic("tanh(x)")
    assert len({phi, dmft.Symbolic("0.1*x + tanh(x)"), dmft.Symbolic("tanh(x)")}) == 2
    assert dmft.RandomNetwork(2.0, phi).replace(**{"nonlinearity.expression": "sin(x)"}).nonlinearity(1.0) == np.sin(1)
    with pytest.raises(AttributeError):
        phi.expression = "x"  # type: ignore[misc]


def test_travels() -> None:
    phi = dmft.Symbolic("tanh(x) + 0.1*x")
    phi(1.0)
    assert len(pickle.dumps(phi)) < 200  # the text alone, not what was derived from it
    for other in (pickle.loads(pickle.dumps(phi)), copy.copy(phi), copy.deepcopy(phi)):
        assert other == phi
        assert other.derivative(0.4) == phi.derivative(0.4)


def test_needs_no_sympy() -> None:
    """Stating, evaluating and pickling a nonlinearity in text loads no sympy."""
    script = (
        "import sys, pickle, dmft; phi = dmft.Symbolic('tanh(x)'); phi.derivative(1.0); pickle.dumps(phi);"
        "assert 'sympy' not in sys.modules and 'mpmath' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


@pytest.mark.parametrize(
    ("source", "builtin"), [("tanh(x)", dmft.Tanh()), ("erf(sqrt(pi)*x/2)", dmft.Erf())], ids=["tanh", "erf"]
)
def test_stationary_state_is_that_of_the_built_in_one(source: str, builtin) -> None:
    """A Mehler series against a closed form or a mixture of erfs: two routes to the averages."""
    symbolic = dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Symbolic(source)))
    reference = dmft.solve_stationary(dmft.RandomNetwork(2.0, builtin))
    scale = reference.corr_x[0]
    assert symbolic.corr_x[0] == pytest.approx(scale, rel=1e-10)
    np.testing.assert_allclose(symbolic.corr_x_at(reference.lags), reference.corr_x, atol=1e-10 * scale)
    assert symbolic.state == reference.state == "chaotic"


def test_not_odd() -> None:
    """A phi that is not odd: C(inf) against quadrature, and one phi stated in two ways.

    C(inf) = g^2 <phi(x) phi(y)> for x, y of variance C(0) and covariance C(inf), here by Gauss-Hermite quadrature over
    their common and their private parts; 1/(1 + exp(-4x)) = (1 + tanh(2x))/2.
    """
    shifted = dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Symbolic("tanh(x - 0.5)")))
    variance, static = shifted.corr_x[0], shifted.corr_x_at(1000.0)
    assert 0.1 < static < 0.9 * variance
    z, w = np.polynomial.hermite_e.hermegauss(80)
    w = w / w.sum()
    given_common = np.tanh(math.sqrt(static) * z[:, None] + math.sqrt(variance - static) * z[None, :] - 0.5) @ w
    assert static == pytest.approx(2.0**2 * (given_common**2 @ w), rel=1e-9)
    first, second = (
        dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Symbolic(source)))
        for source in ("1/(1 + exp(-4*x))", "(1 + tanh(2*x))/2")
    )
    assert first.corr_x[0] == pytest.approx(second.corr_x[0], rel=1e-12)


def test_growth_without_bound_is_said_at_once() -> None:
    """<exp(2 x^2)> does not exist above a variance of 1/4, and g^2 <exp(2 x^2)> > variance below."""
    with pytest.raises(dmft.NotConvergedError, match="grows without bound") as caught:
        dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Symbolic("exp(x**2)")))
    assert caught.value.solution.convergence.status is dmft.Status.NO_SOLUTION
