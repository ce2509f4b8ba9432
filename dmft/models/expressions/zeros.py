"""Zeros of an expression in x, and the places where its size is least without being zero.

Exact for a factor, a power or an odd function of what is affine in x; anything else is searched in |x| <= 1e8 on a grid
that is uniform near 0 and geometric far out, each change of sign halved until no double lies between. Two zeros
between neighbouring nodes, and zeros without a change of sign, are where the size has its minimum: it is found through
the slope, which is known exactly.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dmft.models.bisection import Function, bisected
from dmft.models.breakpoints import LARGEST, MOST
from dmft.models.expressions.canonical import depends_on_x, value_of
from dmft.models.expressions.expression import Expression

_ROUNDING = 1e-14


class Scan(NamedTuple):
    """Zeros of an expression, and minima of its size that are not zeros; both sorted."""

    zeros: tuple[float, ...]
    minima: tuple[float, ...]


def zeros(tree: ast.expr) -> tuple[float, ...]:
    """Return the zeros in |x| <= 1e8, at most a few hundred nearest to 0."""
    line = affine(tree)
    if line is not None:
        zero = -line[1] / line[0] if line[0] != 0 else None
        return () if zero is None or abs(zero) > LARGEST else (float(zero),)
    match tree:
        case ast.BinOp(left, ast.Mult(), right):
            return tuple(sorted({*zeros(left), *zeros(right)}))
        case ast.BinOp(part, ast.Div(), _) | ast.UnaryOp(_, part) | ast.Call(ast.Name("sqrt"), [part]):
            return zeros(part)
        case ast.BinOp(base, ast.Pow(), exponent) if (n := value_of(exponent)) is not None:
            return zeros(base) if n > 0 else ()
        case ast.Call(ast.Name("tanh" | "erf" | "atan" | "sinh" | "asinh" | "Abs" | "sign"), [part]):
            return zeros(part)
        case ast.Call(ast.Name("exp" | "cosh"), _):
            return ()
    return scan(Expression(tree)).zeros


def minima(tree: ast.expr) -> tuple[float, ...]:
    """Return where the size of an expression has a minimum that is not zero."""
    return () if affine(tree) is not None else scan(Expression(tree)).minima


def extremes(tree: ast.expr) -> tuple[float, ...]:
    """Return where the slope of an expression changes its sign."""
    return () if affine(tree) is not None else _turns(Expression(tree))


def affine(tree: ast.expr) -> tuple[Fraction, Fraction] | None:
    """Return (a, b) of a x + b, without rounding; None for any other expression."""
    if not depends_on_x(tree):
        value = float(Expression(tree)(0.0))
        return (Fraction(0), Fraction(value)) if np.isfinite(value) else None
    match tree:
        case ast.Name():
            return Fraction(1), Fraction(0)
        case ast.UnaryOp(_, part) if (line := affine(part)) is not None:
            return -line[0], -line[1]
        case ast.BinOp(left, op, right) if (a := affine(left)) is not None and (b := affine(right)) is not None:
            match op:
                case ast.Add():
                    return a[0] + b[0], a[1] + b[1]
                case ast.Sub():
                    return a[0] - b[0], a[1] - b[1]
                case ast.Mult() if a[0] == 0 or b[0] == 0:
                    return a[0] * b[1] + a[1] * b[0], a[1] * b[1]
                case ast.Div() if b[0] == 0 and b[1] != 0:
                    return a[0] / b[1], a[1] / b[1]
    return None


@lru_cache(maxsize=1)
def grid() -> NDArray[np.float64]:
    """Return the nodes of the search: steps of 0.02 near 0, of 1 % far out and towards 0."""
    far = np.geomspace(1e-9, LARGEST, 4001)
    half = np.unique(np.concatenate([far, np.arange(1, 3001) * 0.02]))
    return np.concatenate([-half[::-1], [0.0], half])


@lru_cache(maxsize=512)
def scan(u: Expression) -> Scan:
    """Search an expression on the grid."""
    x = grid()
    y = _without_rounding(u, x)
    turns = np.array(_turns(u))
    found = _crossings(u, x, np.flatnonzero(np.sign(y[:-1]) * np.sign(y[1:]) < 0))
    found += [z for z in _ends_of_zero(u, x, y, turns) if not _cancelled(u, z)]
    if not len(turns):
        return Scan(tuple(sorted(set(found))), ())
    before, after = np.clip(np.searchsorted(x, turns) - 1, 0, None), np.searchsorted(x, turns, side="right")
    after = np.clip(after, None, len(x) - 1)
    bottom, sides = u(turns), (y[before], y[after])
    zero = np.abs(bottom) <= _ROUNDING * _size_of_terms(u.tree, turns)
    same = np.sign(sides[0]) == np.sign(sides[1])
    through = ~zero & same & (np.sign(bottom) == -np.sign(sides[0]))
    found += turns[zero].tolist()
    for left, right in ((x[before], turns), (turns, x[after])):
        found += bisected(u, left[through], right[through]).tolist()
    least = ~zero & same & ~through & np.all(np.abs(bottom) <= np.abs(sides), axis=0)
    return Scan(tuple(sorted(set(found))), tuple(turns[least].tolist()))


def _ends_of_zero(
    u: Expression, x: NDArray[np.float64], y: NDArray[np.float64], turns: NDArray[np.float64]
) -> list[float]:
    """Zeros that are nodes, and the ends of intervals of zeros; one that only rounding makes an interval is a zero."""
    at = np.flatnonzero(y == 0.0)
    out: list[float] = []
    for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1) if len(at) else []:
        first, last = run[0], run[-1]
        if x[last] - x[first] <= 1e-6 * (1.0 + abs(x[first])):
            inside = turns[(turns >= x[first]) & (turns <= x[last])]
            out.append(float(inside[0]) if len(inside) else float(x[run[np.argmin(np.abs(x[run]))]]))
            continue
        for end, beyond in ((first, first - 1), (last, last + 1)):
            if 0 <= beyond < len(x):
                edge = bisected(lambda z: np.where(_without_rounding(u, z) == 0.0, -1.0, 1.0), x[[end]], x[[beyond]])
                out += edge.tolist()
    return out


@lru_cache(maxsize=512)
def _turns(u: Expression) -> tuple[float, ...]:
    """Return where the slope changes its sign."""
    x = grid()
    y = u.derivative(x)
    crossing = np.flatnonzero(np.sign(y[:-1]) * np.sign(y[1:]) < 0)
    isolated = np.flatnonzero((y[1:-1] == 0.0) & (np.sign(y[:-2]) * np.sign(y[2:]) < 0)) + 1
    return tuple(sorted({*x[isolated].tolist(), *_crossings(u.derivative, x, crossing)}))


def _crossings(function: Function, x: NDArray[np.float64], at: NDArray[np.intp]) -> list[float]:
    """Zeros between nodes of different sign, the nearest to 0; a change of sign through infinity is none."""
    at = np.sort(at[np.argsort(np.abs(x[at]), kind="stable")[:MOST]])
    found = bisected(function, x[at], x[at + 1])
    before = np.maximum(np.abs(function(x[at])), np.abs(function(x[at + 1])))
    return list(map(float, found[np.abs(function(found)) <= before]))


def _without_rounding(u: Expression, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values, 0 where the terms of a sum cancel to rounding."""
    y = np.asarray(u(x))
    return np.where(np.abs(y) <= 1e-15 * _size_of_terms(u.tree, x), 0.0, y)


def _cancelled(u: Expression, z: float) -> bool:
    """Whether the expression is zero beyond z only because its terms cancel, as 1 - tanh(x) is for x > 19."""
    near = z + np.array([-1e-3, 1e-3]) * (1.0 + abs(z))
    return bool(np.max(np.abs(u(near))) <= 1e-13 * np.max(_size_of_terms(u.tree, near)))


def _size_of_terms(tree: ast.expr, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Size of what cancels in a sum: its rounding is a part 1e-16 of it."""
    match tree:
        case ast.BinOp(left, ast.Add() | ast.Sub(), right):
            return _size_of_terms(left, x) + _size_of_terms(right, x)
    return np.asarray(np.abs(Expression(tree)(x)))
