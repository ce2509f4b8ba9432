"""Expressions in several names: their trees, values over arrays, and slopes by a name as expressions again."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dmft.models.expressions.canonical import call, canonical
from dmft.models.expressions.dual import FUNCTIONS
from dmft.models.expressions.grammar import CONSTANTS, is_function, refuse_long, syntax_tree

Values = Mapping[str, Any]
_NAME = re.compile(r"(?<![A-Za-z0-9.])[A-Za-z][A-Za-z0-9]*")
_SLOPES = {
    "tanh": "1 - tanh(x)**2",
    "erf": "2*exp(-x**2)/sqrt(pi)",
    "exp": "exp(x)",
    "log": "1/x",
    "sqrt": "1/(2*sqrt(x))",
    "sin": "cos(x)",
    "cos": "-sin(x)",
    "tan": "1 + tan(x)**2",
    "atan": "1/(1 + x**2)",
    "sinh": "cosh(x)",
    "cosh": "sinh(x)",
    "asinh": "1/sqrt(1 + x**2)",
    "Abs": "sign(x)",
}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_ZERO, _ONE = ast.Constant(0), ast.Constant(1)


def read(source: str, told: str = "names of letters and digits") -> ast.expr:
    """Return the canonical tree of a text in which any names may stand; a refusal says what is `told` of them.

    Raises
    ------
    ValueError : for what is not on the whitelist of `dmft.models.expressions.grammar`; the text is never evaluated.
    """
    refuse_long(source)
    words = tuple(dict.fromkeys(word for word in _NAME.findall(source) if not is_function(word)))
    tree = canonical(syntax_tree(source, words, told))
    syntax_tree(ast.unparse(tree), words, told)  # with the limits of a text, which may read it back
    return tree


def names_in(tree: ast.expr) -> tuple[str, ...]:
    """Return the names that stand in a tree, functions and constants left out."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]
    return tuple(dict.fromkeys(name for name in found if name not in CONSTANTS))


def calls_in(tree: ast.expr) -> set[str]:
    """Return the functions that a tree calls."""
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def replaced(tree: ast.expr, by: Mapping[str, ast.expr]) -> ast.expr:
    """Return the canonical tree with others in the place of names."""
    return canonical(_put(tree, by))


def _put(tree: ast.expr, by: Mapping[str, ast.expr]) -> ast.expr:
    match tree:
        case ast.Name(name):
            return by.get(name, tree)
        case ast.UnaryOp(op, part):
            return ast.UnaryOp(op, _put(part, by))
        case ast.BinOp(left, op, right):
            return ast.BinOp(_put(left, by), op, _put(right, by))
        case ast.Call(function, parts):
            return ast.Call(function, [_put(part, by) for part in parts], [])
    return tree


def slope(tree: ast.expr, name: str) -> ast.expr:
    """Return the derivative by a name, in canonical form; at a kink (Abs, Max, Min) it is the mean of both sides."""
    return canonical(_slope(tree, name))


def _slope(tree: ast.expr, name: str) -> ast.expr:
    if name not in names_in(tree):
        return _ZERO
    match tree:
        case ast.Name():
            return _ONE
        case ast.UnaryOp(op, part):
            return ast.UnaryOp(op, _slope(part, name))
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            return ast.BinOp(_slope(left, name), op, _slope(right, name))
        case ast.BinOp(left, ast.Mult(), right):
            return _plus(_times(_slope(left, name), right), _times(left, _slope(right, name)))
        case ast.BinOp(left, ast.Div(), right):
            whole = _times(tree, _slope(right, name))
            return ast.BinOp(ast.BinOp(_slope(left, name), ast.Sub(), whole), ast.Div(), right)
        case ast.BinOp(base, ast.Pow(), exponent):
            lower = ast.BinOp(base, ast.Pow(), ast.BinOp(exponent, ast.Sub(), _ONE))
            of_base = _times(_times(exponent, lower), _slope(base, name))
            if name not in names_in(exponent):
                return of_base
            return _plus(of_base, _times(_times(tree, call("log", base)), _slope(exponent, name)))
        case ast.Call(ast.Name("Max" | "Min" as which), [first, *rest]) if rest:
            other = rest[0] if len(rest) == 1 else call(which, *rest)
            gap = ast.BinOp(first, ast.Sub(), other)
            ahead = call("Heaviside", gap if which == "Max" else ast.UnaryOp(ast.USub(), gap))
            behind = ast.BinOp(_ONE, ast.Sub(), ahead)
            return _plus(_times(ahead, _slope(first, name)), _times(behind, _slope(other, name)))
        case ast.Call(ast.Name(function), [part]) if function in _SLOPES:
            return _times(_put(syntax_tree(_SLOPES[function]), {"x": part}), _slope(part, name))
    raise ValueError(f"{ast.unparse(tree)} jumps, and has no slope by {name}")


def _plus(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.BinOp(a, ast.Add(), b)


def _times(a: ast.expr, b: ast.expr) -> ast.expr:
    return ast.BinOp(a, ast.Mult(), b)


def value(tree: ast.expr, values: Values) -> Any:
    """Return the value of a tree where each name has a number or an array; what is not finite is returned as it is."""
    with np.errstate(all="ignore"):
        return evaluator(tree)(values)


def evaluator(tree: ast.expr) -> Callable[[Values], Any]:
    """Return a function of the values of names that is `value` of a tree, for trees that are asked many times.

    The tree is walked once. What numpy says of values that are not finite is for the caller to ignore.
    """
    match tree:
        case ast.Constant(int() | float() as number):
            constant = float(number)
            return lambda values: constant
        case ast.Name(name):
            if name in CONSTANTS:
                return evaluator(ast.Constant({"pi": math.pi, "E": math.e}[name]))
            return operator.itemgetter(name)
        case ast.UnaryOp(op, part):
            inner = evaluator(part)
            return (lambda values: -inner(values)) if isinstance(op, ast.USub) else inner
        case ast.BinOp(base, ast.Pow(), ast.Constant(2)):
            return _squared(evaluator(base))
        case ast.BinOp(left, op, right):
            return _joined(_OPERATORS[type(op)], evaluator(left), evaluator(right))
        case ast.Call(ast.Name(name), parts):
            function, inside = FUNCTIONS[name], [evaluator(part) for part in parts]
            return lambda values: function(*[(part(values), None) for part in inside])[0]
    raise AssertionError(ast.dump(tree))  # no other node passes the whitelist


def _squared(base: Callable[[Values], Any]) -> Callable[[Values], Any]:
    def square(values: Values) -> Any:
        root = base(values)
        return root * root

    return square


def _joined(
    combine: Callable[[Any, Any], Any], left: Callable[[Values], Any], right: Callable[[Values], Any]
) -> Callable[[Values], Any]:
    return lambda values: combine(left(values), right(values))
