"""A nonlinearity stated as an expression in x."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.breakpoints import Breakpoint
from dmft.models.dual_numbers import evaluate
from dmft.models.expression import Call, Expression, depends_on_x, parse, parts_of, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
    ValueError : for an expression that is not allowed, does not depend on x, or jumps: the derivative of a jump is a
        delta function, which no theory here can hold (use a steep smooth function; ``x*Heaviside(x)`` is continuous,
        and allowed).
    TypeError : for what is neither text nor a sympy expression.

    Notes
    -----
    Values that are not finite are returned as they are, without a warning; solvers report them.
    A power that is not an integer is real only for a positive base: ``x**(1/3)`` is nan for x < 0.
    Accuracy: derivative against 30 digits in mpmath, antiderivative against quadrature (`tests/unit/test_symbolic.py`).
    Cost: one numpy operation a node of the expression; the antiderivative up to a second of sympy, on first use.
    """

    expression: str

    def __post_init__(self) -> None:
        tree = _tree(self.expression)
        if not depends_on_x(tree):
            raise ValueError(f"a nonlinearity must depend on x, got {text(tree)}")
        jump = _first_jump(tree)
        if jump is not None:
            raise ValueError(
                f"a nonlinearity must be continuous, got {text(tree)}, which jumps at x = {jump:.6g}: its derivative "
                "would be a delta function; use a steep smooth function instead, such as tanh(50*x)"
            )
        object.__setattr__(self, "expression", text(tree))

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


def _steps(tree: Expression) -> Iterator[Expression]:
    if isinstance(tree, Call) and tree.name in ("Heaviside", "sign"):
        yield tree.arguments[0]
    for part in parts_of(tree):
        yield from _steps(part)


def _first_jump(tree: Expression) -> float | None:
    """Return where a step in the expression makes it jump, searched for in |x| < 1e4; None if nowhere."""
    grid = np.sinh(np.linspace(-10.0, 10.0, 4001))
    for argument in dict.fromkeys(_steps(tree)):
        signs = np.sign(evaluate(argument, grid))
        for i in np.flatnonzero(np.diff(signs) != 0):  # nan, too, differs
            left, right = grid[i], grid[i + 1]
            for _ in range(60):
                middle = 0.5 * (left + right)
                at_left = np.sign(evaluate(argument, middle)) == signs[i]
                left, right = (middle, right) if at_left else (left, middle)
            if _jumps(tree, 0.5 * (left + right)):
                return round(float(left), 12) + 0.0
    return None


def _jumps(tree: Expression, x: float) -> bool:
    """Whether the difference of the two sides stays when they come closer."""
    near = 1e-6 * (1.0 + abs(x))
    sides = [evaluate(tree, np.array([x - d, x + d])) for d in (near, 1e-2 * near)]
    far, close = (abs(b - a) for a, b in sides)
    scale = np.max(np.abs(sides))
    return bool(close > 0.5 * far and close > 1e-10 * scale)
