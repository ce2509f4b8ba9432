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
from collections.abc import Callable
from functools import partial, reduce
from typing import Any, TypeAlias

import numpy as np

from dmft.models.expressions.canonical import value_of

Dual: TypeAlias = tuple[Any, Any]  # value, slope
Function: TypeAlias = Callable[[Dual], Dual]


def depends_on_x(tree: ast.expr) -> bool:
    """Whether x occurs in a tree."""
    return any(isinstance(node, ast.Name) and node.id == "x" for node in ast.walk(tree))


def compiled(tree: ast.expr) -> Function:
    """Return the function of x that a canonical tree states."""
    if not depends_on_x(tree):
        return partial(_constant, float(_of_tree(tree)((0.0, None))[0]))
    return _of_tree(tree)


def _of_tree(tree: ast.expr) -> Function:
    match tree:
        case ast.Constant(int() | float() as value):
            return partial(_constant, float(value))
        case ast.Name(name):
            return _itself if name == "x" else partial(_constant, {"pi": math.pi, "E": math.e}[name])
        case ast.BinOp(left, ast.Add(), right):
            return _applied(_add, compiled(left), compiled(right))
        case ast.BinOp(left, ast.Sub(), right):
            return _applied(_subtract, compiled(left), compiled(right))
        case ast.UnaryOp() | ast.BinOp(_, ast.Mult() | ast.Div(), _):
            return _of_product(tree)
        case ast.BinOp() | ast.Call(ast.Name("sqrt")) if (log := _exponential(tree)) is not None:
            return _applied(_FUNCTIONS["exp"], log)
        case ast.BinOp(base, _, exponent) if (n := value_of(exponent)) is not None:
            return _applied(partial(_power, n=float(n)), compiled(base))
        case ast.BinOp(base, _, exponent):
            return _applied(_any_power, compiled(base), compiled(exponent))
        case ast.Call(ast.Name("log"), [part]) if (log := _exponential(part)) is not None:
            return log
        case ast.Call(ast.Name(name), parts):
            return _applied(_FUNCTIONS[name], *map(compiled, parts))
    raise AssertionError(ast.dump(tree))  # no other node passes the whitelist


def _of_product(tree: ast.expr) -> Function:
    """Exponentials are multiplied through their logarithms, and before all other factors: they may overflow alone."""
    logs: list[Function] = []
    others: list[tuple[Function, int]] = []
    for factor, exponent in _factors(tree):
        log = _exponential(factor)
        if log is None:
            others.append((compiled(factor), exponent))
        else:
            logs.append(log if exponent > 0 else _applied(partial(_scaled, by=-1.0), log))
    if logs:
        others.insert(0, (_applied(_FUNCTIONS["exp"], _applied(_add, *logs)), 1))
    out, exponent = others[0]
    if exponent < 0:
        out = _applied(_divide, partial(_constant, 1.0), out)
    for function, exponent in others[1:]:
        out = _applied(_multiply if exponent > 0 else _divide, out, function)
    return out


def _factors(tree: ast.expr) -> list[tuple[ast.expr, int]]:
    """Return the factors of a product with their exponents, 1 or -1."""
    match tree:
        case ast.BinOp(left, ast.Mult() | ast.Div() as op, right):
            return [*_factors(left), (right, 1 if isinstance(op, ast.Mult) else -1)]
        case ast.UnaryOp(_, part):
            return [*_factors(part), (ast.Constant(-1), 1)]
    return [(tree, 1)]


def _exponential(tree: ast.expr) -> Function | None:
    return _logarithm(tree) if depends_on_x(tree) else None


def _logarithm(tree: ast.expr) -> Function | None:
    """Return the logarithm of a tree that is positive by its form, whatever x is; None for any other tree."""
    if not depends_on_x(tree):
        value = compiled(tree)((0.0, None))[0]
        return partial(_constant, math.log(value)) if value > 0 else None
    match tree:
        case ast.Call(ast.Name("exp"), [part]):
            return compiled(part)
        case ast.Call(ast.Name("cosh"), [part]):
            return _applied(_log_cosh, compiled(part))
        case ast.Call(ast.Name("sqrt"), [part]):
            log = _logarithm(part)
            return None if log is None else _applied(partial(_scaled, by=0.5), log)
        case ast.BinOp(base, ast.Pow(), exponent) if (value := value_of(exponent)) is not None:
            log = _logarithm(base)
            return None if log is None else _applied(partial(_scaled, by=float(value)), log)
        case ast.BinOp(left, ast.Add() | ast.Mult() | ast.Div() as op, right):
            a, b = _logarithm(left), _logarithm(right)
            if a is not None and b is not None:
                joined = _log_of_sum if isinstance(op, ast.Add) else _add if isinstance(op, ast.Mult) else _subtract
                return _applied(joined, a, b)
    return None


def _applied(function: Callable[..., Dual], *parts: Function) -> Function:
    def of_x(x: Dual) -> Dual:
        return function(*(part(x) for part in parts))

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
        if np.ndim(inner) and not np.all(np.isfinite(part)):
            part = np.where(np.equal(inner, 0.0), 0.0, part)
        slope = part if slope is None else slope + part
    return value, slope


def _add(*terms: Dual) -> Dual:
    slopes = [slope for _, slope in terms if slope is not None]
    return sum(value for value, _ in terms), sum(slopes) if slopes else None


def _subtract(a: Dual, b: Dual) -> Dual:
    return _add(a, _scaled(b, -1.0))


def _scaled(a: Dual, by: float) -> Dual:
    return by * a[0], None if a[1] is None else by * a[1]


def _multiply(a: Dual, b: Dual) -> Dual:
    (u, du), (v, dv) = a, b
    return _dual(u * v, (lambda: v, du), (lambda: u, dv))


def _divide(a: Dual, b: Dual) -> Dual:
    (u, du), (v, dv) = a, b
    y = u / v
    return _dual(y, (lambda: 1.0 / v, du), (lambda: -y / v, dv))


def _power(a: Dual, n: float) -> Dual:
    u, du = a
    return _dual(_raised(u, n), (lambda: n * _raised(u, n - 1.0), du))


def _raised(u: Any, n: float) -> Any:
    """Return u ** n: products, for small n, are many times faster than numpy's power."""
    if n in (1.0, 2.0, 3.0):
        return u if n == 1.0 else u * u if n == 2.0 else u * u * u
    return np.power(u, n)


def _any_power(a: Dual, b: Dual) -> Dual:
    (u, du), (v, dv) = a, b
    y = np.power(u, v)
    return _dual(y, (lambda: v * np.power(u, v - 1.0), du), (lambda: y * np.log(u), dv))


def _log_cosh(a: Dual) -> Dual:
    value, slope = _log_of_sum(a, _scaled(a, -1.0))
    return value - math.log(2.0), slope


def _log_of_sum(a: Dual, b: Dual) -> Dual:
    (u, du), (v, dv) = a, b
    y = np.logaddexp(u, v)
    return _dual(y, (lambda: np.exp(u - y), du), (lambda: np.exp(v - y), dv))


def _extreme(sign: float, *terms: Dual) -> Dual:
    return reduce(partial(_of_two, sign), terms)


def _of_two(sign: float, a: Dual, b: Dual) -> Dual:
    (u, du), (v, dv) = a, b
    y = np.maximum(u, v) if sign > 0 else np.minimum(u, v)
    return _dual(y, (lambda: _step(sign * (u - v)), du), (lambda: _step(sign * (v - u)), dv))


def _elementary(value: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> Callable[[Dual], Dual]:
    """Return a function of dual numbers from one of numbers, and its slope from what it is taken of and its value."""

    def of_dual(a: Dual) -> Dual:
        y = value(a[0])
        return _dual(y, (lambda: slope(a[0], y), a[1]))

    return of_dual


def _erf(u: Any) -> Any:
    from scipy.special import erf

    return erf(u)


def _step(u: Any) -> Any:
    return 0.5 + 0.5 * np.sign(u)


_FUNCTIONS: dict[str, Callable[..., Dual]] = {
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
    "Max": partial(_extreme, 1.0),
    "Min": partial(_extreme, -1.0),
}
