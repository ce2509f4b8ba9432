"""What a text may say: a whitelist of Python's syntax, with limits.

A text from a file or a command line is never evaluated: Python's parser turns it into a syntax tree, in which only
the nodes, names and functions listed here may stand. Limits on length and depth hold before anything is done with it.
"""

from __future__ import annotations

import ast
import re
import warnings

MAX_LENGTH = 1000
MAX_DEPTH = 60

CONSTANTS = ("pi", "E")
FUNCTIONS = (
    *("tanh", "erf", "exp", "log", "sqrt", "sin", "cos", "tan", "atan", "sinh", "cosh", "asinh"),
    *("Abs", "Heaviside", "sign", "Max", "Min"),
)
ALIASES = {"abs": "Abs", "max": "Max", "min": "Min", "heaviside": "Heaviside"}
# Short for an expression whose value and slope neither overflow nor lose digits anywhere.
SHORT = {"relu": "Max(0, x)", "sigmoid": "1/(1 + exp(-x))", "softplus": "log(1 + exp(x))", "sech": "1/cosh(x)"}

_CALLED = (*FUNCTIONS, *ALIASES, *SHORT)
_MOST_ARGUMENTS = 20  # of Max and Min


def syntax_tree(source: str, names: tuple[str, ...] = ("x",), told: str | None = None) -> ast.expr:
    """Return the syntax tree of a text, in which nothing stands but what is allowed.

    Parameters
    ----------
    source : the text.
    names : what may stand in it besides numbers, pi and E: its variables and parameters.
    told : what a refusal calls them; None lists them.

    Raises
    ------
    ValueError : for anything but the names, numbers, pi, E, the arithmetic operators and the functions; for a text or a
        nesting beyond the limits.
    """
    refuse_long(source)
    allowed = f"allowed are {told or ', '.join(names)}, numbers, pi, E, + - * / **, brackets, and {', '.join(_CALLED)}"
    # Before Python's parser sees it: no quotes, underscores, brackets other than round, nor letters outside ASCII,
    # which Python would take for their ASCII look-alikes.
    foreign = re.search(r"[^A-Za-z0-9+\-*/(),. ]", source)
    if foreign:
        hint = "; write ** for powers" if foreign.group() == "^" else ""
        raise ValueError(f"the character {foreign.group()!r} has no place in an expression{hint}; {allowed}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python only warns of "2if x": here it is an error
            tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError, Warning):
        raise ValueError(f"not an expression: {_shortened(source)!r}; {allowed}") from None
    _refuse_foreign(tree, source, MAX_DEPTH, names, allowed)
    return tree


def is_function(name: str) -> bool:
    """Whether a name is that of a function."""
    return name in _CALLED


def refuse_long(source: str) -> None:
    """Refuse a text beyond the limit."""
    if len(source) > MAX_LENGTH:
        raise ValueError(f"an expression may have {MAX_LENGTH} characters, got {len(source)}")


def _refuse_foreign(node: ast.expr, source: str, depth: int, names: tuple[str, ...], allowed: str) -> None:
    """Go through a syntax tree node by node; what is not listed here is refused."""
    if depth == 0:
        raise ValueError(f"an expression may be nested {MAX_DEPTH} deep, got more in {_shortened(source)!r}")
    parts: list[ast.expr] = []
    match node:
        case ast.Constant(value) if type(value) in (int, float):
            pass
        case ast.Name(name):
            if name in _CALLED:
                raise ValueError(f"the function {name} needs its argument: {name}(...); got {_shortened(source)!r}")
            if name not in (*names, *CONSTANTS):
                raise ValueError(f"unknown name {name!r} in {_shortened(source)!r}; {allowed}")
        case ast.UnaryOp(ast.UAdd() | ast.USub(), part):
            parts = [part]
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow(), right):
            parts = [left, right]
        case ast.Call(ast.Name(name), parts, []):
            if name not in _CALLED:
                raise ValueError(f"{name!r} is not a known function; {allowed}")
            most = _MOST_ARGUMENTS if ALIASES.get(name, name) in ("Max", "Min") else 1
            if not 1 <= len(parts) <= most:
                wanted = "one argument" if most == 1 else f"1 to {most} arguments"
                raise ValueError(f"{name} takes {wanted}, got {len(parts)}")
        case _:
            raise ValueError(f"{_shortened(ast.unparse(node))!r} has no place in an expression; {allowed}")
    for part in parts:
        _refuse_foreign(part, source, depth - 1, names, allowed)


def _shortened(source: str) -> str:
    return source if len(source) <= 60 else source[:57] + "..."
