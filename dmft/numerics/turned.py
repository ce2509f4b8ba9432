"""Responses c (z - A)^{-1} b of many small linear systems at points of the complex plane, as ratios of polynomials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend

_AT_ONCE = 1 << 14  # points times systems: what stays in the second-level cache
_SECONDS = 8e-9  # of a point, a system and a coefficient


@dataclass(frozen=True, eq=False)
class Turned:
    """n systems of d states, K inputs and O outputs.

    Attributes
    ----------
    flow, entry, read : A, b and c, shapes (n, d, d), (n, d, K), (n, O, d).
    """

    flow: FloatArray
    entry: FloatArray
    read: FloatArray

    def __len__(self) -> int:
        return len(self.flow)

    def thinned(self, by: int) -> Turned:
        """Return one in so many of the systems."""
        return Turned(self.flow[::by], self.entry[::by], self.read[::by])

    @cached_property
    def poles(self) -> ComplexArray:
        """Eigenvalues of each A, shape (n, d)."""
        return np.asarray(np.linalg.eigvals(self.flow), dtype=complex)

    @cached_property
    def _ratios(self) -> tuple[FloatArray, FloatArray]:
        """Coefficients of c adj(z - A) b and of det(z - A), the highest power first, shapes (d, O, K, n), (d + 1, n).

        adj(z - A) = sum_k z^(d-1-k) M_k, M_0 = 1, M_k = A M_(k-1) + p_k, p_k = -tr(A M_(k-1))/k [Faddeev, Le Verrier].
        """
        n, d = len(self.flow), self.flow.shape[-1]
        one = np.eye(d)
        adjugate, tops, bottoms = np.broadcast_to(one, (n, d, d)), [], [np.ones(n)]
        for k in range(1, d + 1):
            tops.append(np.moveaxis(self.read @ adjugate @ self.entry, 0, -1))
            moved = self.flow @ adjugate
            bottoms.append(-np.trace(moved, axis1=1, axis2=2) / k)
            adjugate = moved + bottoms[-1][:, None, None] * one
        return np.array(tops), np.array(bottoms)

    def squares(self, z: ComplexArray) -> FloatArray:
        """Return |c (z - A)^{-1} b|^2 of each system at points, shape (n_z, O, K, n)."""
        top, bottom = self._ratios
        at = np.asarray(z, dtype=complex)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            below = np.abs(_value(bottom, at)) ** 2
            found = np.abs(_value(top, at[:, None, None])) ** 2 / np.maximum(below, 1e-300)[:, None, None]
        return np.asarray(found)

    def mean_squares(self, z: ComplexArray) -> FloatArray:
        """Return their averages over the systems, shape (n_z, O, K)."""
        n, (d, outputs, inputs, _) = len(self), self._ratios[0].shape
        spend(_SECONDS * len(z) * n * (d * outputs * inputs + d))
        step = max(1, _AT_ONCE // n)
        parts = [self.squares(z[start : start + step]).mean(axis=-1) for start in range(0, len(z), step)]
        return np.concatenate(parts) if parts else np.zeros((0, outputs, inputs))


def _value(coefficients: FloatArray, z: ComplexArray) -> ComplexArray:
    """Return polynomials at z by Horner's rule."""
    total = coefficients[0] + 0.0 * z
    for coefficient in coefficients[1:]:
        total = total * z + coefficient
    return np.asarray(total)
