"""Zeros of an expression in x, and the places where its size is least without being zero.

Exact for a factor, a power or an odd function of what is affine in x; anything else is searched in |x| <= 1e8 on a grid
that is uniform near 0 and geometric far out, each change of sign halved until no double lies between. Two zeros
between neighbouring nodes, and zeros without a change of sign, are where the size has its minimum: it is found through
the slope, which is known exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dmft.models.breakpoints import LARGEST, MOST
from dmft.models.dual_numbers import evaluate
from dmft.models.expression import Call, Constant, Expression, Number, Power, Product, Sum, Variable, depends_on_x

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_ODD = ("tanh", "erf", "atan", "sinh", "asinh", "Abs", "sign")  # zero where their argument is, and nowhere else
_ROUNDING = 1e-14


class Scan(NamedTuple):
    """Zeros of an expression, and minima of its size that are not zeros; both sorted."""

    zeros: tuple[float, ...]
    minima: tuple[float, ...]


def zeros(expression: Expression) -> tuple[float, ...]:
    """Return the zeros in |x| <= 1e8, at most a few hundred nearest to 0."""
    if not depends_on_x(expression):
        return ()
    line = affine(expression)
    if line is not None:
        zero = -line[1] / line[0] if line[0] != 0 else math.inf
        return (zero + 0.0,) if abs(zero) <= LARGEST else ()
    match expression:
        case Product(factors):
            return tuple(sorted({zero for factor in factors for zero in zeros(factor)}))
        case Power(base, Number(n)):
            return zeros(base) if n > 0 else ()
        case Call(name, (argument,)) if name in _ODD:
            return zeros(argument)
        case Call("exp" | "cosh", _):
            return ()
    return scan(expression).zeros


def minima(expression: Expression) -> tuple[float, ...]:
    """Return where the size of an expression has a minimum that is not zero."""
    return () if affine(expression) is not None else scan(expression).minima


def extremes(expression: Expression) -> tuple[float, ...]:
    """Return where the slope of an expression changes its sign."""
    return () if affine(expression) is not None else _turns(expression)


def affine(expression: Expression) -> tuple[float, float] | None:
    """Return (a, b) of a x + b, correctly rounded; None for any other expression."""
    match expression:
        case Number(value):
            return 0.0, float(value)
        case Constant():
            return 0.0, float(evaluate(expression, 0.0))
        case Variable():
            return 1.0, 0.0
        case Sum(terms):
            lines = [affine(term) for term in terms]
            known = [line for line in lines if line is not None]
            if len(known) < len(lines):
                return None
            return math.fsum(a for a, _ in known), math.fsum(b for _, b in known)
        case Product(factors):
            rest = [factor for factor in factors if depends_on_x(factor)]
            if len(rest) == 1 and (line := affine(rest[0])) is not None:
                scale = math.prod(float(evaluate(factor, 0.0)) for factor in factors if factor is not rest[0])
                return scale * line[0], scale * line[1]
    return None if depends_on_x(expression) else (0.0, float(evaluate(expression, 0.0)))


@lru_cache(maxsize=1)
def grid() -> NDArray[np.float64]:
    """Return the nodes of the search: steps of 0.02 near 0, of 1 % far out and towards 0."""
    far = np.geomspace(1e-9, LARGEST, 4001)
    half = np.unique(np.concatenate([far, np.arange(1, 3001) * 0.02]))
    return np.concatenate([-half[::-1], [0.0], half])


@lru_cache(maxsize=512)
def scan(expression: Expression) -> Scan:
    """Search an expression on the grid."""
    x = grid()
    value = _values(expression)
    y = _without_rounding(expression, x)
    turns = np.array(_turns(expression))
    found = _crossings(value, x, np.flatnonzero(np.sign(y[:-1]) * np.sign(y[1:]) < 0))
    found += [
        z for z in _ends_of_zero(partial(_without_rounding, expression), x, y, turns) if not _cancelled(expression, z)
    ]
    least: list[float] = []
    if len(turns):
        bottom = value(turns)
        before, after = np.clip(np.searchsorted(x, turns) - 1, 0, None), np.searchsorted(x, turns, side="right")
        sides = y[before], y[np.clip(after, None, len(x) - 1)]
        zero = np.abs(bottom) <= _ROUNDING * _terms_size(expression, turns)
        same = np.sign(sides[0]) == np.sign(sides[1])
        through = ~zero & same & (np.sign(bottom) == -np.sign(sides[0]))
        found += [float(z) for z in turns[zero]]
        for i in np.flatnonzero(through):
            for ends in ((x[before[i]], turns[i]), (turns[i], x[min(after[i], len(x) - 1)])):
                found += list(map(float, bisected(value, np.array([ends[0]]), np.array([ends[1]]))))
        size = np.abs(bottom)
        least += list(turns[~zero & same & ~through & (size <= np.abs(sides[0])) & (size <= np.abs(sides[1]))])
    return Scan(tuple(sorted({float(z) for z in found})), tuple(map(float, least)))


def _ends_of_zero(
    value: Function, x: NDArray[np.float64], y: NDArray[np.float64], turns: NDArray[np.float64]
) -> list[float]:
    """Zeros that are nodes, and the ends of intervals of zeros; one that only rounding makes an interval is a zero."""
    at = np.flatnonzero(y == 0.0)
    if not len(at):
        return []
    out: list[float] = []
    for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1):
        first, last = run[0], run[-1]
        if x[last] - x[first] <= 1e-6 * (1.0 + abs(x[first])):
            inside = turns[(turns >= x[first]) & (turns <= x[last])]
            out.append(float(inside[0]) if len(inside) else float(x[run[np.argmin(np.abs(x[run]))]]))
            continue
        for end, beyond in ((first, first - 1), (last, last + 1)):
            if 0 <= beyond < len(x):
                edge = bisected(lambda z: np.where(value(z) == 0.0, -1.0, 1.0), x[[end]], x[[beyond]])
                out.append(float(edge[0]))
    return out


@lru_cache(maxsize=512)
def _turns(expression: Expression) -> tuple[float, ...]:
    """Return where the slope changes its sign."""
    x = grid()
    slope = _slopes(expression)
    y = slope(x)
    crossing = np.flatnonzero(np.sign(y[:-1]) * np.sign(y[1:]) < 0)
    isolated = np.flatnonzero((y[1:-1] == 0.0) & (np.sign(y[:-2]) * np.sign(y[2:]) < 0)) + 1
    return tuple(sorted({*map(float, x[isolated]), *_crossings(slope, x, crossing)}))


def _crossings(function: Function, x: NDArray[np.float64], at: NDArray[np.intp]) -> list[float]:
    """Zeros between nodes of different sign; a change of sign through infinity is none."""
    at = _nearest(at, x)
    if not len(at):
        return []
    left, right = x[at], x[at + 1]
    found = bisected(function, left, right)
    before = np.maximum(np.abs(function(left)), np.abs(function(right)))
    return [float(z) for z in found[np.abs(function(found)) <= before]]


def bisected(function: Function, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Halve brackets of a change of sign until no double lies between; return the end of smaller value."""
    first = np.sign(function(left))
    for _ in range(200):
        middle = 0.5 * (left + right)
        if np.all((middle == left) | (middle == right)):
            break
        sign = np.sign(function(middle))
        left = np.where((sign == first) | (sign == 0), middle, left)
        right = np.where(sign == first, right, middle)
    return np.where(np.abs(function(left)) <= np.abs(function(right)), left, right)


def _nearest(at: NDArray[np.intp], x: NDArray[np.float64]) -> NDArray[np.intp]:
    return at if len(at) <= MOST else np.sort(at[np.argsort(np.abs(x[at]), kind="stable")[:MOST]])


def _values(expression: Expression) -> Function:
    return lambda x: np.asarray(evaluate(expression, x))


def _slopes(expression: Expression) -> Function:
    return lambda x: np.asarray(evaluate(expression, x, slope=True))


def _without_rounding(expression: Expression, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values, 0 where the terms of a sum cancel to rounding."""
    y = np.asarray(evaluate(expression, x))
    return np.where(np.abs(y) <= 1e-15 * _terms_size(expression, x), 0.0, y) if isinstance(expression, Sum) else y


def _cancelled(expression: Expression, z: float) -> bool:
    """Whether the expression is zero beyond z only because its terms cancel, as 1 - tanh(x) is for x > 19."""
    near = z + np.array([-1e-3, 1e-3]) * (1.0 + abs(z))
    size = np.max(np.abs(evaluate(expression, near)))
    return bool(size <= 1e-13 * np.max(_terms_size(expression, near)))


def _terms_size(expression: Expression, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Size of what cancels in a sum: its rounding is a part 1e-16 of it."""
    terms = expression.terms if isinstance(expression, Sum) else (expression,)
    return np.sum([np.abs(evaluate(term, x)) for term in terms], axis=0)
