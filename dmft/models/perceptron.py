"""A neuron with sign-constrained weights that is to tell patterns apart: the statement of the capacity theories."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Literal, Self

from dmft.models.checks import finite, one_of, positive
from dmft.models.statement import Statement

KINDS = ("E", "I")
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Perceptron(Statement):
    """A threshold neuron, its inputs, and the labels that it is to give them.

    h = w.x - 1: the threshold is the unit of h. Of N inputs a fraction `excitatory` have w_i >= 0, the others w_i <= 0.
    Patterns x are independent in all components, of mean sd/cv and standard deviation sd; P = load N of them have
    labels y = +-1, independent of x [Rubin, Abbott & Sompolinsky, PNAS 114, E9366 (2017)].

    Parameters
    ----------
    excitatory : fraction of excitatory inputs in [0, 1]; None: weights of either sign, and one kind of inputs.
    cv, sd : coefficients of variation and standard deviations of the inputs, (E, I); one number for both.
    positive : fraction of the patterns labelled +1, in (0, 1).
    norm_bound : largest |w| that is allowed, in units of the threshold over that of an input. It bounds the margin to
        output noise, and nothing else.
    inputs : how a simulation draws them: "gaussian", "gamma" (not negative), or "binary" (0 and 1); in the limit of
        large N theory knows their means and variances only.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range; for binary inputs, if sd^2 is not mean (1 - mean).
    """

    excitatory: float | None = field(
        default=None, metadata={"unit": "1", "meaning": "fraction of excitatory inputs; None: no sign constraint"}
    )
    cv: tuple[float, float] = field(
        default=(1.0, 1.0), metadata={"unit": "1", "meaning": "coefficient of variation of the inputs", "parts": KINDS}
    )
    sd: tuple[float, float] = field(
        default=(1.0, 1.0),
        metadata={"unit": "input", "meaning": "standard deviation of the inputs", "parts": KINDS},
    )
    positive: float = field(default=0.5, metadata={"unit": "1", "meaning": "fraction of patterns labelled +1"})
    norm_bound: float = field(default=1.0, metadata={"unit": "threshold/input", "meaning": "largest norm of w"})
    inputs: Literal["gaussian", "gamma", "binary"] = "gaussian"

    def __post_init__(self) -> None:
        for name in ("cv", "sd"):
            object.__setattr__(self, name, _pair(name, getattr(self, name)))
        object.__setattr__(self, "norm_bound", positive("norm_bound", self.norm_bound))
        one_of("inputs", self.inputs, ("gaussian", "gamma", "binary"))
        labelled = finite("positive", self.positive)
        if not 0.0 < labelled < 1.0:
            raise ValueError(
                f"positive must lie between 0 and 1, both left out: with all labels equal any load is stored; "
                f"got {labelled}"
            )
        object.__setattr__(self, "positive", labelled)
        if self.excitatory is None:
            if self.cv[0] != self.cv[1] or self.sd[0] != self.sd[1]:
                raise ValueError(
                    "without a sign constraint (excitatory=None) there is one kind of inputs: cv and sd must be one "
                    f"number each, got cv={self.cv}, sd={self.sd}"
                )
        else:
            fraction = finite("excitatory", self.excitatory)
            if not 0.0 <= fraction <= 1.0:
                raise ValueError(f"excitatory must be None or a fraction in [0, 1], got {fraction}")
            object.__setattr__(self, "excitatory", fraction)
        if self.inputs == "binary":
            self._refuse_what_is_not_binary()

    def _refuse_what_is_not_binary(self) -> None:
        for mean, sd in zip(self.means, self.sd, strict=True):
            if abs(sd * sd - mean * (1.0 - mean)) > _ROUNDING * sd * sd:
                raise ValueError(
                    "binary inputs of mean f = sd/cv must have sd = sqrt(f (1 - f)); state them by "
                    f"Perceptron.binary(excitatory, activity=(f_E, f_I)), got mean {mean:g} and sd {sd:g}"
                )

    @classmethod
    def binary(
        cls,
        excitatory: float | None,
        activity: float | tuple[float, float],
        *,
        positive: float = 0.5,
        norm_bound: float = 1.0,
    ) -> Self:
        """Return the perceptron of inputs that are 1 with the probability `activity`, (E, I), else 0.

        CV = sqrt((1 - f)/f), sd = sqrt(f (1 - f)).

        Raises
        ------
        ValueError, TypeError : for an activity that is not between 0 and 1, and as the class.
        """
        shares = _pair("activity", activity)
        if not max(shares) < 1.0:
            raise ValueError(f"activity must lie between 0 and 1: inputs that never vary tell nothing; got {shares}")
        e, i = shares
        return cls(
            excitatory=excitatory,
            cv=(math.sqrt((1.0 - e) / e), math.sqrt((1.0 - i) / i)),
            sd=(math.sqrt(e * (1.0 - e)), math.sqrt(i * (1.0 - i))),
            positive=positive,
            norm_bound=norm_bound,
            inputs="binary",
        )

    @property
    def means(self) -> tuple[float, float]:
        """Mean inputs sd/cv, (E, I)."""
        return self.sd[0] / self.cv[0], self.sd[1] / self.cv[1]

    def _names(self) -> tuple[str, ...]:
        return KINDS


def weight_limits(limits: Any, *, signed: bool) -> tuple[float, float]:
    """Return bounds (low, high) of sqrt(N) |w_i|, of sqrt(N) w_i where signs are free; None: what the signs allow.

    Raises
    ------
    ValueError, TypeError : for what is no pair of numbers low < high, and negative sizes of signed weights.
    """
    if limits is None:
        return (0.0, math.inf) if signed else (-math.inf, math.inf)
    if not isinstance(limits, tuple | list) or len(limits) != 2:
        raise TypeError(f"limits must be None or a pair (low, high), got {limits!r}")
    for value in limits:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"limits must be two real numbers, got {limits!r}")
    low, high = float(limits[0]), float(limits[1])
    if not low < high or (math.isfinite(low) and abs(low) > 1e150) or (math.isfinite(high) and abs(high) > 1e150):
        raise ValueError(f"limits must be low < high, each at most 1e150 in size or infinite, got ({low:g}, {high:g})")
    if signed and low < 0.0:
        raise ValueError(f"limits of signed weights bound their sizes: low must be at least 0, got {low:g}")
    if low == math.inf or high == -math.inf:
        raise ValueError(f"limits must leave room for a number, got ({low:g}, {high:g})")
    return low, high


def _pair(name: str, value: object) -> tuple[float, float]:
    """Return one number, or an (E, I) pair, as a pair of positive floats."""
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ValueError(f"{name} must be a number or an (E, I) pair, got {len(value)} numbers")
        return _sure(f"{name}[E]", value[0]), _sure(f"{name}[I]", value[1])
    both = _sure(name, value)
    return both, both


def _sure(name: str, value: object) -> float:
    try:
        return positive(name, value)
    except ValueError as error:
        raise ValueError(f"{error}; inputs must vary, and have a positive mean") from None
