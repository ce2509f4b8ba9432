"""Kinks and steep places of an expression, read off its tree.

Each function has places of its own in its argument: Abs a kink where the argument is zero, tanh a step of width 1
there, a root or a logarithm a singularity where it is zero and a bend where it is small. Here they are carried over
to x. A sum of exponentials, as in 1/(1 + exp(-b x)), bends where two of its terms are equal.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from dmft.models.breakpoints import Breakpoint, merged
from dmft.models.dual_numbers import evaluate
from dmft.models.expression import Call, Expression, Number, Power, Product, Sum, number, parts_of, product, total
from dmft.models.zeros import affine, extremes, minima, zeros

_WIDEST = 1e3  # what is wider is no place of its own


def expression_breakpoints(tree: Expression) -> tuple[Breakpoint, ...]:
    """Return the breakpoints of an expression, sorted."""
    nodes: dict[Expression, None] = {}
    _collect(tree, nodes)
    found = [point for node in nodes for point in _own(node)]
    return merged(point for point in found if point.width <= _WIDEST)


def _collect(tree: Expression, nodes: dict[Expression, None]) -> None:
    nodes[tree] = None
    for part in parts_of(tree):
        _collect(part, nodes)


def _own(node: Expression) -> Iterator[Breakpoint]:
    """Yield the places that a node adds to those of its parts."""
    match node:
        case Call("Abs" | "sign" | "Heaviside", (u,)):
            yield from map(Breakpoint, zeros(u))
        case Call("Max" | "Min", arguments):
            yield from _of_extreme(node, arguments)
        case Call("tanh" | "erf" | "atan" | "asinh", (u,)):
            yield from (Breakpoint(z, _reach(u, z)) for z in zeros(u))
        case Call("exp" | "cosh" | "sinh", (u,)):
            yield from (Breakpoint(z, _reach(u, z)) for z in {*zeros(u), *extremes(u)})
        case Call("tan", (u,)):
            yield from map(Breakpoint, zeros(Call("cos", (u,))))
        case Call("log", (u,)) | Power(u, _) if not _is_smooth_power(node):
            yield from map(Breakpoint, zeros(u))
            yield from (Breakpoint(z, _reach(u, z, abs(float(evaluate(u, z))))) for z in minima(u))
        case Sum(terms):
            logs = [log for log in map(_log, terms) if log is not None]
            for a, b in itertools.combinations(logs, 2):
                difference = total([a, product([number(-1), b])])
                yield from (Breakpoint(z, _reach(difference, z)) for z in zeros(difference))


def _is_smooth_power(node: Expression) -> bool:
    match node:
        case Power(_, Number(Fraction() as n)):
            return n.denominator == 1 and n > 0
    return False


def _of_extreme(node: Expression, arguments: tuple[Expression, ...]) -> Iterator[Breakpoint]:
    for a, b in itertools.combinations(arguments, 2):
        for z in zeros(total([a, product([number(-1), b])])):
            top, one = float(evaluate(node, z)), float(evaluate(a, z))
            if not abs(top - one) > 1e-9 * (abs(top) + abs(one)) + 1e-300:
                yield Breakpoint(z)


def _reach(u: Expression, z: float, level: float = 1.0) -> float:
    """Return how far from z the expression has changed by `level`; inf if it nowhere does."""
    line = affine(u)
    if line is not None:
        return level / abs(line[0]) if line[0] != 0 else math.inf
    distance = np.geomspace(1e-300 if z == 0 else abs(z) * 1e-16, 1e4 + abs(z), 1500)
    with np.errstate(all="ignore"):
        sides = [np.abs(evaluate(u, z + sign * distance) - evaluate(u, z)) for sign in (-1.0, 1.0)]
    reached = np.flatnonzero(np.fmax(*sides) >= level)
    return float(distance[reached[0]]) if len(reached) else math.inf


def _log(term: Expression) -> Expression | None:
    """Return the logarithm of a term that is positive by its form, as an expression; None for any other term."""
    match term:
        case Number(value):
            return number(math.log(value)) if value > 0 else None
        case Call("exp", (u,)):
            return u
        case Call("cosh", (u,)):
            return total([Call("Abs", (u,)), number(-math.log(2.0))])
        case Product(factors):
            logs = [_log(factor) for factor in factors]
            known = [log for log in logs if log is not None]
            return total(known) if len(known) == len(logs) else None
        case Power(base, Number() as n):
            log = _log(base)
            return None if log is None else product([n, log])
    return None
