"""Values and slopes of expressions over arrays, by dual numbers: no code is generated, none is executed.

A tree is turned once into nested functions, each of which takes x with its slope and gives a value with its slope, by
the chain rule in numpy. A slope of None means that there is none to follow: a number, or only values are wanted. Where
the outer slope is infinite and the inner one zero (the kink of sqrt(x**2)) the slope is 0.

At a kink (Abs, Max, Min) the slope is the mean of the two sides. The slope of a step (Heaviside, sign) is 0, its delta
function left out: right only where the step is multiplied by what vanishes there, as in x*Heaviside(x).

Expressions that are positive by their form and contain exp are computed through their logarithm, so that
1/(1 + exp(-x)), log(1 + exp(x)) and their derivatives neither overflow nor lose digits anywhere.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from functools import partial, reduce
from typing import Any, TypeAlias

import numpy as np

from dmft.models.expressions.canonical import call, depends_on_x, factors, product, value_of

Dual: TypeAlias = tuple[Any, Any]  # value, slope
Function: TypeAlias = Callable[[Dual], Dual]
Rule: TypeAlias = Callable[..., Dual]


def compiled(tree: ast.expr) -> Function:
    """Return the function of x that a canonical tree states."""
    if depends_on_x(tree):
        return _of_tree(_stable(tree))
    with np.errstate(all="ignore"):
        return partial(_constant, float(_of_tree(tree)((0.0, None))[0]))


def _of_tree(tree: ast.expr) -> Function:
    match tree:
        case ast.Constant(int() | float() as value):
            return partial(_constant, float(value))
        case ast.Name(name):
            return _itself if name == "x" else partial(_constant, {"pi": math.pi, "E": math.e}[name])
        case ast.UnaryOp(_, part):
            return _applied(FUNCTIONS["-"], compiled(part))
        case ast.BinOp(base, ast.Pow(), exponent) if (n := value_of(exponent)) is not None:
            return _applied(_power(float(n)), compiled(base))
        case ast.BinOp(left, op, right):
            return _applied(_OPERATORS[type(op)], compiled(left), compiled(right))
        case ast.Call(ast.Name(name), parts):
            return _applied(FUNCTIONS[name], *map(compiled, parts))
    raise AssertionError(ast.dump(tree))  # no other node passes the whitelist


def _stable(tree: ast.expr) -> ast.expr:
    """Return a tree with its exponentials multiplied through their logarithms, and log(exp(u) + ...) without exp."""
    match tree:
        case ast.Call(ast.Name("log"), [part]) if (log := logarithm(part)) is not None:
            return log
    coefficient, parts = factors(tree)
    logs = [(n, log) for n, base in parts if depends_on_x(base) and (log := logarithm(base)) is not None]
    if not logs or (len(parts) == 1 and parts[0][0] == 1):
        return tree
    exponents = [product((n, [(Fraction(1), log)])) for n, log in logs]
    others = [(n, base) for n, base in parts if not depends_on_x(base) or logarithm(base) is None]
    exponential = call("exp", reduce(_plus, exponents))
    return ast.BinOp(exponential, ast.Mult(), product((coefficient, others)))


def logarithm(tree: ast.expr) -> ast.expr | None:
    """Return the logarithm of a tree that is positive by its form, whatever x is; None for any other tree."""
    if not depends_on_x(tree):
        return call("log", tree) if compiled(tree)((0.0, None))[0] > 0 else None
    match tree:
        case ast.Call(ast.Name("exp"), [part]):
            return part
        case ast.Call(ast.Name("cosh"), [part]):
            return call("logcosh", part)
        case ast.BinOp(left, ast.Add(), right):
            a, b = logarithm(left), logarithm(right)
            return None if a is None or b is None else call("logaddexp", a, b)
    coefficient, parts = factors(tree)
    logs = [(n, logarithm(base)) for n, base in parts if base is not tree]
    known = [product((n, [(Fraction(1), log)])) for n, log in logs if log is not None]
    if coefficient <= 0 or not known or len(known) < len(parts):
        return None
    return reduce(_plus, known if coefficient == 1 else [call("log", product((coefficient, []))), *known])


def _plus(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.BinOp(a, ast.Add(), b)


def _applied(function: Rule, *parts: Function) -> Function:
    def of_x(x: Dual) -> Dual:
        return function(*[part(x) for part in parts])

    return of_x


def _itself(x: Dual) -> Dual:
    return x


def _constant(value: float, x: Dual) -> Dual:
    return value, None


def _dual(value: Any, *parts: tuple[Callable[[], Any], Any]) -> Dual:
    """Return a value with its slope: the sum of outer() * inner, 0 where the inner slope is 0."""
    slope = None
    for outer, inner in parts:
        if inner is None:
            continue
        part = outer() * inner
        if (np.ndim(inner) or inner == 0.0) and not np.all(np.isfinite(part)):
            part = np.where(np.equal(inner, 0.0), 0.0, part)
        slope = part if slope is None else slope + part
    return value, slope


def _add(a: Dual, b: Dual) -> Dual:
    (u, du), (v, dv) = a, b
    return u + v, dv if du is None else du if dv is None else du + dv


def _subtract(a: Dual, b: Dual) -> Dual:
    (u, du), (v, dv) = a, b
    return u - v, du if dv is None else -dv if du is None else du - dv


def _power(n: float) -> Function:
    return _elementary(lambda u: _raised(u, n), lambda u, y: n * _raised(u, n - 1.0))


def _raised(u: Any, n: float) -> Any:
    """Return u ** n: products, for small n, are many times faster than numpy's power."""
    if n in (1.0, 2.0, 3.0):
        return u if n == 1.0 else u * u if n == 2.0 else u * u * u
    return np.power(u, n)


def _extreme(of_two: Rule, *terms: Dual) -> Dual:
    return reduce(of_two, terms)


def _of_both(value: Callable[[Any, Any], Any], *slopes: Callable[[Any, Any, Any], Any]) -> Rule:
    """Return a function of two dual numbers, as `_elementary` does; its slopes are those in either of them."""

    def of_duals(a: Dual, b: Dual) -> Dual:
        (u, du), (v, dv) = a, b
        y = value(u, v)
        if du is None and dv is None:
            return y, None
        return _dual(y, (lambda: slopes[0](u, v, y), du), (lambda: slopes[1](u, v, y), dv))

    return of_duals


def _elementary(value: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> Function:
    """Return a function of dual numbers from one of numbers, and its slope from what it is taken of and its value."""

    def of_dual(a: Dual) -> Dual:
        y = value(a[0])
        if a[1] is None:
            return y, None
        return _dual(y, (lambda: slope(a[0], y), a[1]))

    return of_dual


def _erf(u: Any) -> Any:
    from scipy.special import erf

    return erf(u)


def _log_cosh(u: Any) -> Any:
    return np.logaddexp(u, -u) - math.log(2.0)


def _step(u: Any) -> Any:
    return 0.5 + 0.5 * np.sign(u)


_OPERATORS: dict[type, Rule] = {
    ast.Add: _add,
    ast.Sub: _subtract,
    ast.Mult: _of_both(operator.mul, lambda u, v, y: v, lambda u, v, y: u),
    ast.Div: _of_both(np.divide, lambda u, v, y: np.divide(1.0, v), lambda u, v, y: -y / v),
    ast.Pow: _of_both(np.power, lambda u, v, y: v * np.power(u, v - 1.0), lambda u, v, y: y * np.log(u)),
}
FUNCTIONS: dict[str, Rule] = {
    "-": _elementary(np.negative, lambda u, y: -1.0),
    "tanh": _elementary(np.tanh, lambda u, y: 1.0 - y * y),
    "erf": _elementary(_erf, lambda u, y: 2.0 / math.sqrt(math.pi) * np.exp(-u * u)),
    "exp": _elementary(np.exp, lambda u, y: y),
    "log": _elementary(np.log, lambda u, y: 1.0 / u),
    "sqrt": _elementary(np.sqrt, lambda u, y: 0.5 / y),
    "sin": _elementary(np.sin, lambda u, y: np.cos(u)),
    "cos": _elementary(np.cos, lambda u, y: -np.sin(u)),
    "tan": _elementary(np.tan, lambda u, y: 1.0 + y * y),
    "atan": _elementary(np.arctan, lambda u, y: 1.0 / (1.0 + u * u)),
    "sinh": _elementary(np.sinh, lambda u, y: np.cosh(u)),
    "cosh": _elementary(np.cosh, lambda u, y: np.sinh(u)),
    "asinh": _elementary(np.arcsinh, lambda u, y: 1.0 / np.hypot(1.0, u)),
    "Abs": _elementary(np.abs, lambda u, y: np.sign(u)),
    "sign": _elementary(np.sign, lambda u, y: 0.0 * y),
    "Heaviside": _elementary(_step, lambda u, y: 0.0 * y),
    "logcosh": _elementary(_log_cosh, lambda u, y: np.tanh(u)),
    "logaddexp": _of_both(np.logaddexp, lambda u, v, y: np.exp(u - y), lambda u, v, y: np.exp(v - y)),
    "Max": partial(_extreme, _of_both(np.maximum, lambda u, v, y: _step(u - v), lambda u, v, y: _step(v - u))),
    "Min": partial(_extreme, _of_both(np.minimum, lambda u, v, y: _step(v - u), lambda u, v, y: _step(u - v))),
}
