"""The means of all populations over a period, at periodic variances: all stages of the scheme at once, by Newton.

The equations are those of `mean.advance_means` over a period that closes. Linearised about the last iterate they are
affine maps from each sub-step to the next; what these make of a whole period gives the start that comes back.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.mean import advance_means

_STEPS, _MARCHED = 25, 3  # of Newton's method; periods that are marched over where it does not converge at first
_LAST = 1e-12  # step, relative to the size of the means, that is the last
_A_STAGE = 2e-5  # seconds of a stage of a population


class Orbit:
    """Means that repeat.

    Attributes
    ----------
    m : at the points of a period, shape (P, n).
    gap : by how much they do not repeat, relative to their size.
    returned : derivative of the means a period later by what they are, shape (P, P), the variances held.
    """

    def __init__(
        self, averages: Averages, blocks: Blocks, m: FloatArray, variance: FloatArray, h: float, drive: FloatArray
    ) -> None:
        self._averages, self._blocks, self._h, self._drive = averages, blocks, h, drive
        self._variance, self._after = variance, np.roll(variance, -1, axis=1)
        self.m, self.gap, self.returned = m, np.inf, np.zeros((len(blocks), len(blocks)))
        if not self._closed():
            self._march()
            self._closed()

    def _march(self) -> None:
        """Go from the means that are known a few periods on: to where they are drawn."""
        x, m = self.m[:, 0], self.m.copy()
        none = np.zeros((*self._drive.shape[:1], *self._drive.shape[2:], 1))
        for _ in range(_MARCHED):
            for t in range(m.shape[1]):
                m[:, t] = x
                v = self._variance[:, t], self._after[:, t]
                x = advance_means(self._averages, self._blocks, x, *v, self._h, self._drive[:, t], none)
        if np.all(np.isfinite(m)):
            self.m = m

    def _closed(self) -> bool:
        """Whether Newton's method finds means that repeat, from those that are known."""
        from dmft.numerics.two_time.mean import GAMMA

        size, n, n_sub, _ = self._drive.shape
        parts = np.array([[(i + s) / n_sub for s in (GAMMA, 1.0)] for i in range(n_sub)])
        v = self._variance[..., None, None] + (self._after - self._variance)[..., None, None] * parts
        x = self.m[..., None, None] + (np.roll(self.m, -1, axis=1) - self.m)[..., None, None] * parts
        x, v, force = (y.reshape(size, n * n_sub, 2) for y in (x, v, self._drive))
        w = GAMMA * self._h / n_sub / self._blocks.tau
        A, unit, back = self._blocks.A, np.eye(size), (1.0 - GAMMA) / GAMMA
        for _ in range(_STEPS):
            rate, slope = np.zeros((2, *x.shape))
            if np.any(A):
                spend(_A_STAGE * x.size)
                rate, slope = self._averages.first(x, v)
            pull = -x + force + np.tensordot(A, rate, 1)
            J = -unit[..., None, None] + A[..., None, None] * slope  # of the pull, shape (P, P, sub-step, stage)
            J = np.moveaxis(J, (0, 1), (2, 3))
            rest = w * np.moveaxis(pull, 0, 2) - np.einsum("skab,bsk,a->ska", J, x, w)
            inverse = np.linalg.inv(unit - w[:, None] * J)
            first, one = inverse[:, 0], np.einsum("sab,sb->sa", inverse[:, 0], rest[:, 0])
            # the second stage begins at (1 - back) m + back x of the first
            whole = np.einsum("sab,sbc->sac", inverse[:, 1], (1.0 - back) * unit + back * first)
            two = np.einsum("sab,sb->sa", inverse[:, 1], back * one + rest[:, 1])
            product, offset = unit, np.zeros(size)
            for M, b in zip(whole, two, strict=True):
                product, offset = M @ product, M @ offset + b
            try:
                m = np.linalg.solve(unit - product, offset)
            except np.linalg.LinAlgError:
                return False
            before = np.empty((n * n_sub, size))
            for s, (M, b) in enumerate(zip(whole, two, strict=True)):
                before[s], m = m, M @ m + b
            new = np.stack([np.einsum("sab,sb->sa", first, before) + one, np.einsum("sab,sb->sa", whole, before) + two])
            new = np.moveaxis(new, (0, 1, 2), (2, 1, 0))
            if not np.all(np.isfinite(new)):
                return False
            self.gap = float(np.max(np.abs(new - x))) / (1.0 + float(np.max(np.abs(new))))
            x, self.returned = new, product
            if self.gap <= _LAST:
                break
        if self.gap > _LAST:
            return False
        self.m = before[::n_sub].T.copy()
        return True
