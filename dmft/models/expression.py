"""Expressions in one variable, x: parsed from text against a whitelist, with one canonical text each.

A text from a file or a command line is never evaluated: Python's parser turns it into a syntax tree, and only the
nodes, names and functions listed here are taken over from it; anything else is refused. Limits on length, depth and
the size of numbers hold before any arithmetic is done, so that no text can take long.

Two texts that differ in order, spaces, brackets or constant arithmetic give the same expression.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

MAX_LENGTH = 1000
MAX_DEPTH = 60
MAX_EXPONENT = 100
MAX_BITS = 128  # of an integer: 38 digits
MAX_DENOMINATOR = 1024  # a float that is exactly such a fraction becomes one: 0.5 is 1/2, and x**2.0 is x**2

# Function -> least and largest number of arguments.
FUNCTIONS = {
    "tanh": (1, 1),
    "erf": (1, 1),
    "exp": (1, 1),
    "log": (1, 1),
    "sin": (1, 1),
    "cos": (1, 1),
    "tan": (1, 1),
    "atan": (1, 1),
    "sinh": (1, 1),
    "cosh": (1, 1),
    "asinh": (1, 1),
    "Abs": (1, 1),
    "Heaviside": (1, 1),
    "sign": (1, 1),
    "Max": (1, 20),
    "Min": (1, 20),
}
CONSTANTS = {"pi": math.pi, "E": math.e}
_ALIASES = {"abs": "Abs", "max": "Max", "min": "Min"}

ALLOWED = (
    "allowed are x, numbers, pi, E, + - * / **, brackets, and "
    f"{', '.join(name for name in FUNCTIONS)}, sqrt, abs, max, min"
)


@dataclass(frozen=True)
class Number:
    """A rational number, or a float where the text has one that is not a simple fraction."""

    value: Fraction | float


@dataclass(frozen=True)
class Constant:
    """pi or E."""

    name: str


@dataclass(frozen=True)
class Variable:
    """x."""


@dataclass(frozen=True)
class Sum:
    """Sum of two terms or more, none a sum, in canonical order with a number last."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Product:
    """Product of two factors or more, none a product, in canonical order with a number first."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Power:
    """Base to an exponent."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True)
class Call:
    """A function of `FUNCTIONS` of its arguments."""

    name: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Number | Constant | Variable | Sum | Product | Power | Call

X = Variable()


def number(value: Fraction | float | int) -> Number:
    """Return a number, as a fraction if it is a simple one; refuse one that is not finite or too long."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"numbers must be finite, got {value}")
        if Fraction(value).denominator > MAX_DENOMINATOR or abs(value) > 1e15:
            return Number(value)
    value = Fraction(value)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise ValueError(f"a number is too large: at most {int(MAX_BITS * math.log10(2))} digits are allowed")
    return Number(value)


ONE = number(1)


def total(terms: Iterable[Expression]) -> Expression:
    """Return the sum of the terms: nested sums merged, equal terms collected."""
    constant: Fraction | float = Fraction(0)
    collected: dict[Expression, Fraction | float] = {}
    for term in terms:
        for part in term.terms if isinstance(term, Sum) else (term,):
            if isinstance(part, Number):
                constant = number(constant + part.value).value
                continue
            coefficient, rest = _split(part)
            collected[rest] = number(collected.get(rest, Fraction(0)) + coefficient).value
    parts = sorted((product([Number(c), rest]) for rest, c in collected.items() if c != 0), key=_term_order)
    if constant != 0:
        parts.append(Number(constant))
    if not parts:
        return Number(Fraction(0))
    return parts[0] if len(parts) == 1 else Sum(tuple(parts))


def product(factors: Iterable[Expression]) -> Expression:
    """Return the product of the factors: nested products merged, powers of the same base and exponentials collected."""
    coefficient: Fraction | float = Fraction(1)
    collected: dict[Expression, Fraction] = {}
    others: list[Expression] = []
    exponents: list[Expression] = []
    for factor in factors:
        for part in factor.factors if isinstance(factor, Product) else (factor,):
            if isinstance(part, Number):
                coefficient = number(coefficient * part.value).value
                continue
            if isinstance(part, Call) and part.name == "exp":
                exponents += part.arguments
            elif isinstance(part, Power) and isinstance(part.exponent, Number):
                if isinstance(part.exponent.value, float):
                    others.append(part)
                else:
                    collected[part.base] = collected.get(part.base, Fraction(0)) + part.exponent.value
            else:
                collected[part] = collected.get(part, Fraction(0)) + 1
    if coefficient == 0:
        return Number(Fraction(0))
    parts: list[Expression] = others
    if exponents and (exponent_sum := total(exponents)) != Number(Fraction(0)):
        parts.append(call("exp", [exponent_sum]))
    again = False
    for base, exponent in collected.items():
        raised = power(base, Number(exponent))
        parts.append(raised)
        again |= isinstance(raised, Product | Number) or raised not in (base, Power(base, Number(exponent)))
    if again:  # sqrt(x*y)*sqrt(x*y) has become a product, which its neighbours may merge with
        return product([Number(coefficient), *parts])
    parts.sort(key=text)
    if not parts:
        return Number(coefficient)
    if coefficient != 1:
        parts.insert(0, Number(coefficient))
    return parts[0] if len(parts) == 1 else Product(tuple(parts))


def power(base: Expression, exponent: Expression) -> Expression:
    """Return base ** exponent; refused are exponents above the limit and powers that are not real."""
    if base == Constant("E") and exponent != ONE:
        return call("exp", [exponent])
    if isinstance(exponent, Number):
        n = exponent.value
        if not -MAX_EXPONENT <= n <= MAX_EXPONENT:
            raise ValueError(f"exponents must be between -{MAX_EXPONENT} and {MAX_EXPONENT}, got {text(exponent)}")
        if n in (0, 1):
            return ONE if n == 0 else base
        if isinstance(base, Number):
            return _number_power(base.value, n)
        if isinstance(base, Call) and base.name == "exp":
            return call("exp", [product([exponent, base.arguments[0]])])
        if isinstance(n, Fraction) and n.denominator == 1:  # else (u v)^n = u^n v^n may fail for negative u, v
            if isinstance(base, Product):
                return product(power(factor, exponent) for factor in base.factors)
            if isinstance(base, Power) and isinstance(base.exponent, Number):
                return power(base.base, number(base.exponent.value * n))
    return Power(base, exponent)


def call(name: str, arguments: list[Expression]) -> Expression:
    """Return a function of its arguments, or refuse an unknown one or a wrong number of arguments."""
    if name == "sqrt" and len(arguments) == 1:
        return power(arguments[0], Number(Fraction(1, 2)))
    name = _ALIASES.get(name, name)
    if name not in FUNCTIONS:
        raise ValueError(f"{name!r} is not a known function; {ALLOWED}")
    least, largest = FUNCTIONS[name]
    if not least <= len(arguments) <= largest:
        wanted = "one argument" if largest == 1 else f"{least} to {largest} arguments"
        raise ValueError(f"{name} takes {wanted}, got {len(arguments)}")
    if name in ("Max", "Min"):
        arguments = sorted(set(arguments), key=text)
        if len(arguments) == 1:
            return arguments[0]
    return Call(name, tuple(arguments))


def parse(source: str) -> Expression:
    """Return the expression that a text states.

    Parameters
    ----------
    source : for example ``"tanh(x) + 0.1*x"``.

    Raises
    ------
    ValueError : for anything but x, numbers, pi, E, the arithmetic operators and the functions of `FUNCTIONS`; for a
        text, a nesting or a number beyond the limits. The text is never evaluated.
    """
    if len(source) > MAX_LENGTH:
        raise ValueError(f"an expression may have {MAX_LENGTH} characters, got {len(source)}")
    # Before Python's parser sees it: no quotes, underscores, brackets other than round, nor letters outside ASCII,
    # which Python would take for their ASCII look-alikes.
    foreign = re.search(r"[^A-Za-z0-9+\-*/(),. ]", source)
    if foreign:
        hint = "; write ** for powers" if foreign.group() == "^" else ""
        raise ValueError(f"the character {foreign.group()!r} has no place in an expression{hint}; {ALLOWED}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python only warns of "2if x": here it is an error
            tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError, Warning):
        raise ValueError(f"not an expression: {_shortened(source)!r}; {ALLOWED}") from None
    result = _converted(tree, source, MAX_DEPTH)
    if len(text(result)) > MAX_LENGTH:
        raise ValueError(f"an expression may have {MAX_LENGTH} characters, got more after it is multiplied out")
    return result


def depends_on_x(expression: Expression) -> bool:
    """Whether x occurs in the expression."""
    return isinstance(expression, Variable) or any(depends_on_x(part) for part in parts_of(expression))


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions that an expression is directly made of."""
    match expression:
        case Sum(parts) | Product(parts) | Call(_, parts):
            return parts
        case Power(base, exponent):
            return base, exponent
        case _:
            return ()


def text(expression: Expression) -> str:
    """Return the canonical text, which `parse` reads back to the same expression."""
    match expression:
        case Number(value):
            return repr(value) if isinstance(value, float) else str(value)
        case Constant(name):
            return name
        case Variable():
            return "x"
        case Sum(terms):
            words = [text(term) for term in terms]
            return words[0] + "".join(f" - {w[1:]}" if w.startswith("-") else f" + {w}" for w in words[1:])
        case Product(factors):
            return _product_text(factors)
        case Power(base, exponent):
            if exponent == Number(Fraction(1, 2)):
                return f"sqrt({text(base)})"
            if isinstance(exponent, Number) and isinstance(exponent.value, Fraction) and exponent.value < 0:
                return _product_text((expression,))
            return f"{_bracketed(base)}**{_bracketed(exponent)}"
        case Call(name, arguments):
            return f"{name}({', '.join(text(argument) for argument in arguments)})"


def _product_text(factors: tuple[Expression, ...]) -> str:
    above, below, sign = [], [], ""
    for factor in factors:
        if isinstance(factor, Number):
            sign = "-" if factor.value < 0 else ""
            size = -factor.value if factor.value < 0 else factor.value
            if isinstance(size, float):
                above.append(repr(size))
            else:
                above += [str(size.numerator)] if size.numerator != 1 else []
                below += [str(size.denominator)] if size.denominator != 1 else []
        elif (
            isinstance(factor, Power)
            and isinstance(factor.exponent, Number)
            and isinstance(factor.exponent.value, Fraction)
            and factor.exponent.value < 0
        ):
            inverse = power(factor.base, Number(-factor.exponent.value))
            below.append(text(inverse) if isinstance(inverse, Power) else _bracketed(inverse))
        else:
            above.append(f"({text(factor)})" if isinstance(factor, Sum) else text(factor))
    upper = "*".join(above) or "1"
    if not below:
        return sign + upper
    return f"{sign}{upper}/{below[0]}" if len(below) == 1 else f"{sign}{upper}/({'*'.join(below)})"


def _bracketed(expression: Expression) -> str:
    word = text(expression)
    match expression:
        case Constant() | Variable() | Call() | Power(_, Number(Fraction(numerator=1, denominator=2))):
            return word
        case Number() if word.isdigit():
            return word
        case _:
            return f"({word})"


def _term_order(term: Expression) -> tuple[str, str]:
    word = text(term)
    return word.removeprefix("-"), word


def _split(term: Expression) -> tuple[Fraction | float, Expression]:
    """Return the numerical coefficient of a term, and the rest."""
    if isinstance(term, Product) and isinstance(term.factors[0], Number):
        rest = term.factors[1:]
        return term.factors[0].value, rest[0] if len(rest) == 1 else Product(rest)
    return Fraction(1), term


def _number_power(base: Fraction | float, exponent: Fraction | float) -> Expression:
    if base == 0 and exponent < 0:
        raise ValueError("division by zero")
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        if isinstance(base, Fraction):
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if (bits - 1) * abs(exponent) > MAX_BITS:
                raise ValueError(f"a number is too large: {base}**{exponent}")
            return number(base ** int(exponent))
    elif base < 0:
        raise ValueError(f"a power must be real, got ({base})**({exponent})")
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        return Power(Number(base), Number(exponent)) if base not in (0, 1) else Number(base)
    try:
        return number(float(base) ** float(exponent))
    except OverflowError:
        raise ValueError(f"a number is too large: {base}**{exponent}") from None


def _converted(node: ast.AST, source: str, depth: int) -> Expression:
    """Take a syntax tree over, node by node; what is not listed here is refused."""
    if depth == 0:
        raise ValueError(f"an expression may be nested {MAX_DEPTH} deep, got more in {_shortened(source)!r}")
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return number(value)
        case ast.Name(id="x"):
            return X
        case ast.Name(id=name) if name in CONSTANTS:
            return Constant(name)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _converted(operand, source, depth - 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return product([number(-1), _converted(operand, source, depth - 1)])
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _converted(left, source, depth - 1), _converted(right, source, depth - 1)
            match op:
                case ast.Add():
                    return total([a, b])
                case ast.Sub():
                    return total([a, product([number(-1), b])])
                case ast.Mult():
                    return product([a, b])
                case ast.Div():
                    return product([a, power(b, number(-1))])
                case ast.Pow():
                    return power(a, b)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return call(name, [_converted(argument, source, depth - 1) for argument in arguments])
        case ast.Name(id=name) if name in (*FUNCTIONS, *_ALIASES, "sqrt"):
            raise ValueError(f"the function {name} needs its argument: {name}(...); got {_shortened(source)!r}")
        case ast.Name(id=name):
            raise ValueError(f"unknown name {name!r} in {_shortened(source)!r}; {ALLOWED}")
    raise ValueError(f"{_shortened(ast.unparse(node))!r} has no place in an expression; {ALLOWED}")


def _shortened(source: str) -> str:
    return source if len(source) <= 60 else source[:57] + "..."
