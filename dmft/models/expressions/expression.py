"""An expression in x: a text in canonical form that is a function with a slope."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.expressions.canonical import canonical
from dmft.models.expressions.dual import Function, compiled
from dmft.models.expressions.grammar import syntax_tree

_BLOCK = 65536  # numbers that are taken through all operations while they are in the cache


@lru_cache(maxsize=256)
def parse(source: str) -> Expression:
    """Return the expression that a text states, for example ``"tanh(x) + 0.1*x"``.

    Raises
    ------
    ValueError : for what is not on the whitelist or beyond its limits (`dmft.models.expressions.grammar`), in the text
        or in its canonical form. The text is never evaluated.
    """
    expression = stated(syntax_tree(source))
    syntax_tree(expression.text)  # with the limits of a text, which may read it back
    return expression


def stated(tree: ast.expr) -> Expression:
    """Return the expression that a tree states, whatever the order of its terms."""
    return Expression(canonical(tree))


@dataclass(frozen=True)
class Expression:
    """An expression in x; two are equal if their texts are.

    Attributes
    ----------
    tree : of Python's syntax, in canonical form.
    text : of the tree, for example ``"0.1 * x + tanh(x)"``.
    """

    tree: ast.expr = field(compare=False, repr=False)
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", ast.unparse(self.tree))

    def __call__(self, x: ArrayLike) -> Any:
        """Return the values at the numbers x, in their precision; what is not finite is returned as it is."""
        return self._at(x, slope=False)

    def derivative(self, x: ArrayLike) -> Any:
        """Return the slopes; at a kink the mean of both sides."""
        return self._at(x, slope=True)

    @cached_property
    def _function(self) -> Function:
        return compiled(self.tree)

    def _at(self, x: ArrayLike, *, slope: bool) -> Any:
        x = np.asarray(x)
        if x.dtype.kind != "f":
            x = x.astype(float)
        with np.errstate(all="ignore"):
            if x.size <= _BLOCK:
                return self._block(x, slope)[()]
            result, flat = np.empty(x.size, dtype=x.dtype), x.ravel()
            for start in range(0, x.size, _BLOCK):
                result[start : start + _BLOCK] = self._block(flat[start : start + _BLOCK], slope)
        return result.reshape(x.shape)

    def _block(self, x: Any, slope: bool) -> Any:
        value, derivative = self._function((x, 1.0 if slope else None))
        result = value if not slope else 0.0 if derivative is None else derivative
        return np.full_like(x, result) if np.shape(result) != x.shape else np.asarray(result, dtype=x.dtype)
