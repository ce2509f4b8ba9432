"""A nonlinearity stated as an expression in x."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from dmft.models.breakpoints import Breakpoint
from dmft.models.dual_numbers import evaluate
from dmft.models.expression import Expression, depends_on_x, parse, text

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, repr=False)
class Symbolic:
    """phi(x) given by an expression in x; its derivative and antiderivative are derived.

    A text is parsed against a whitelist of functions and never evaluated (`dmft.models.expression`); neither is code
    generated from it. Two are equal if their canonical texts are: ``Symbolic("1 + x") == Symbolic("x+1")``.

    Parameters
    ----------
    expression : text such as ``"tanh(x) + 0.1*x"``, or a sympy expression in the symbol x. Kept as canonical text.
        Functions: tanh, erf, exp, log, sqrt, sin, cos, tan, atan, sinh, cosh, asinh, Abs, Max, Min, Heaviside, sign.

    Raises
    ------
    ValueError : for an expression that is not allowed or does not depend on x; that is not a real number for some x
        (``log(x)``, ``sin(x)/x``); or that jumps, has a pole, or a slope that diverges, however it is written
        (``sign(x)``, ``atan(1/x)``, ``tan(x)``, ``sqrt(abs(x))``): no theory here can hold its averages. The place is
        named. What is continuous is allowed, as ``x*Heaviside(x)`` and ``tanh(1e6*x)`` are; a slope of 1e13 is a jump.
    TypeError : for what is neither text nor a sympy expression.

    Notes
    -----
    A function that grows may overflow, as ``exp(x**2)`` does: its values are returned as they are, without a warning,
    and solvers report them.
    Accuracy: derivative against 30 digits in mpmath, antiderivative against quadrature (`tests/unit/test_symbolic.py`).
    Cost: one numpy operation a node of the expression; the antiderivative up to a second of sympy, on first use.
    """

    expression: str

    def __post_init__(self) -> None:
        tree = _tree(self.expression)
        if not depends_on_x(tree):
            raise ValueError(f"a nonlinearity must depend on x, got {text(tree)}")
        object.__setattr__(self, "expression", text(tree))
        _accepted(self.expression)

    def __call__(self, x: ArrayLike) -> Any:
        """Return phi(x)."""
        return evaluate(self._tree, x)

    def derivative(self, x: ArrayLike) -> Any:
        """Return phi'(x); at a kink the mean of the slopes on both sides."""
        return evaluate(self._tree, x, slope=True)

    @property
    def antiderivative(self) -> Callable[[ArrayLike], Any] | None:
        """The antiderivative that vanishes at 0, as a function of x; None if none was found within a second."""
        return None if self._integral is None else partial(evaluate, self._integral)

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Return the kinks (width 0) and steep places of phi, sorted: the zeros of what Abs, tanh, ... are taken of."""
        return self._breakpoints

    @cached_property
    def _breakpoints(self) -> tuple[Breakpoint, ...]:
        return _breakpoints_of(self.expression)

    @cached_property
    def _tree(self) -> Expression:
        return parse(self.expression)

    @cached_property
    def _integral(self) -> Expression | None:
        from dmft.models.antiderivative import antiderivative

        return antiderivative(self.expression)

    def __repr__(self) -> str:
        return f"Symbolic({self.expression!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Symbolic, (self.expression,))


@lru_cache(maxsize=256)
def _accepted(canonical: str) -> None:
    from dmft.models.expression_checks import refuse_ill_defined

    refuse_ill_defined(parse(canonical), _breakpoints_of(canonical))


@lru_cache(maxsize=256)
def _breakpoints_of(canonical: str) -> tuple[Breakpoint, ...]:
    from dmft.models.expression_breakpoints import expression_breakpoints

    return expression_breakpoints(parse(canonical))


def _tree(expression: Any) -> Expression:
    if isinstance(expression, str):
        return parse(expression)
    sympy = sys.modules.get("sympy")  # loaded, if this is an expression of it
    if sympy is not None and isinstance(expression, sympy.Expr):
        from dmft.models.sympy_tree import from_sympy

        return parse(text(from_sympy(expression)))  # with the limits of a text
    raise TypeError(f'expression must be a text such as "tanh(x)" or a sympy expression in x; got {expression!r}')
