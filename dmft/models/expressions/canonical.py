"""One form for expressions that differ in order, brackets or constant arithmetic.

A sum is a number and terms with coefficients, a product is a number and bases with exponents: both are collected, equal
ones once, and put together again in the order of their texts. All arithmetic of numbers is in fractions where they are
simple; limits on their size hold before it is done, so that no text can take long.
"""

from __future__ import annotations

import ast
import math
from fractions import Fraction
from typing import TypeAlias

from dmft.models.expressions.grammar import ALIASES, SHORT, syntax_tree

Value: TypeAlias = Fraction | float
Pairs: TypeAlias = list[tuple[Value, ast.expr]]  # coefficients and terms, or exponents and bases
Product: TypeAlias = tuple[Value, Pairs]  # coefficient, exponents and bases

MAX_EXPONENT = 100
MAX_BITS = 128  # of an integer: 38 digits
MAX_DENOMINATOR = 1024  # a float that is exactly such a fraction becomes one: 0.5 is 1/2, and x**2.0 is x**2

X = ast.Name("x")


def canonical(node: ast.expr) -> ast.expr:
    """Return the canonical form of a tree of `syntax_tree`: what reading its text again gives, too.

    Raises
    ------
    ValueError : for numbers and exponents beyond the limits, division by zero, and powers that are not real.
    """
    collected = _collected(node, X)
    if ast.unparse(collected) == ast.unparse(node):
        return collected
    return canonical(collected)  # what was collected may fit in with its neighbours


def depends_on_x(tree: ast.expr) -> bool:
    """Whether x occurs in a tree."""
    return any(isinstance(node, ast.Name) and node.id == "x" for node in ast.walk(tree))


def call(name: str, *arguments: ast.expr) -> ast.expr:
    """Return a function of its arguments."""
    return ast.Call(ast.Name(name), list(arguments), [])


def value_of(node: ast.expr) -> Value | None:
    """Return the number that a canonical tree is; None for any other tree."""
    coefficient, parts = factors(node)
    return None if parts else coefficient


def _collected(node: ast.expr, x: ast.expr) -> ast.expr:
    """Return the tree collected from its leaves up, with another tree in the place of x."""
    match node:
        case ast.Name("x"):
            return x
        case ast.UnaryOp(op, part):
            return product(factors(ast.UnaryOp(op, _collected(part, x))))
        case ast.BinOp(left, op, right):
            whole = ast.BinOp(_collected(left, x), op, _collected(right, x))
            return _sum(_terms(whole)) if isinstance(op, ast.Add | ast.Sub) else product(factors(whole))
        case ast.Call(ast.Name(name), parts):
            return _called(ALIASES.get(name, name), [_collected(part, x) for part in parts])
    return product(factors(node))


def _called(name: str, arguments: list[ast.expr]) -> ast.expr:
    if name in SHORT:
        return _collected(syntax_tree(SHORT[name]), arguments[0])
    if name in ("Max", "Min"):
        arguments = [argument for _, argument in sorted({ast.unparse(a): a for a in arguments}.items())]
        if len(arguments) == 1:
            return arguments[0]
    return product(factors(call(name, *arguments)))


def _merged(pairs: Pairs) -> Pairs:
    """Return every tree once, with the sum of its numbers."""
    trees = {ast.unparse(tree): tree for _, tree in pairs}
    sums: dict[str, Value] = dict.fromkeys(trees, Fraction(0))
    for number, tree in pairs:
        sums[ast.unparse(tree)] += number
    return [(_number(total), trees[text]) for text, total in sums.items() if total != 0]


def _terms(node: ast.expr) -> Pairs:
    """Return the terms of a sum, each without its coefficient."""
    match node:
        case ast.BinOp(left, ast.Add(), right):
            return _terms(left) + _terms(right)
        case ast.BinOp(left, ast.Sub(), right):
            return _terms(left) + _terms(ast.UnaryOp(ast.USub(), right))
        case ast.UnaryOp(_, part):
            return [(-coefficient, term) for coefficient, term in _terms(part)]
    coefficient, parts = factors(node)
    return [(coefficient, product((Fraction(1), parts)))]


def _sum(terms: Pairs) -> ast.expr:
    signed = [(c > 0, product(_times((_size(c), []), factors(term)))) for c, term in _merged(terms)]
    signed.sort(key=lambda term: (value_of(term[1]) is not None, ast.unparse(term[1])))  # a number comes last
    positive, out = signed.pop(0) if signed else (True, ast.Constant(0))
    if not positive:
        out = product(factors(ast.UnaryOp(ast.USub(), out)))
    for positive, term in signed:
        out = ast.BinOp(out, ast.Add() if positive else ast.Sub(), term)
    return out


def factors(node: ast.expr) -> Product:
    """Return a tree as a product: its coefficient, and the bases of its factors with their exponents."""
    match node:
        case ast.Constant(int() | float() as value):
            return _number(value), []
        case ast.UnaryOp(op, part):
            return _times((Fraction(-1 if isinstance(op, ast.USub) else 1), []), factors(part))
        case ast.BinOp(left, ast.Mult(), right):
            return _times(factors(left), factors(right))
        case ast.BinOp(left, ast.Div(), right):
            return _times(factors(left), _raised(right, Fraction(-1)))
        case ast.BinOp(ast.Name("E"), ast.Pow(), exponent):
            return Fraction(1), [(Fraction(1), call("exp", exponent))]
        case ast.BinOp(base, ast.Pow(), exponent) if (n := value_of(exponent)) is not None:
            return _raised(base, n)
        case ast.Call(ast.Name("sqrt"), [base]):
            return _raised(base, Fraction(1, 2))
    return Fraction(1), [(Fraction(1), node)]


def _times(a: Product, b: Product) -> Product:
    return _number(a[0] * b[0]), a[1] + b[1]


def _raised(base: ast.expr, exponent: Value) -> Product:
    """Return base ** exponent, of a product factor by factor; but (u v)^n = u^n v^n may fail where n is no integer."""
    _refuse_large(exponent)
    coefficient, parts = factors(base)
    power = None if parts and exponent % 1 != 0 else _power(coefficient, exponent)
    return (Fraction(1), [(exponent, base)]) if power is None else (power, [(n * exponent, part) for n, part in parts])


def product(whole: Product) -> ast.expr:
    """Return the tree of a product: equal bases once, numbers together and first, divisors last."""
    coefficient, parts = whole
    pieces: list[tuple[bool, ast.expr]] = []  # whether it divides, and what
    for exponent, base in _merged(parts) if coefficient != 0 else []:
        divides = exponent < 0 and 2 * exponent % 1 == 0
        pieces.append((divides, _as_power(base, -exponent if divides else exponent)))
    size = _size(coefficient)
    ratio = (size.numerator, size.denominator) if isinstance(size, Fraction) else (size, 1)
    pieces += [(divides, ast.Constant(number)) for divides, number in zip((False, True), ratio) if number != 1]
    first = any(not divides and not depends_on_x(piece) for divides, piece in pieces)
    pieces.sort(key=lambda one: (first and depends_on_x(one[1]), one[0], depends_on_x(one[1]), ast.unparse(one[1])))
    out = ast.Constant(1) if not pieces or pieces[0][0] else pieces.pop(0)[1]
    if coefficient < 0:
        out = ast.UnaryOp(ast.USub(), out)
    for divides, piece in pieces:
        out = ast.BinOp(out, ast.Div() if divides else ast.Mult(), piece)
    return out


def _as_power(base: ast.expr, exponent: Value) -> ast.expr:
    _refuse_large(exponent)
    if exponent == Fraction(1, 2):
        return call("sqrt", base)
    return base if exponent == 1 else ast.BinOp(base, ast.Pow(), product((exponent, [])))


def _refuse_large(exponent: Value) -> None:
    if not -MAX_EXPONENT <= exponent <= MAX_EXPONENT:
        raise ValueError(f"exponents must be between -{MAX_EXPONENT} and {MAX_EXPONENT}, got {float(exponent):g}")


def _number(value: Value | int) -> Value:
    """Return a number, as a fraction if it is a simple one; refuse one that is not finite or too long."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"numbers must be finite, got {value}")
        if Fraction(value).denominator > MAX_DENOMINATOR or abs(value) > 1e15:
            return value
    value = Fraction(value)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise ValueError(f"a number is too large: at most {int(MAX_BITS * math.log10(2))} digits are allowed")
    return value


def _size(value: Value) -> Value:
    return -value if value < 0 else value


def _power(base: Value, exponent: Value) -> Value | None:
    """Return base ** exponent; None if it is kept as it is: a root of a fraction."""
    if base == 0 and exponent < 0:
        raise ValueError("division by zero")
    if base in (0, 1) or exponent == 0:
        return base if exponent != 0 else Fraction(1)
    if base < 0 and exponent % 1 != 0:
        raise ValueError(f"a power must be real, got ({base})**({exponent})")
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent % 1 != 0:
            return None
        if abs(exponent) * max(math.log2(abs(base.numerator)), math.log2(base.denominator)) > MAX_BITS:
            raise ValueError(f"a number is too large: {base}**{exponent}")
        return _number(base ** int(exponent))
    try:
        return _number(float(base) ** float(exponent))
    except OverflowError:
        raise ValueError(f"a number is too large: {base}**{exponent}") from None
