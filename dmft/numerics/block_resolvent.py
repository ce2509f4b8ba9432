"""The resolvent of a large random matrix whose variances go by block, inside the support of its eigenvalues.

Of the matrix with rows (-e_i + J_ij d_j)/tau_a, i in a, j in b, var J_ij = G_ab/N, d_j from a law of its own in each b:
with w_b = 1 + z tau_b, K_ab = G_ab f_b and averages over d,
    U_a = sum_b K_ab I_b U_b,   V_a = sum_c f_c G_ca I_c V_c,   I_b = <d^2/(|w_b|^2 + y_b d^2)>,   y_b = U_b V_b,
    g(z) = sum_b f_b tau_b <conj(w_b)/(|w_b|^2 + y_b d^2)>,   density = (1/pi) dg/dconj(z).
U -> k U, V -> V/k changes nothing: log U and log V are held at equal sums. Outside of the support y = 0. Equations as
in Ahmadian, Fumarola & Miller, PRE 91, 012820 (2015), for matrices with a variance profile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import AccuracyWarning, warn
from dmft.numerics.many_roots import solve

_DIRECTIONS, _BISECTIONS, _ROUGH = 2, 14, 14  # of the start
_NEWTON = 60
_PATIENT = 1000  # steps of the iteration where that fails
_LEAST = 1e-13  # of y in a block over the largest, at the start
_DONE, _HOLDS = 1e-12, 1e-9  # last correction of the logarithms; what may be left of their equations
_NEXT_TO_0 = 1e-80  # of |1 + z tau|
_LONGEST = 1.5  # step of Newton's method in the logarithms
_NODES_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Group:
    """Blocks each of which reaches each other, which the equations treat together.

    Attributes
    ----------
    gains : G among them, shape (n, n).
    fractions, tau : shape (n,).
    squares, weights : nodes and weights of the law of d^2 > 0, shape (n, n_node); the weight that is missing is of d=0.
    """

    gains: FloatArray
    fractions: FloatArray
    tau: FloatArray
    squares: FloatArray
    weights: FloatArray

    def growth(self, z: ComplexArray) -> FloatArray:
        """Return rho(K <d^2>/|1 + z tau|^2) at z, shape (n_z,): above 1 inside the support."""
        mean = np.einsum("bk,bk->b", self.squares, self.weights)
        with np.errstate(divide="ignore", over="ignore"):
            factor = np.minimum(mean / self.distances(z), 1e250)
        return _perron(self.gains * self.fractions * factor[:, None, :])[0]

    def distances(self, z: ComplexArray) -> FloatArray:
        """Return |1 + z tau_b|^2, shape (n_z, n)."""
        return np.asarray(np.maximum(np.abs(1.0 + np.multiply.outer(z, self.tau)), _NEXT_TO_0) ** 2)

    @cached_property
    def edge(self) -> float:
        """Rightmost point of the support; it is real.

        Right of all -1/tau_b the growth falls with the distance from the real axis, and along it.
        """
        from scipy.optimize import brentq

        last = -1.0 / float(self.tau.max())

        def excess(log_distance: float) -> float:
            growth = self.growth(np.array([last + math.exp(log_distance)], dtype=complex))[0]
            return math.log(max(float(growth), 1e-300))

        low, high = -60.0, 0.0
        while excess(high) > 0.0:
            high += 4.0
        while excess(low) < 0.0:
            low -= 60.0
            if low < -600.0:
                return last
        return last + math.exp(float(brentq(excess, low, high, xtol=1e-14, rtol=1e-14)))

    def inner(self, z: ComplexArray) -> tuple[FloatArray, FloatArray]:
        """Return y at z, shape (n_z, n), and d log y_b/d|w_c|^2, shape (n_z, n, n); zeros outside of the support."""
        n = len(self.tau)
        y, by_distance = np.zeros((len(z), n)), np.zeros((len(z), n, n))
        rows = max(1, _NODES_AT_ONCE // self.squares.size)
        inside = np.flatnonzero(self.growth(z) > 1.0)
        for first in range(0, len(inside), rows):
            at = inside[first : first + rows]
            y[at], by_distance[at] = self._solved(self.distances(z[at]))
        return y, by_distance

    def averages(self, s: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return I = <d^2/(s + y d^2)>, dI/dy, dI/ds and <1/(s + y d^2)> over d > 0, all of the shape of s and y."""
        bottom = 1.0 / (s[..., None] + y[..., None] * self.squares)
        weighted = self.weights * bottom
        first = weighted * self.squares
        return (
            first.sum(axis=-1),
            -np.sum(first * self.squares * bottom, axis=-1),
            -np.sum(first * bottom, axis=-1),
            weighted.sum(axis=-1),
        )

    @cached_property
    def _rough(self) -> tuple[FloatArray, FloatArray]:
        """Nodes and weights of a law of few d^2, one for each factor of 4, to begin with."""
        top = self.squares.max()
        with np.errstate(divide="ignore"):
            of = np.minimum(np.log(top / self.squares) / math.log(4.0), _ROUGH - 1.0).astype(int)
        weights, sums = np.zeros((2, len(self.tau), _ROUGH))
        for b in range(len(self.tau)):
            np.add.at(weights[b], of[b], self.weights[b])
            np.add.at(sums[b], of[b], self.weights[b] * self.squares[b])
        return np.where(weights > 0, sums / np.maximum(weights, 1e-300), 1.0), weights

    def _solved(self, s: FloatArray) -> tuple[FloatArray, FloatArray]:
        u, v = self._start(s)
        n = len(self.tau)
        a, b = np.log(u), np.log(v)
        shift = 0.5 * (a.mean(axis=1) - b.mean(axis=1))[:, None]
        a, b = a - shift, b + shift
        gauge = np.concatenate([np.ones(n), -np.ones(n)])
        at = np.arange(len(s))
        for attempt in range(2):
            if attempt:  # what Newton's method has left, from where a slow iteration that nothing stops comes to
                a[at], b[at] = self._iterated(s[at], u[at], v[at])
            for _ in range(_NEWTON):
                left, matrix, _ = self._linearised(s[at], a[at], b[at], gauge)
                step = solve(matrix, -left)
                length = np.max(np.abs(step), axis=1)
                step *= np.minimum(1.0, _LONGEST / np.maximum(length, 1e-300))[:, None]
                a[at], b[at] = a[at] + step[:, :n], b[at] + step[:, n:]
                at = at[~(length <= _DONE)]
                if not len(at):
                    break
            left, matrix, by_distance = self._linearised(s, a, b, gauge)
            at = np.flatnonzero(~(np.max(np.abs(left), axis=1) <= _HOLDS))
            if not len(at):
                break
        moved = np.stack([solve(matrix, -column) for column in np.moveaxis(by_distance, 2, 0)], axis=2)
        y = np.exp(a + b)
        if len(at):
            y[at], moved[at] = np.nan, np.nan
            warn(f"the resolvent was not found at {len(at)} of {len(s)} points, where it is nan", AccuracyWarning)
        return y, moved[:, :n] + moved[:, n:]

    def _iterated(self, s: FloatArray, u: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log U and log V after many steps, each half of the way in the logarithms."""
        blocks = self.gains * self.fractions
        a, b = np.log(u), np.log(v)
        for _ in range(_PATIENT):
            mean = self.averages(s, np.exp(a + b))[0]
            a = 0.5 * (a + np.log((mean * np.exp(a)) @ blocks.T))
            b = 0.5 * (b + np.log((self.fractions * mean * np.exp(b)) @ self.gains))
            shift = 0.5 * (a.mean(axis=1) - b.mean(axis=1))[:, None]
            a, b = a - shift, b + shift
        return a, b

    def _linearised(
        self, s: FloatArray, a: FloatArray, b: FloatArray, gauge: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what is left of the logarithms of both equations, its derivatives by (log U, log V), and by |w|^2.

        What the equations say twice, sum_a f_a y_a I_a of the one less the other, makes room for the gauge.
        """
        n = len(self.tau)
        y = np.exp(a + b)
        mean, by_y, by_s, _ = self.averages(s, y)
        log_by_y, log_by_s = y * by_y / mean, by_s / mean
        forward = (self.gains * self.fractions) * (mean * np.exp(a))[:, None, :]
        backward = self.gains.T * (self.fractions * mean * np.exp(b))[:, None, :]
        sums = forward.sum(axis=2), backward.sum(axis=2)
        left = np.concatenate([np.log(sums[0]) - a, np.log(sums[1]) - b], axis=1)
        share, other = forward / sums[0][:, :, None], backward / sums[1][:, :, None]
        eye = np.eye(n)
        matrix = np.concatenate(
            [
                np.concatenate([share * (1.0 + log_by_y)[:, None] - eye, share * log_by_y[:, None]], axis=2),
                np.concatenate([other * log_by_y[:, None], other * (1.0 + log_by_y)[:, None] - eye], axis=2),
            ],
            axis=1,
        )
        twice = self.fractions * y * mean
        twice /= twice.sum(axis=1, keepdims=True)
        matrix += np.concatenate([twice, -twice], axis=1)[:, :, None] * gauge
        by_distance = np.concatenate([share * log_by_s[:, None], other * log_by_s[:, None]], axis=1)
        return left, matrix, by_distance

    def _start(self, s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return U and V along the directions of the edge of the support, as large as the equation for rho says."""
        blocks, rough = self.gains * self.fractions, self._rough

        def mean_at(y: FloatArray) -> FloatArray:
            return np.asarray(np.sum(rough[1] * rough[0] / (s[..., None] + y[..., None] * rough[0]), axis=-1))

        mean = mean_at(np.zeros_like(s))
        for _ in range(_DIRECTIONS):
            _, u = _perron(blocks * mean[:, None, :])
            _, v = _perron(self.gains.T * (self.fractions * mean)[:, None, :])
            direction = np.maximum(u * v / np.max(u * v, axis=1, keepdims=True), _LEAST)
            high = np.log(_perron(blocks / direction[:, None, :])[0] + 1e-300)
            low = high - 40.0
            for _ in range(_BISECTIONS):
                middle = 0.5 * (low + high)
                mean = mean_at(np.exp(middle)[:, None] * direction)
                grows = _perron(blocks * mean[:, None, :])[0] > 1.0
                low, high = np.where(grows, middle, low), np.where(grows, high, middle)
            y = np.exp(middle)[:, None] * direction
        size = np.sqrt(y / (u * v))
        return u * size, v * size


def _perron(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the largest eigenvalues of matrices without negative entries, and their positive vectors."""
    if matrix.shape[-1] == 1:
        return matrix[..., 0, 0], np.ones(matrix.shape[:-1])
    values, vectors = np.linalg.eig(matrix)
    first = np.argmax(values.real, axis=-1)
    chosen = np.take_along_axis(vectors, first[..., None, None], axis=-1)[..., 0]
    largest = np.take_along_axis(values, first[..., None], axis=-1)[..., 0]
    return np.asarray(largest.real), np.maximum(np.abs(chosen), 1e-300)
