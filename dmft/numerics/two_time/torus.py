"""Doubly periodic functions of two times: (rate + d_t)(rate + d_s) inverted by FFT, and the tangent problem on them."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import NotConvergedError

_ARNOLDI = ((10, 30), (30, 25), (80, 15))  # vectors kept by Arnoldi's method, and restarts: tried in turn
_SMALLEST_RATE = 1e-6  # 1 + lambda below which the exponent is -1


class Torus:
    """An n x n grid over one period in both times, and the operators that are diagonal in its Fourier modes."""

    def __init__(self, n: int, period: float) -> None:
        self.n = n
        self.period = period
        omega = 2.0 * math.pi / period
        self._rows = 1j * omega * np.fft.fftfreq(n, 1.0 / n)[:, None]
        self._columns = 1j * omega * np.fft.rfftfreq(n, 1.0 / n)[None, :]

    @property
    def times(self) -> FloatArray:
        """Times of the grid."""
        return self.period * np.arange(self.n, dtype=float) / self.n

    def relax(self, source: FloatArray, rate: float = 1.0) -> FloatArray:
        """Return [(rate + d_t)(rate + d_s)]^-1 source."""
        from scipy.fft import irfft2, rfft2

        modes = rfft2(source) / ((rate + self._rows) * (rate + self._columns))
        return np.asarray(irfft2(modes, s=source.shape), dtype=float)

    def growth(self, slopes: FloatArray, start: FloatArray, rate: float, rtol: float) -> tuple[float, FloatArray]:
        """Return the spectral radius of p -> [(rate + d_t)(rate + d_s)]^-1 (slopes p), and its positive eigenfunction.

        By Arnoldi's method from `start`: the leading eigenvalue, of a positive operator, is real and simple. Slopes
        that vanish over a part of the period leave others near it, and more vectors are kept.

        Raises
        ------
        NotConvergedError : if that does not converge.
        """
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigs

        shape = slopes.shape
        operator = LinearOperator(
            (slopes.size, slopes.size),
            matvec=lambda p: self.relax(slopes * p.reshape(shape), rate).ravel(),
            dtype=np.float64,
        )
        for kept, restarts in _ARNOLDI:
            try:
                values, vectors = eigs(operator, k=1, v0=start.ravel(), ncv=kept, tol=rtol, maxiter=restarts)
            except ArpackError:  # no convergence is one of them
                continue
            p = np.abs(vectors[:, 0].real).reshape(shape)
            return float(values[0].real), p / _norm(p)
        raise NotConvergedError("the eigenvalue that gives the exponent of the locked state did not converge", None)

    def exponent(self, slopes: FloatArray, *, rtol: float = 1e-9) -> tuple[float, tuple[float, ...]]:
        """Return lambda at which the spectral radius of [(1 + lambda + d_t)(1 + lambda + d_s)]^-1 slopes is one.

        -1 where the slopes vanish: nothing grows, and what there is decays at the rate of a unit. By the secant
        method for the logarithm of the radius in log(1 + lambda): exact at once for constant slopes.
        """
        p = np.ones_like(slopes)
        rate = math.sqrt(max(float(np.mean(slopes)), 1e-6))
        history: list[float] = []
        if not np.max(slopes) > 0.0:
            return -1.0, ()
        points: list[tuple[float, float]] = []
        for _ in range(30):
            size, p = self.growth(slopes, p, rate, rtol)
            if not size > 0.0 or rate < _SMALLEST_RATE:
                return -1.0, tuple(history)
            x, y = math.log(rate), math.log(size)
            history.append(rate - 1.0)
            slope = -2.0
            if points and x != points[-1][0]:
                slope = (y - points[-1][1]) / (x - points[-1][0])
            points.append((x, y))
            if not -10.0 < slope < -0.05:
                slope = -2.0
            step = -y / slope
            if abs(step) <= 10.0 * rtol:
                break
            rate = math.exp(x + max(-0.5, min(0.5, step)))
        return rate - 1.0, tuple(history)


def _norm(x: FloatArray) -> float:
    # not BLAS: its threads cost more than they save at this size
    return math.sqrt(float(np.sum(x * x)))
