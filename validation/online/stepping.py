"""Steps of a student of finite size, one example each, and what it has come to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import erf

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.models.teacher_student import TeacherStudent, student_feedback

_CHUNK = 500_000  # numbers drawn at a time
_TESTS = 100_000  # and their negatives


@compiled(error_model="numpy", fastmath=True)
def advance(
    w: FloatArray, v: FloatArray, x: FloatArray, y: FloatArray, back: FloatArray, follow: bool, rate: float
) -> None:
    """Make a step for each input: weights of students `w` and read-outs `v` move in place.

    Parameters
    ----------
    w, v : shapes (K, D) and (K,).
    x, y : inputs, shape (n, D), and labels, shape (n,).
    back : F, shape (K,); not read where `follow`.
    """
    n, d = x.shape
    k = len(v)
    root = math.sqrt(d)
    said, slope = np.empty(k), np.empty(k)
    for row in range(n):
        error = -y[row]
        for i in range(k):
            a = 0.0
            for j in range(d):
                a += w[i, j] * x[row, j]
            a /= root
            said[i] = math.erf(a / math.sqrt(2.0))
            slope[i] = math.sqrt(2.0 / math.pi) * math.exp(-0.5 * a * a)
            error += v[i] * said[i]
        for i in range(k):
            pull = rate * error * slope[i] * (v[i] if follow else back[i]) / root
            for j in range(d):
                w[i, j] -= pull * x[row, j]
        for i in range(k):
            v[i] -= rate * error * said[i] / d


class Student:
    """A student beside its teacher, in D dimensions, whose overlaps are those of the statement exactly.

    Parameters
    ----------
    problem : `dmft.TeacherStudent`.
    rule, rate, noise : how it learns.
    size : D, at least the number of units.
    rng : draws weights and inputs.
    """

    def __init__(
        self, problem: TeacherStudent, rule: Any, rate: float, noise: float, size: int, rng: np.random.Generator
    ) -> None:
        k, m = problem.units
        self._back = student_feedback(rule, k)
        self._rate, self._noise, self._rng = rate, noise, rng
        values, vectors = np.linalg.eigh(problem.joint)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        frame = np.linalg.qr(rng.standard_normal((size, k + m)))[0].T * math.sqrt(size)
        weights = root @ frame
        self.w, self._goal = np.ascontiguousarray(weights[:k]), np.ascontiguousarray(weights[k:])
        self.v, self._readout = np.array(problem.student_readout), np.array(problem.teacher_readout)
        self._draws = rng.standard_normal((_TESTS, k + m))
        self.step = 0

    def run(self, steps: int) -> None:
        """Learn from new examples."""
        size = self.w.shape[1]
        rows = max(1, _CHUNK // size)
        follow, back = self._back is None, np.zeros(len(self.v)) if self._back is None else self._back
        while steps:
            n = min(rows, steps)
            x = self._rng.standard_normal((n, size))
            y = erf(x @ self._goal.T / math.sqrt(2.0 * size)) @ self._readout
            y += self._noise * self._rng.standard_normal(n)
            advance(self.w, self.v, x, y, back, follow, self._rate)
            self.step, steps = self.step + n, steps - n

    def measured(self) -> dict[str, float]:
        """Return the error on new inputs, drawn where it matters (the span of all weights), and overlaps."""
        every = np.vstack([self.w, self._goal])
        _, r = np.linalg.qr(every.T / math.sqrt(every.shape[1]))
        fields = self._draws @ r
        said = erf(fields / math.sqrt(2.0))
        k = len(self.v)
        off = said[:, :k] @ self.v - said[:, k:] @ self._readout
        back = self.v if self._back is None else self._back
        aligned = float(self.v @ back / (np.linalg.norm(self.v) * np.linalg.norm(back)))
        size = float(np.mean(np.sum(self.w**2, axis=1)) / self.w.shape[1])
        return {"error": 0.5 * float(np.mean(off**2)), "alignment": aligned, "student_size": size}
