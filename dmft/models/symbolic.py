"""A nonlinearity stated as an expression in x."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from numpy.typing import ArrayLike

from dmft.models.breakpoints import Breakpoint
from dmft.models.expressions.canonical import depends_on_x
from dmft.models.expressions.expression import Expression, parse


@dataclass(frozen=True, repr=False)
class Symbolic:
    """phi(x) given by an expression in x, from which its derivative follows.

    A text is parsed against a whitelist of functions and never evaluated (`dmft.models.expressions.grammar`); neither
    is code generated from it. Two are equal if their canonical texts are: ``Symbolic("1 + x") == Symbolic("x+1")``.

    Parameters
    ----------
    expression : text such as ``"tanh(x) + 0.1*x"``, or a sympy expression in the symbol x or its text. Kept as
        canonical text. Functions: tanh, erf, exp, log, sqrt, sin, cos, tan, atan, sinh, cosh, asinh, Abs, Max, Min,
        Heaviside, sign; and relu, sigmoid, softplus, sech, which stand for their expressions in these.

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
    Accuracy: derivative against 30 digits in mpmath (`tests/unit/test_symbolic.py`).
    Cost: one numpy operation a node of the expression.
    """

    expression: str

    def __post_init__(self) -> None:
        phi = _stated(self.expression)
        object.__setattr__(self, "expression", phi.text)
        _admitted(phi)

    def __call__(self, x: ArrayLike) -> Any:
        """Return phi(x)."""
        return self._phi(x)

    def derivative(self, x: ArrayLike) -> Any:
        """Return phi'(x); at a kink the mean of the slopes on both sides."""
        return self._phi.derivative(x)

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Return the kinks (width 0) and steep places of phi, sorted: the zeros of what Abs, tanh, ... are taken of."""
        return _admitted(self._phi)

    @cached_property
    def _phi(self) -> Expression:
        return parse(self.expression)

    def __repr__(self) -> str:
        return f"Symbolic({self.expression!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Symbolic, (self.expression,))


@lru_cache(maxsize=256)
def _admitted(phi: Expression) -> tuple[Breakpoint, ...]:
    """Return the breakpoints of an expression that is a nonlinearity, or refuse it."""
    from dmft.models.expressions.breakpoints import expression_breakpoints
    from dmft.models.expressions.refusals import refuse_ill_defined

    if not depends_on_x(phi.tree):
        raise ValueError(f"a nonlinearity must depend on x, got {phi.text}")
    found = expression_breakpoints(phi)
    refuse_ill_defined(phi, found)
    return found


def _stated(expression: Any) -> Expression:
    if isinstance(expression, str):
        return parse(expression)
    sympy = sys.modules.get("sympy")  # loaded, if this is an expression of it
    if sympy is not None and isinstance(expression, sympy.Expr):
        from dmft.models.expressions.from_sympy import from_sympy

        return from_sympy(expression)
    raise TypeError(f'expression must be a text such as "tanh(x)" or a sympy expression in x; got {expression!r}')
