"""One step of a row march in plain numpy: for couplings of which the row march in compiled code knows nothing.

The covariance obeys (1 + d_t)(1 + d_u) c(u, t) = f(u, t); with (1 + d_t) c = r, (1 + d_u) r = f, r(0, t) = 0 (what is
there at first is independent of the input), a row is c and r over u in [0, t]. Exponential trapezoidal rule in both
directions, as `row` has it; implicit: the caller repeats the step with a better f.
"""

from __future__ import annotations

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.two_time.row import weights


class Rows:
    """The last row, and the next one.

    Attributes
    ----------
    h : the step.
    c, r : over u = 0..n, at t = n h.
    white : intensity of private white noise.
    """

    def __init__(self, h: float, variance: float, white: float) -> None:
        self.h, self.white = h, white
        self.c, self.r = np.array([variance]), np.zeros(1)
        self._before = np.zeros(1)
        self._weights = weights(h, 1.0), weights(h, 2.0)

    def ahead(self) -> FloatArray:
        """Return the next row by extrapolation of r."""
        before = np.append(self._before[: len(self.r) - 1], self.r[-1])
        return self._next(np.append(2.0 * self.r - before, 2.0 * self.r[-1] - before[-1]))

    def with_source(self, source: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return c and r of the next row, f given along it."""
        from scipy.signal import lfilter

        e, w0, w1 = self._weights[0]
        forced = w0 * source[:-1] + w1 * source[1:]
        r = np.concatenate([[0.0], lfilter([1.0], [1.0, -e], forced)])
        return self._next(r), r

    def advance(self, c: FloatArray, r: FloatArray) -> None:
        """Go on to the next row."""
        self._before, self.c, self.r = self.r, c, r

    def filtered(self, before: FloatArray, now: FloatArray, after: FloatArray) -> FloatArray:
        """Return y one step later, y' = -y + input, the input `now` and `after`."""
        e, w0, w1 = self._weights[0]
        return np.asarray(e * before + w0 * now + w1 * after)

    def _next(self, r: FloatArray) -> FloatArray:
        (e, w0, w1), (e2, v0, v1) = self._weights
        row = e * self.c + w0 * self.r + w1 * r[:-1]
        variance = e2 * self.c[-1] + v0 * self.r[-1] + v1 * r[-1] + 0.5 * self.white * (1.0 - e2)
        return np.append(row, max(float(variance), 0.0))
