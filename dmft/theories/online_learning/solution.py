"""What the theory of online learning returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.solution import Solution, array, coordinate

_LEARNED = 0.02  # part of the first error below which a student has learned, without noise
_SPECIAL = 0.5  # difference of a student unit's cosines with its best and next teacher unit


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class OnlineSolution(Solution):
    """Order parameters along time, K units of the student and M of the teacher.

    `convergence.error` bounds the error of `error` relative to its `unit`, and that of all overlaps relative to the
    largest: the difference between two integrations, by another method and a tenth of the tolerance, times two.

    Attributes
    ----------
    times : alpha, steps per input dimension, shape (n_time,).
    error : generalisation error, <(student - teacher)^2>/2 without label noise.
    alignment : cosine of the read-out v and what carries the error back; 1 by backpropagation.
    student_overlaps : Q, shape (n_time, K, K).
    cross_overlaps : R, shape (n_time, K, M).
    readouts : v, shape (n_time, K).
    unit : the largest error on the way, or that of a student that says nothing, if this is larger.
    feedback : F, shape (K,); nan by backpropagation, where it is v.
    rule : what learns.
    """

    times: FloatArray = coordinate("times", "steps per dimension")
    error: FloatArray = array("times")
    alignment: FloatArray = array("times")
    student_overlaps: FloatArray = array("times", "student", "student_2")
    cross_overlaps: FloatArray = array("times", "student", "teacher")
    readouts: FloatArray = array("times", "student")
    feedback: FloatArray = array("student")
    unit: float = array()
    rule: Any = None

    references: ClassVar[tuple[str, ...]] = ("saad1995", "refinetti2021")

    @property
    def state(self) -> str:
        """ "learned" (error below 2 % of the first), "specialised" (some unit has one teacher unit), or "plateau"."""
        if not np.isfinite(self.error[-1]):
            return "diverged"
        if self.error[-1] <= _LEARNED * self.error[0]:
            return "learned"
        return "specialised" if self.specialisation >= _SPECIAL else "plateau"

    @property
    def specialisation(self) -> float:
        """At the end, the largest difference of a student unit's |cosines| with its best and its next teacher unit."""
        own = np.sqrt(np.maximum(np.diag(self.student_overlaps[-1]), 1e-300))
        goal = np.sqrt(np.maximum(np.diag(np.asarray(self.network.teacher_overlap)), 1e-300))
        cosines = np.sort(np.abs(self.cross_overlaps[-1]) / (own[:, None] * goal), axis=1)
        if cosines.shape[1] == 1:
            return float(np.max(cosines))
        return float(np.max(cosines[:, -1] - cosines[:, -2]))

    @property
    def error_bound(self) -> float:
        """Bound on the error of `error`."""
        return self.unit * self.convergence.error

    @property
    def last_error(self) -> float:
        """Generalisation error at the end."""
        return float(self.error[-1])

    @property
    def last_alignment(self) -> float:
        """Alignment at the end."""
        return float(self.alignment[-1])
