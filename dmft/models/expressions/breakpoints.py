"""Kinks and steep places of an expression, read off its tree.

Each function has places of its own in its argument: Abs a kink where the argument is zero, tanh a step of width 1
there, a root or a logarithm a singularity where it is zero and a bend where it is small. Here they are carried over
to x. A sum of exponentials, as in 1/(1 + exp(-b x)), bends where two of its terms are equal.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator

import numpy as np

from dmft.models.breakpoints import Breakpoint, merged
from dmft.models.expressions.canonical import call, value_of
from dmft.models.expressions.dual import logarithm
from dmft.models.expressions.expression import Expression, stated
from dmft.models.expressions.zeros import affine, extremes, minima, zeros

_WIDEST = 1e3  # what is wider is no place of its own


def expression_breakpoints(phi: Expression) -> tuple[Breakpoint, ...]:
    """Return the breakpoints of an expression, sorted."""
    nodes = {ast.unparse(node): node for node in ast.walk(phi.tree) if isinstance(node, ast.expr)}
    with np.errstate(all="ignore"):
        found = [point for node in nodes.values() for point in _own(node)]
    return merged(point for point in found if point.width <= _WIDEST)


def _own(node: ast.expr) -> Iterator[Breakpoint]:
    """Yield the places that a node adds to those of its parts."""
    match node:
        case ast.Call(ast.Name("Abs" | "sign" | "Heaviside"), [u]):
            yield from map(Breakpoint, zeros(u))
        case ast.Call(ast.Name("Max" | "Min"), parts):
            yield from _of_extreme(Expression(node), parts)
        case ast.Call(ast.Name("tanh" | "erf" | "atan" | "asinh"), [u]):
            yield from (Breakpoint(z, _reach(u, z)) for z in zeros(u))
        case ast.Call(ast.Name("exp" | "cosh" | "sinh"), [u]):
            yield from (Breakpoint(z, _reach(u, z)) for z in {*zeros(u), *extremes(u)})
        case ast.Call(ast.Name("tan"), [u]):
            yield from map(Breakpoint, zeros(call("cos", u)))
        case ast.BinOp(left, ast.Add(), right):
            for term in _added(left):
                a, b = _exponent(term), _exponent(right)
                if a is not None and b is not None:
                    difference = _difference(a, b)
                    yield from (Breakpoint(z, _reach(difference, z)) for z in zeros(difference))
        case _ if (part := _singular_part(node)) is not None:
            yield from map(Breakpoint, zeros(part))
            yield from (Breakpoint(z, _reach(part, z, abs(float(Expression(part)(z))))) for z in minima(part))


def _singular_part(node: ast.expr) -> ast.expr | None:
    """Return what a quotient, a root, a logarithm or a power with an exponent of any other kind is taken of."""
    match node:
        case ast.Call(ast.Name("log" | "sqrt"), [u]):
            return u
        case ast.BinOp(_, ast.Div(), ast.BinOp(u, ast.Pow(), _) | u):
            return u
        case ast.BinOp(u, ast.Pow(), exponent) if (n := value_of(exponent)) is None or n % 1 != 0:
            return u
    return None


def _difference(a: ast.expr, b: ast.expr) -> ast.expr:
    return stated(ast.BinOp(a, ast.Sub(), b)).tree


def _of_extreme(extreme: Expression, parts: list[ast.expr]) -> Iterator[Breakpoint]:
    for a, b in itertools.combinations(parts, 2):
        for z in zeros(_difference(a, b)):
            # Where the two are equal they need not be the largest; to rounding, that is to what changes by one double.
            near = np.array([z, np.nextafter(z, -np.inf), np.nextafter(z, np.inf)])
            top, one = extreme(near), Expression(a)(near)
            rounding = 1e-9 * (abs(top[0]) + abs(one[0])) + np.ptp(top) + np.ptp(one)
            if not abs(top[0] - one[0]) > rounding:
                yield Breakpoint(z)


def _reach(u: ast.expr, z: float, level: float = 1.0) -> float:
    """Return how far from z the expression has changed by `level`; inf if it nowhere does."""
    line = affine(u)
    if line is not None:
        return level / abs(float(line[0])) if line[0] != 0 else math.inf
    phi = Expression(u)
    distance = np.geomspace(1e-300 if z == 0 else abs(z) * 1e-16, 1e4 + abs(z), 1500)
    sides = [np.abs(phi(z + sign * distance) - phi(z)) for sign in (-1.0, 1.0)]
    reached = np.flatnonzero(np.fmax(*sides) >= level)
    return float(distance[reached[0]]) if len(reached) else math.inf


def _exponent(term: ast.expr) -> ast.expr | None:
    """Return u of a term exp(u); None for one that is no exponential, nor a number or a product of such."""
    log = logarithm(term)
    return None if log is None or "logaddexp" in ast.unparse(log) else log


def _added(tree: ast.expr) -> list[ast.expr]:
    """Return the terms of a sum that are not subtracted."""
    match tree:
        case ast.BinOp(left, ast.Add(), right):
            return [*_added(left), right]
        case ast.BinOp(left, ast.Sub(), _):
            return _added(left)
    return [tree]
