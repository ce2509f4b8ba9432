"""What a solve on a mesh is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """How well a state is to be solved.

    Attributes
    ----------
    rtol : residual, relative to the variance.
    max_steps : of Newton's method.
    passing : the state is only passed on a walk: Newton's own residual does.
    """

    rtol: float
    max_steps: int
    passing: bool = False
