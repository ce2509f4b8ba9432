"""Values and derivatives of expressions over arrays, by dual numbers: no code is generated, none is executed.

An expression is walked from its leaves up; each node returns its value and its slope, by the chain rule in numpy. A
slope of None means that the node does not depend on x. Where the outer slope is infinite and the inner one zero (the
kink of sqrt(x**2)) the slope is 0.

At a kink (Abs, Max, Min) the slope is the mean of the two sides. The slope of a step (Heaviside, sign) is 0, its delta
function left out: right only where the step is multiplied by what vanishes there, as in x*Heaviside(x).

Expressions that are positive by their form and contain exp are computed through their logarithm, so that
1/(1 + exp(-x)), log(1 + exp(x)) and their derivatives neither overflow nor lose digits anywhere.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from dmft.models.expression import (
    CONSTANTS,
    Call,
    Constant,
    Expression,
    Number,
    Power,
    Product,
    Sum,
    Variable,
    parts_of,
)

Dual: TypeAlias = tuple[Any, Any]  # value, slope


def evaluate(expression: Expression, x: Any, *, slope: bool = False) -> Any:
    """Return the value of an expression, or its slope, at the numbers x, in the precision of x.

    Values that are not finite are returned as they are.
    """
    x = np.asarray(x)
    if not np.issubdtype(x.dtype, np.floating):
        x = x.astype(float)
    with np.errstate(all="ignore"):
        value, derivative = _dual(expression, (x, 1.0 if slope else None))
    result = value if not slope else 0.0 if derivative is None else derivative
    if np.shape(result) != x.shape:
        result = np.full_like(x, result)
    return np.asarray(result, dtype=x.dtype)[()]


def _dual(expression: Expression, x: Dual) -> Dual:
    match expression:
        case Number(value):
            return float(value), None
        case Constant(name):
            return CONSTANTS[name], None
        case Variable():
            return x
        case Sum(terms):
            out = _dual(terms[0], x)
            for term in terms[1:]:
                out = _add(out, _dual(term, x))
            return out
        case Product(factors):
            return _product(factors, x)
        case Power(base, exponent):
            if isinstance(exponent, Number) and _is_positive(base) and _has_exp(base):
                return _exp(_log(expression, x))
            return _power(base, exponent, x)
        case Call("log", (argument,)) if _is_positive(argument):
            return _log(argument, x)
        case Call(name, arguments):
            return _call(name, [_dual(argument, x) for argument in arguments])


def _product(factors: tuple[Expression, ...], x: Dual) -> Dual:
    positive = tuple(factor for factor in factors if _is_positive(factor) and _has_exp(factor))
    out: Dual = (1.0, None)
    if positive:
        logs = _log(positive[0], x)
        for factor in positive[1:]:
            logs = _add(logs, _log(factor, x))
        out = _exp(logs)
    for factor in factors:
        if factor not in positive:
            out = _multiply(out, _dual(factor, x))
    return out


def _power(base: Expression, exponent: Expression, x: Dual) -> Dual:
    u, du = _dual(base, x)
    if isinstance(exponent, Number):
        n = float(exponent.value)
        if n == 0.5:
            root = np.sqrt(u)
            return root, _chain(0.5 / root, du)
        if n == -1.0:
            return 1.0 / u, _chain(-1.0 / (u * u), du)
        return np.power(u, n), _chain(n * np.power(u, n - 1.0), du)
    v, dv = _dual(exponent, x)
    value = np.power(u, v)
    return value, _sum_slopes(_chain(v * np.power(u, v - 1.0), du), _chain(value * np.log(u), dv))


def _call(name: str, arguments: list[Dual]) -> Dual:
    if name in ("Max", "Min"):
        out = arguments[0]
        for other in arguments[1:]:
            out = _extreme(out, other, 1.0 if name == "Max" else -1.0)
        return out
    u, du = arguments[0]
    if name == "exp":
        return _exp((u, du))
    value, outer = _SIMPLE[name](u)
    return value, None if du is None else _chain(outer(), du)


def _erf(u: Any) -> Any:
    from scipy.special import erf

    return erf(u)


# Value, and the slope as something to call, since most often only the value is wanted.
_SIMPLE: dict[str, Any] = {
    "tanh": lambda u: (np.tanh(u), lambda: 1.0 - np.tanh(u) ** 2),
    "erf": lambda u: (_erf(u), lambda: 2.0 / math.sqrt(math.pi) * np.exp(-u * u)),
    "log": lambda u: (np.log(u), lambda: 1.0 / u),
    "sin": lambda u: (np.sin(u), lambda: np.cos(u)),
    "cos": lambda u: (np.cos(u), lambda: -np.sin(u)),
    "tan": lambda u: (np.tan(u), lambda: 1.0 + np.tan(u) ** 2),
    "atan": lambda u: (np.arctan(u), lambda: 1.0 / (1.0 + u * u)),
    "sinh": lambda u: (np.sinh(u), lambda: np.cosh(u)),
    "cosh": lambda u: (np.cosh(u), lambda: np.sinh(u)),
    "asinh": lambda u: (np.arcsinh(u), lambda: 1.0 / np.hypot(1.0, u)),
    "Abs": lambda u: (np.abs(u), lambda: np.sign(u)),
    "sign": lambda u: (np.sign(u), lambda: 0.0 * np.sign(u)),
    "Heaviside": lambda u: (0.5 + 0.5 * np.sign(u), lambda: 0.0 * np.sign(u)),
}


def _is_positive(expression: Expression) -> bool:
    """Whether the expression is positive by its form, whatever x is."""
    match expression:
        case Number(value):
            return value > 0
        case Constant() | Call("exp" | "cosh", _):
            return True
        case Sum(parts) | Product(parts):
            return all(_is_positive(part) for part in parts)
        case Power(base, Number()):
            return _is_positive(base)
        case _:
            return False


def _has_exp(expression: Expression) -> bool:
    if isinstance(expression, Call) and expression.name in ("exp", "cosh"):
        return True
    return any(map(_has_exp, parts_of(expression)))


def _log(expression: Expression, x: Dual) -> Dual:
    """Return the logarithm of an expression that is positive by its form."""
    match expression:
        case Call("exp", (argument,)):
            return _dual(argument, x)
        case Call("cosh", (argument,)):
            u, du = _dual(argument, x)
            return _add(_log_of_sum((u, du), (-u, None if du is None else -du)), (-math.log(2.0), None))
        case Sum(terms):
            out = _log(terms[0], x)
            for term in terms[1:]:
                out = _log_of_sum(out, _log(term, x))
            return out
        case Product(factors):
            out = _log(factors[0], x)
            for factor in factors[1:]:
                out = _add(out, _log(factor, x))
            return out
        case Power(base, Number(n)):
            return _multiply(_log(base, x), (float(n), None))
        case _:
            return np.log(_dual(expression, x)[0]), None  # a number: nothing else is positive by its form


def _log_of_sum(a: Dual, b: Dual) -> Dual:
    value = np.logaddexp(a[0], b[0])
    return value, _sum_slopes(_chain(np.exp(a[0] - value), a[1]), _chain(np.exp(b[0] - value), b[1]))


def _exp(a: Dual) -> Dual:
    value = np.exp(a[0])
    return value, _chain(value, a[1])


def _add(a: Dual, b: Dual) -> Dual:
    return a[0] + b[0], _sum_slopes(a[1], b[1])


def _multiply(a: Dual, b: Dual) -> Dual:
    return a[0] * b[0], _sum_slopes(_chain(b[0], a[1]), _chain(a[0], b[1]))


def _extreme(a: Dual, b: Dual, sign: float) -> Dual:
    value = np.maximum(a[0], b[0]) if sign > 0 else np.minimum(a[0], b[0])
    weight = 0.5 + 0.5 * np.sign(sign * (a[0] - b[0]))
    return value, _sum_slopes(_chain(weight, a[1]), _chain(1.0 - weight, b[1]))


def _chain(outer: Any, inner: Any) -> Any:
    """Return outer * inner, 0 where the inner slope is 0."""
    if inner is None:
        return None
    slope = outer * inner
    return np.where(np.equal(inner, 0.0), 0.0, slope) if not np.all(np.isfinite(slope)) else slope


def _sum_slopes(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return a if b is None else b
    return a + b
