"""Single-neuron transfer functions phi.

A nonlinearity is any object with ``__call__(x)`` and ``derivative(x)``, vectorised over numpy arrays. What else it
offers is used when there: ``breakpoints()`` (its kinks and steep places), and ``gaussian_kernel(c0, c)`` = <phi(x)
phi(y)> for Gaussian x, y of variance c0 and covariance c, and ``expression``, its text in x. The closed forms of the
built-in ones are registered in `dmft.numerics.gaussian`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.breakpoints import Breakpoint
from dmft.models.checks import finite, meant, named

LARGEST_POWER = 50.0


@runtime_checkable
class Nonlinearity(Protocol):
    """A transfer function with its derivative."""

    def __call__(self, x: Any) -> Any:
        """Return phi(x)."""
        ...

    def derivative(self, x: Any) -> Any:
        """Return phi'(x)."""
        ...


def checked(nonlinearity: Any) -> Any:
    """Return the nonlinearity, of a text that of `from_text`, or refuse what is not one.

    Refused are a class instead of an instance, an object without a derivative, and one whose values or derivative are
    not what they must be (`dmft.models.object_checks`); built-in ones and expressions were checked when they were made.
    """
    if isinstance(nonlinearity, type):
        raise TypeError(f"nonlinearity must be an instance: write {nonlinearity.__name__}(...), got the class")
    if isinstance(nonlinearity, str):
        return from_text(nonlinearity)
    if not callable(nonlinearity) or not callable(getattr(nonlinearity, "derivative", None)):
        raise TypeError(
            "nonlinearity must have __call__ and derivative, or be a text, from which it is derived; "
            f"got {nonlinearity!r}"
        )
    from dmft.models.symbolic import Symbolic

    if type(nonlinearity) not in (*BUILT_IN.values(), Symbolic):
        from dmft.models.object_checks import refuse_broken

        refuse_broken(nonlinearity)
    return nonlinearity


def from_text(text: str) -> Any:
    """Return the built-in nonlinearity of a name ("tanh", "relu"), or else the `Symbolic` of an expression in x.

    Raises
    ------
    ValueError : for what is neither, or a name of one that needs a number.
    """
    from dmft.models.symbolic import Symbolic

    kind = BUILT_IN.get(text) or next((kind for kind in BUILT_IN.values() if named([kind]) == text), None)
    if kind is ThresholdPower:
        raise ValueError("ThresholdPower needs 'n' (nonlinearity.n=...); for n = 2, ThresholdPower(2)")
    if kind is not None:
        return kind()
    try:
        return Symbolic(text)
    except ValueError as error:
        names = ", ".join(map(repr, BUILT_IN))
        raise ValueError(
            f"nonlinearity must be one of {names}{meant(text, BUILT_IN)} or an expression in x; got {text!r}: {error}"
        ) from None


def is_odd(nonlinearity: Nonlinearity) -> bool:
    """Whether phi(-x) = -phi(x), judged on a grid of points."""
    x = np.linspace(0.0, 6.0, 41)
    forward, backward = np.asarray(nonlinearity(x)), np.asarray(nonlinearity(-x))
    return bool(np.allclose(forward, -backward, rtol=1e-12, atol=1e-14))


def slope_at_zero(nonlinearity: Nonlinearity) -> float:
    """Return phi'(0)."""
    return float(np.asarray(nonlinearity.derivative(np.zeros(1)))[0])


@dataclass(frozen=True)
class Tanh:
    """phi(x) = tanh x."""

    def __call__(self, x: ArrayLike) -> Any:
        """Return tanh x."""
        return np.tanh(x)

    def derivative(self, x: ArrayLike) -> Any:
        """Return 1/cosh^2 x."""
        t = np.tanh(x)
        return 1.0 - t * t

    @property
    def expression(self) -> str:
        """The text of phi."""
        return "tanh(x)"

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """The step of width 1 at 0."""
        return (Breakpoint(0.0, 1.0),)


@dataclass(frozen=True)
class Erf:
    """phi(x) = erf(sqrt(pi) x / 2), of unit slope at 0."""

    def __call__(self, x: ArrayLike) -> Any:
        """Return erf(sqrt(pi) x / 2)."""
        from scipy.special import erf

        return erf(0.5 * math.sqrt(math.pi) * np.asarray(x))

    def derivative(self, x: ArrayLike) -> Any:
        """Return exp(-pi x^2 / 4)."""
        return np.exp(-0.25 * math.pi * np.square(x))

    @property
    def expression(self) -> str:
        """The text of phi."""
        return "erf(sqrt(pi)*x/2)"

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """The step of width 1 at 0."""
        return (Breakpoint(0.0, 1.0),)


@dataclass(frozen=True)
class Linear:
    """phi(x) = x."""

    def __call__(self, x: ArrayLike) -> Any:
        """Return x."""
        return np.asarray(x) * 1.0

    def derivative(self, x: ArrayLike) -> Any:
        """Return 1."""
        return np.ones_like(np.asarray(x, dtype=float))

    @property
    def expression(self) -> str:
        """The text of phi."""
        return "x"

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """None."""
        return ()


@dataclass(frozen=True)
class ThresholdPower:
    """phi(x) = max(0, x)^n.

    Parameters
    ----------
    n : exponent in [1, 50], not necessarily an integer.

    Raises
    ------
    ValueError, TypeError : if n is not a number in [1, 50].
    """

    n: float

    def __post_init__(self) -> None:
        n = finite("n", self.n)
        if n < 1:
            raise ValueError(f"n must be at least 1 (phi needs a bounded derivative at 0), got {n}")
        if n > LARGEST_POWER:
            raise ValueError(
                f"n must be at most {LARGEST_POWER:g} (averages of higher powers lose their digits), got {n}"
            )
        object.__setattr__(self, "n", n)

    def __call__(self, x: ArrayLike) -> Any:
        """Return max(0, x)^n."""
        return np.maximum(x, 0.0) ** self.n

    def derivative(self, x: ArrayLike) -> Any:
        """Return n max(0, x)^(n-1); 0 at x = 0."""
        x = np.asarray(x, dtype=float)
        return np.where(x > 0, self.n * np.maximum(x, 0.0) ** (self.n - 1.0), 0.0)

    @property
    def expression(self) -> str:
        """The text of phi."""
        return f"Max(0, x)**{self.n!r}"

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """The threshold, where a derivative jumps or diverges."""
        return (Breakpoint(0.0),)


@dataclass(frozen=True)
class ReLU:
    """phi(x) = max(0, x)."""

    def __call__(self, x: ArrayLike) -> Any:
        """Return max(0, x)."""
        return np.maximum(x, 0.0)

    def derivative(self, x: ArrayLike) -> Any:
        """Return 1 where x > 0, else 0."""
        return np.where(np.asarray(x) > 0, 1.0, 0.0)

    @property
    def expression(self) -> str:
        """The text of phi."""
        return "Max(0, x)"

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """The kink at 0."""
        return (Breakpoint(0.0),)


#: What is built in, by its name on a command line. (There erf(sqrt(pi) x/2) is what "erf" means; the expression is
#: written "erf(x)".)
BUILT_IN: dict[str, type] = {
    "tanh": Tanh,
    "erf": Erf,
    "linear": Linear,
    "relu": ReLU,
    "threshold-power": ThresholdPower,
}
