"""Expressions to and from sympy, node by node: sympy's own parser, which evaluates its text, is never called."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from dmft.models.expression import (
    ALLOWED,
    FUNCTIONS,
    MAX_DEPTH,
    Call,
    Constant,
    Expression,
    Number,
    Power,
    Product,
    Sum,
    Variable,
    X,
    call,
    number,
    power,
    product,
    total,
)

VARIABLE = sympy.Symbol("x", real=True)


def from_sympy(expr: Any, depth: int = MAX_DEPTH) -> Expression:
    """Return a sympy expression in x as an `Expression`.

    Raises
    ------
    ValueError : for another symbol than x, or for a function or number that `Expression` does not have.
    """
    if depth == 0:
        raise ValueError(f"an expression may be nested {MAX_DEPTH} deep, got more in {expr}")
    if expr.is_Symbol:
        if expr.name != "x":
            raise ValueError(f"the variable must be x, got the symbol {expr.name!r}")
        return X
    if isinstance(expr, sympy.Rational):
        return number(Fraction(int(expr.p), int(expr.q)))
    if isinstance(expr, sympy.Float):
        return number(float(expr))
    if expr is sympy.pi:
        return Constant("pi")
    if expr is sympy.E:
        return Constant("E")
    arguments = expr.args
    name = expr.func.__name__
    if name == "Heaviside":
        arguments = arguments[:1]  # the second is its value at 0, which is 1/2 here
    if isinstance(expr, sympy.Add | sympy.Mul | sympy.Pow) or name in FUNCTIONS:
        parts = [from_sympy(argument, depth - 1) for argument in arguments]
        if name in FUNCTIONS:
            return call(name, parts)
        if isinstance(expr, sympy.Pow):
            return power(*parts)
        return total(parts) if isinstance(expr, sympy.Add) else product(parts)
    raise ValueError(f"{str(expr)[:60]!r} has no place in an expression; {ALLOWED}")


def to_sympy(expression: Expression) -> Any:
    """Return an expression as sympy's, in a real symbol x; its floats become the rationals of their shortest text."""
    match expression:
        case Number(value):
            ratio = Fraction(repr(value)) if isinstance(value, float) else value
            return sympy.Rational(ratio.numerator, ratio.denominator)
        case Constant(name):
            return {"pi": sympy.pi, "E": sympy.E}[name]
        case Variable():
            return VARIABLE
        case Sum(terms):
            return sympy.Add(*map(to_sympy, terms))
        case Product(factors):
            return sympy.Mul(*map(to_sympy, factors))
        case Power(base, exponent):
            return sympy.Pow(to_sympy(base), to_sympy(exponent))
        case Call(name, arguments):
            return getattr(sympy, name)(*map(to_sympy, arguments))
