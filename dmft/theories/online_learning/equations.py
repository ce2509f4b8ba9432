"""Order-parameter equations of online learning.

With c = v (backpropagation) or F (direct feedback), and s = (v, -w) over all preactivations with covariance
C = [[Q, R], [R^T, T]] [Saad & Solla (1995); direct feedback: Refinetti, d'Ascoli, Ohana & Goldt (2021)],

    dR_km/dalpha = -eta c_k sum_j s_j I3(k, m, j)
    dQ_kl/dalpha = -eta sum_j s_j [c_k I3(k, l, j) + c_l I3(l, k, j)]
                   + eta^2 c_k c_l [sum_ij s_i s_j I4(k, l, i, j) + sigma^2 <g'(k) g'(l)>]
    dv_k/dalpha  = -eta sum_j s_j I2(k, j),

sigma^2 the variance of independent noise on the labels: it enters the square of an update, and nothing that is linear
in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from dmft.models.teacher_student import TeacherStudent
from dmft.numerics.gaussian.erf_integrals import linear_sums, products, square_sums


@dataclass(frozen=True, eq=False)
class Equations:
    """The flow of (Q, R, v), packed in one vector with the upper half of Q.

    Attributes
    ----------
    problem : the student and the teacher.
    feedback : F, shape (K,); None by backpropagation.
    rate : eta.
    noise : sigma.
    """

    problem: TeacherStudent
    feedback: FloatArray | None
    rate: float
    noise: float

    def start(self) -> FloatArray:
        """Return the packed state at time 0."""
        of = self.problem
        return self.packed(*(np.asarray(x) for x in (of.student_overlap, of.cross_overlap, of.student_readout)))

    def packed(self, q: FloatArray, r: FloatArray, v: FloatArray) -> FloatArray:
        """Return overlaps and read-outs as one vector."""
        return np.concatenate([q[np.triu_indices(len(v))], r.ravel(), v])

    def unpacked(self, state: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return Q, R and v of states, shape (..., n_state)."""
        k, m = self.problem.units
        rows, columns = np.triu_indices(k)
        q = np.empty((*state.shape[:-1], k, k))
        q[..., rows, columns] = q[..., columns, rows] = state[..., : len(rows)]
        r = state[..., len(rows) : len(rows) + k * m].reshape(*state.shape[:-1], k, m)
        return q, r, state[..., len(rows) + k * m :]

    def __call__(self, _: float, state: FloatArray) -> FloatArray:
        """Return the time derivative."""
        goal, w = self._teacher
        follow = self.feedback is None
        back = self._nothing if self.feedback is None else self.feedback
        return flow(state, goal, w, back, follow, self.rate, self.noise)

    def error_of(self, state: FloatArray) -> float:
        """Return the generalisation error."""
        goal, w = self._teacher
        c, s, _ = joint(state, goal, w)
        return max(0.0, 0.5 * float(s @ products(c) @ s))  # rounding of what has been learned

    def error_of_nothing(self) -> float:
        """Return the error of a student that says nothing."""
        goal, w = self._teacher
        return 0.5 * float(w @ products(goal) @ w)

    @cached_property
    def _teacher(self) -> tuple[FloatArray, FloatArray]:
        return np.array(self.problem.teacher_overlap), np.array(self.problem.teacher_readout)

    @cached_property
    def _nothing(self) -> FloatArray:
        return np.zeros(self.problem.units[0])


@compiled(error_model="numpy")
def joint(state: FloatArray, goal: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Return C, s = (v, -w), and K, of a packed state beside a teacher with overlaps and read-out."""
    m = len(w)
    k = 1
    while k * (k + 1) // 2 + k * m + k < len(state):
        k += 1
    c, s = np.empty((k + m, k + m)), np.empty(k + m)
    at = 0
    for i in range(k):
        for j in range(i, k):
            c[i, j] = c[j, i] = state[at]
            at += 1
    for i in range(k):
        for j in range(m):
            c[i, k + j] = c[k + j, i] = state[at]
            at += 1
    c[k:, k:] = goal
    s[:k] = state[at:]
    s[k:] = -w
    return c, s, k


@compiled(error_model="numpy")
def flow(
    state: FloatArray, goal: FloatArray, w: FloatArray, back: FloatArray, follow: bool, eta: float, noise: float
) -> FloatArray:
    """Return the time derivative of a packed state; `follow`: the error comes back by the read-out, not by `back`."""
    c, s, k = joint(state, goal, w)
    if follow:
        back = s[:k]
    drift, square, value = linear_sums(c, s, k), square_sums(c, s, k, noise), products(c)
    found = np.empty_like(state)
    at = 0
    for i in range(k):
        for j in range(i, k):
            found[at] = (
                -eta * (back[i] * drift[i, j] + back[j] * drift[j, i]) + eta**2 * back[i] * back[j] * square[i, j]
            )
            at += 1
    for i in range(k):
        for j in range(k, len(s)):
            found[at] = -eta * back[i] * drift[i, j]
            at += 1
    for i in range(k):
        found[at] = 0.0
        for j in range(len(s)):
            found[at] -= eta * value[i, j] * s[j]
        at += 1
    return found
