"""What carries the error back to a hidden unit: the statements of learning rules.

An update of the weights into a unit is -(its signal) x (what came in); the rules differ in the signals alone,

    delta_l = (B_(l+1)^T delta_(l+1)) phi'(a_l),    delta_out = e,

or, of direct feedback, delta_l = (F_l^T e) phi'(a_l). B = W is gradient descent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from dmft.models.checks import named, numbers, one_of
from dmft.models.statement import Statement


@dataclass(frozen=True)
class Backprop(Statement):
    """B = W: the gradient."""


@dataclass(frozen=True)
class GlobalErrorVector(Statement):
    """The error e as a vector, the same for all units, times the gate of each; of units that are vectors.

    The gradient is -b_i e.h_j with a number b_i = G_i sum_j w_ji b_j for each unit; here b_i is replaced by the gate
    G_i [global error-vector broadcasting: Clark, Abbott & Chung (2021)]. In vectorised nonnegative networks b_i is
    positive wherever the gate is open, so that each sample's update has the signs of the gradient.
    """


@dataclass(frozen=True)
class FeedbackAlignment(Statement):
    """B random and fixed, drawn like the weights [Lillicrap, Cownden, Tweed & Akerman (2016)]."""


@dataclass(frozen=True)
class DirectFeedback(Statement):
    """The error straight to each layer by fixed weights F (direct feedback alignment) [Noekland (2016)].

    Parameters
    ----------
    weights : F. None: drawn like the weights. Of a layered network, shape (n_hidden_units, n_outputs), first layer
        first; of a teacher and a student, shape (K,).

    Raises
    ------
    ValueError, TypeError : for what is no such array of finite numbers, or all zero.
    """

    weights: Any = field(default=None, metadata={"vector": True, "unit": "1", "meaning": "feedback weight"})

    def __post_init__(self) -> None:
        if self.weights is None:
            return
        given = numbers("weights", self.weights)
        if given.ndim not in (1, 2) or given.size == 0 or not np.all(np.isfinite(given)) or not np.any(given):
            raise ValueError(
                "weights of direct feedback must be None, or finite numbers of shape (K,) or (n_hidden, n_outputs), "
                f"not all zero; got an array of shape {given.shape}"
            )
        rows = given.tolist()
        object.__setattr__(self, "weights", tuple(map(tuple, rows)) if given.ndim == 2 else tuple(rows))


@dataclass(frozen=True)
class SignFeedback(Statement):
    """B has the signs of W as they are now, and sizes of its own [Moskovitz, Litwin-Kumar & Abbott (2018)].

    Parameters
    ----------
    kind : "uniform": all of one size, the standard deviation of the initial weights (uSF); "fixed": sizes drawn once,
        like those of the weights (frSF); "batch": drawn anew in every batch (brSF).
    sizes : of "fixed": "drawn", independent of the weights; "initial": those of the initial weights (strict
        initialisation).
    norm : of B: "drawn", as its sizes are; "layer": scaled in every batch to that of W in each layer, |B| = |W|;
        "unit": the same for each row, the weights of a unit or a filter. Angles at the initial weights of wide layers
        are the same in all.

    Raises
    ------
    ValueError : for other words; sizes="initial" of another kind.
    """

    kind: Literal["uniform", "fixed", "batch"] = "uniform"
    sizes: Literal["drawn", "initial"] = field(default="drawn", kw_only=True)
    norm: Literal["drawn", "layer", "unit"] = field(default="drawn", kw_only=True)

    def __post_init__(self) -> None:
        one_of("kind", self.kind, ("uniform", "fixed", "batch"))
        one_of("sizes", self.sizes, ("drawn", "initial"))
        one_of("norm", self.norm, ("drawn", "layer", "unit"))
        if self.sizes == "initial" and self.kind != "fixed":
            raise ValueError(f"sizes='initial' are kept, so kind must be 'fixed'; got kind={self.kind!r}")


RULES = (Backprop, GlobalErrorVector, FeedbackAlignment, DirectFeedback, SignFeedback)


def checked_rule(rule: Any) -> Any:
    """Return a rule, or refuse what is none.

    Raises
    ------
    TypeError
    """
    if isinstance(rule, type) or not isinstance(rule, RULES):
        raise TypeError(f"rule must be an instance of one of {named(RULES)}, got {rule!r}")
    return rule
