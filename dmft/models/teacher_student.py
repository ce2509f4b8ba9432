"""A student that learns from a teacher, both of two layers, by their overlaps: the statement of online learning."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import integer, numbers, positive, whole
from dmft.models.learning_rules import Backprop, DirectFeedback
from dmft.models.statement import Statement

_ROUNDING = 1e-9  # of overlaps, relative to the largest
_LARGEST = 1e6
_MOST = 200  # units, of student and teacher together


@dataclass(frozen=True)
class TeacherStudent(Statement):
    """A student sum_k v_k g(x_k) of K units and a teacher sum_m w_m g(y_m) of M, g(x) = erf(x/sqrt 2).

    Preactivations x_k = w_k.xi/sqrt(D) of D independent Gaussian inputs are Gaussian with the covariances below, which
    is all that matters as D grows [Saad & Solla (1995)].

    Parameters
    ----------
    student_overlap : Q_kl = w_k.w_l/D, shape (K, K).
    cross_overlap : R_km = w_k.w*_m/D, shape (K, M).
    teacher_overlap : T_mn, shape (M, M).
    student_readout, teacher_readout : v and w, shapes (K,) and (M,).

    Raises
    ------
    ValueError, TypeError : for arrays that do not go together, are not finite or above 1e6; overlaps that no vectors
        have (not positive semidefinite); a teacher that says nothing.
    """

    student_overlap: Any = field(kw_only=True, metadata={"unit": "1", "meaning": "overlap of student units"})
    cross_overlap: Any = field(kw_only=True, metadata={"unit": "1", "meaning": "overlap with teacher units"})
    teacher_overlap: Any = field(kw_only=True, metadata={"unit": "1", "meaning": "overlap of teacher units"})
    student_readout: Any = field(
        kw_only=True, metadata={"unit": "1", "meaning": "read-out of the student", "vector": True}
    )
    teacher_readout: Any = field(
        kw_only=True, metadata={"unit": "1", "meaning": "read-out of the teacher", "vector": True}
    )

    def __post_init__(self) -> None:
        v, w = (_checked(name, getattr(self, name), 1) for name in ("student_readout", "teacher_readout"))
        k, m = len(v), len(w)
        if k + m > _MOST:
            raise ValueError(f"student and teacher must have at most {_MOST} units together, got {k} and {m}")
        shapes = {"student_overlap": (k, k), "cross_overlap": (k, m), "teacher_overlap": (m, m)}
        held = {}
        for name, shape in shapes.items():
            held[name] = _checked(name, getattr(self, name), 2)
            if held[name].shape != shape:
                raise ValueError(
                    f"{name} must be of shape {shape}: {k} student_readout, {m} teacher_readout; got {held[name].shape}"
                )
        q, r, t = held.values()
        largest = max(float(np.max(np.abs(q))), float(np.max(np.abs(t))))
        for name, overlap in (("student_overlap", q), ("teacher_overlap", t)):
            if np.max(np.abs(overlap - overlap.T)) > _ROUNDING * largest:
                raise ValueError(f"{name} must be symmetric, got {overlap.tolist()}")
        joint = np.block([[q, r], [r.T, t]])
        least = float(np.linalg.eigvalsh(joint)[0])
        if least < -_ROUNDING * largest:
            raise ValueError(
                "overlaps must be those of some vectors: [[Q, R], [R^T, T]] has the eigenvalue "
                f"{least:.3g}; take smaller cross_overlap"
            )
        if not np.any(w) or not np.any(np.diag(t)):
            raise ValueError("a teacher must say something: its readout and its overlaps must not all be zero")
        for name, array in (held | {"student_readout": v, "teacher_readout": w}).items():
            rows = array.tolist()
            object.__setattr__(self, name, tuple(map(tuple, rows)) if array.ndim == 2 else tuple(rows))

    @property
    def units(self) -> tuple[int, int]:
        """K and M."""
        return len(self.student_readout), len(self.teacher_readout)

    @property
    def joint(self) -> FloatArray:
        """Covariance of all preactivations, the student's first, shape (K + M, K + M)."""
        q, r, t = (np.asarray(o) for o in (self.student_overlap, self.cross_overlap, self.teacher_overlap))
        return np.block([[q, r], [r.T, t]])

    @classmethod
    def drawn(cls, students: int, teachers: int, *, seed: int, size: float = 1.0, dimensions: int = 500) -> Any:
        """Return a student drawn beside a teacher: weights of variance `size`^2, and 1, in a number of dimensions.

        Read-outs of the student are standard Gaussians times `size`, those of the teacher are one.

        Raises
        ------
        ValueError, TypeError : for numbers that are not whole and positive, fewer dimensions than units.
        """
        k, m = whole("students", students, least=1, most=_MOST), whole("teachers", teachers, least=1, most=_MOST)
        dimensions = whole("dimensions", dimensions, least=k + m, most=10**6)
        size = positive("size", size)
        rng = np.random.default_rng(integer("seed", seed, least=0))
        own = size * rng.standard_normal((k, dimensions))
        goal = rng.standard_normal((m, dimensions))
        return cls(
            student_overlap=own @ own.T / dimensions,
            cross_overlap=own @ goal.T / dimensions,
            teacher_overlap=goal @ goal.T / dimensions,
            student_readout=size * rng.standard_normal(k),
            teacher_readout=np.ones(m),
        )


def checked_pair(statement: Any) -> TeacherStudent:
    """Return a teacher and a student, or refuse what is none.

    Raises
    ------
    TypeError
    """
    if not isinstance(statement, TeacherStudent):
        raise TypeError(f"teacher_student must be a dmft.TeacherStudent, got {statement!r}")
    return statement


def _checked(name: str, value: Any, dimensions: int) -> FloatArray:
    array = numbers(name, value)
    if array.ndim != dimensions or array.size == 0:
        words = {1: "a sequence", 2: "a matrix"}[dimensions]
        raise ValueError(f"{name} must be {words} of numbers, got an array of shape {array.shape}")
    if not np.all(np.abs(array) <= _LARGEST):  # nan too
        raise ValueError(f"{name} must be finite numbers of at most {_LARGEST:g} in size, got {array.tolist()}")
    return array


@singledispatch
def student_feedback(rule: Any, students: int) -> FloatArray | None:
    """Return what carries the error back to each unit of a student, shape (K,); None where it is the read-out.

    Raises
    ------
    ValueError : for a rule of other networks; no weights, or another number.
    """
    raise ValueError(
        f"rule must be Backprop() or DirectFeedback([F_1, .., F_K]) of a teacher and a student, got {rule!r}"
    )


@student_feedback.register
def _(rule: Backprop, students: int) -> None:
    return None


@student_feedback.register
def _(rule: DirectFeedback, students: int) -> FloatArray:
    weights = rule.weights
    if weights is None:
        raise ValueError("direct feedback to a student must be given: DirectFeedback([F_1, ..., F_K])")
    array = np.asarray(weights, dtype=float)
    if array.shape != (students,):
        raise ValueError(f"direct feedback must have {students} weights, one for each student unit; got {array.shape}")
    return array
