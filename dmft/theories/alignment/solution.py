"""What the theory of learning signals returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.solution import Solution, array, coordinate


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AlignmentSolution(Solution):
    """Angles between what a rule does and the gradient, in a network with its initial weights.

    Closed forms: `convergence.residual` is 0. They hold to 1/N, N the smallest width
    (tests/statistical/test_learning_signals.py).

    Attributes
    ----------
    layer : 1 to L, the hidden layers, first to last; shape (n_layer,).
    angles : between the updates of one sample by the rule and by the gradient, in degrees.
    cosines : of these angles.
    scale : norm of the rule's update over that of the gradient; nan where it depends on the inputs.
    rule : what learns.
    """

    layer: FloatArray = coordinate("layer", "1")
    angles: FloatArray = array("layer", unit="degree")
    cosines: FloatArray = array("layer")
    scale: FloatArray = array("layer")
    rule: Any = None

    references: ClassVar[tuple[str, ...]] = ("clark2021", "moskovitz2018")

    @property
    def state(self) -> str:
        """ "gradient" where all angles are 0, "aligned" where all are below 89 degrees, else "unaligned"."""
        largest = float(np.max(self.angles))
        return "gradient" if largest == 0.0 else "aligned" if largest < 89.0 else "unaligned"

    @property
    def first_angle(self) -> float:
        """Angle of the first hidden layer, degrees."""
        return float(self.angles[0])

    @property
    def last_angle(self) -> float:
        """Angle of the last hidden layer, degrees."""
        return float(self.angles[-1])
