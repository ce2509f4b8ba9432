"""Transfer functions: quotients of polynomials in s, exact in their coefficients, with a delay."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.models.expressions.grammar import syntax_tree

Polynomial = tuple[Fraction, ...]  # coefficients, the lowest power first; none for 0
MOST_POLES = 12  # beyond, coefficients in floating point no longer tell poles apart
_LARGEST_POWER = 12
_CONSTANTS = {"pi": Fraction(np.pi), "E": Fraction(np.e)}


@dataclass(frozen=True)
class Transfer:
    """H(s) = exp(-s delay) numerator(s)/denominator(s), without common factors.

    Attributes
    ----------
    numerator, denominator : coefficients, the lowest power first; the denominator's highest one is 1.
    delay : in units of time, >= 0.
    """

    numerator: Polynomial
    denominator: Polynomial
    delay: float = 0.0

    def __mul__(self, other: Transfer) -> Transfer:
        return reduced_quotient(
            multiplied(self.numerator, other.numerator),
            multiplied(self.denominator, other.denominator),
            self.delay + other.delay,
        )

    @property
    def relative_degree(self) -> int:
        """By how many powers of s the denominator is ahead: |H| falls as |s| to minus this."""
        return len(self.denominator) - len(self.numerator)

    @cached_property
    def poles(self) -> ComplexArray:
        """The roots of the denominator."""
        return np.asarray(np.roots(self.descending[1]), dtype=complex)

    @property
    def abscissa(self) -> float:
        """The largest real part of the poles; below 0 where H is stable."""
        return float(np.max(self.poles.real, initial=-np.inf))

    @cached_property
    def descending(self) -> tuple[FloatArray, FloatArray]:
        """Numerator and denominator as floats, the highest power first."""
        try:
            top, bottom = (np.array([float(c) for c in reversed(p)]) for p in (self.numerator, self.denominator))
        except OverflowError:
            raise ValueError(
                "the coefficients of a filter must be numbers below 1e308; give times in other units"
            ) from None
        return top, bottom

    def at(self, s: ArrayLike) -> Any:
        """Return H(s)."""
        z = np.asarray(s, dtype=complex)
        top, bottom = self.descending
        return np.polyval(top, z) / np.polyval(bottom, z) * np.exp(-z * self.delay)

    def size(self, s: ArrayLike) -> FloatArray:
        """Return |H(s)|^2."""
        z = np.asarray(s, dtype=complex)
        top, bottom = (np.abs(np.polyval(p, z)) for p in self.descending)
        return np.asarray((top / bottom) ** 2 * np.exp(-2.0 * z.real * self.delay), dtype=float)

    def shifted(self, rate: float) -> Transfer:
        """Return H(s + rate), its factor exp(-rate delay) included."""
        top, bottom = (_shifted(p, Fraction(rate)) for p in (self.numerator, self.denominator))
        lead = bottom[-1]
        held = Fraction(float(np.exp(-rate * self.delay)))
        return Transfer(tuple(c * held / lead for c in top), tuple(c / lead for c in bottom), self.delay)

    def realisation(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return A (d, d), b (d,), c (d,) with numerator/denominator = c (s - A)^{-1} b; the delay is left out."""
        top, bottom = self.descending
        d = len(bottom) - 1
        flow = np.zeros((d, d))
        flow[:-1, 1:] = np.eye(d - 1)
        flow[-1] = -bottom[:0:-1]
        source, read = np.zeros(d), np.zeros(d)
        source[-1] = 1.0
        read[: len(top)] = top[::-1]
        return flow, source, read


def quotient(source: str, parameters: Mapping[str, float]) -> Transfer:
    """Return the quotient of polynomials in s that a text states; parameters stand for their numbers.

    Raises
    ------
    ValueError : for what is no such quotient, is 0, or has more than 12 poles.
    """
    tree = syntax_tree(source, ("s", *parameters))
    values = {name: Fraction(value) for name, value in parameters.items()} | _CONSTANTS
    top, bottom = _quotient(tree, values, source)
    if not top:
        raise ValueError(f"a filter must not be 0, got {source!r}")
    return reduced_quotient(top, bottom, 0.0)


def reduced_quotient(top: Polynomial, bottom: Polynomial, delay: float) -> Transfer:
    """Return a transfer function without common factors."""
    common = _common(top, bottom)
    top, bottom = _divided(top, common)[0], _divided(bottom, common)[0]
    if len(bottom) > MOST_POLES + 1:
        raise ValueError(f"a filter may have {MOST_POLES} poles, got {len(bottom) - 1}")
    lead = bottom[-1]
    return Transfer(tuple(c / lead for c in top), tuple(c / lead for c in bottom), delay)


def _quotient(node: ast.expr, values: Mapping[str, Fraction], source: str) -> tuple[Polynomial, Polynomial]:
    """Return numerator and denominator of a tree."""
    one: Polynomial = (Fraction(1),)
    match node:
        case ast.Constant(int() | float() as value):
            if not math.isfinite(value):
                raise ValueError(f"numbers of a filter must be finite, got {source!r}, of which one is {value}")
            return _trimmed((Fraction(value),)), one
        case ast.Name("s"):
            return (Fraction(0), Fraction(1)), one
        case ast.Name(name):
            return _trimmed((values[name],)), one
        case ast.UnaryOp(op, part):
            top, bottom = _quotient(part, values, source)
            return (tuple(-c for c in top) if isinstance(op, ast.USub) else top), bottom
        case ast.BinOp(left, ast.Pow(), right):
            return _power(_quotient(left, values, source), _quotient(right, values, source), source)
        case ast.BinOp(left, op, right):
            (a, b), (c, d) = _quotient(left, values, source), _quotient(right, values, source)
            if isinstance(op, ast.Mult):
                return multiplied(a, c), multiplied(b, d)
            if isinstance(op, ast.Div):
                if not c:
                    raise ValueError(f"division by zero in the filter {source!r}")
                return multiplied(a, d), multiplied(b, c)
            sign = Fraction(1 if isinstance(op, ast.Add) else -1)
            return _added(multiplied(a, d), tuple(sign * x for x in multiplied(c, b))), multiplied(b, d)
    raise ValueError(
        f"{ast.unparse(node)!r} has no place in a filter: it must be a quotient of polynomials in s; a delay is given "
        "by delay=..., or as a factor dmft.Delay(...)"
    )


def _power(
    base: tuple[Polynomial, Polynomial], exponent: tuple[Polynomial, Polynomial], source: str
) -> tuple[Polynomial, Polynomial]:
    number = Fraction(0) if not exponent[0] else exponent[0][0] / exponent[1][0]
    if max(map(len, exponent)) > 1 or number.denominator != 1 or abs(number) > _LARGEST_POWER:
        raise ValueError(f"a power in a filter must be a whole number up to {_LARGEST_POWER}, got {source!r}")
    top, bottom = base if number >= 0 else base[::-1]
    if not bottom:
        raise ValueError(f"division by zero in the filter {source!r}")
    whole: tuple[Polynomial, Polynomial] = ((Fraction(1),), (Fraction(1),))
    for _ in range(abs(int(number))):
        whole = multiplied(whole[0], top), multiplied(whole[1], bottom)
    return whole


def multiplied(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the product of two polynomials."""
    if not a or not b:
        return ()
    if len(a) + len(b) > 4 * MOST_POLES:
        raise ValueError(f"a filter may have {MOST_POLES} poles, got polynomials of degree {len(a) + len(b) - 2}")
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return tuple(out)


def _added(a: Polynomial, b: Polynomial) -> Polynomial:
    n = max(len(a), len(b))
    padded = [(*p, *[Fraction(0)] * (n - len(p))) for p in (a, b)]
    return _trimmed(tuple(x + y for x, y in zip(*padded, strict=True)))


def _trimmed(p: Polynomial) -> Polynomial:
    n = len(p)
    while n and p[n - 1] == 0:
        n -= 1
    return p[:n]


def _divided(a: Polynomial, b: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return quotient and remainder."""
    rest, out = list(a), [Fraction(0)] * max(len(a) - len(b) + 1, 0)
    for k in reversed(range(len(out))):
        out[k] = rest[k + len(b) - 1] / b[-1]
        for j, c in enumerate(b):
            rest[k + j] -= out[k] * c
    return tuple(out), _trimmed(tuple(rest))


def _common(a: Polynomial, b: Polynomial) -> Polynomial:
    """Return the greatest common factor, by Euclid; its highest coefficient is 1."""
    while b:
        a, b = b, _divided(a, b)[1]
    return tuple(c / a[-1] for c in a)


def _shifted(p: Polynomial, rate: Fraction) -> Polynomial:
    """Return p(s + rate), by Horner."""
    out: Polynomial = ()
    for c in reversed(p):
        out = _added(multiplied(out, (rate, Fraction(1))), (c,))
    return out
