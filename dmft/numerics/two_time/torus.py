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

    def relax(self, source: FloatArray, rate: float = 1.0, tau: float = 1.0) -> FloatArray:
        """Return [(rate + tau d_t)(rate + tau d_s)]^-1 source."""
        from scipy.fft import irfft2, rfft2

        modes = rfft2(source)
        modes *= 1.0 / (rate + tau * self._rows)  # a few divisions, not one for each pair
        modes *= 1.0 / (rate + tau * self._columns)
        return np.asarray(irfft2(modes, s=source.shape), dtype=float)

    def growth(
        self, slopes: FloatArray, start: FloatArray, rate: float, rtol: float, K: FloatArray, tau: FloatArray
    ) -> tuple[float, FloatArray]:
        """Return the spectral radius of p_a -> [(1 + lambda tau_a + tau_a d_t)(... d_s)]^-1 sum_b K_ab slopes_b p_b,
        and its positive eigenfunction, shape (P, n, n); rate = 1 + lambda max(tau).

        By Arnoldi's method from `start`: the leading eigenvalue, of a positive operator, is real and simple. Slopes
        that vanish over a part of the period leave others near it, and more vectors are kept.

        Raises
        ------
        NotConvergedError : if that does not converge.
        """
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigs

        shape = slopes.shape
        rates = 1.0 + (rate - 1.0) * tau / np.max(tau)

        def image(p: FloatArray) -> FloatArray:
            sources = np.tensordot(K, slopes * p.reshape(shape), 1)
            return np.stack([self.relax(s, r, t) for s, r, t in zip(sources, rates, tau, strict=True)]).ravel()

        operator = LinearOperator((slopes.size, slopes.size), matvec=image, dtype=np.float64)
        for kept, restarts in _ARNOLDI:
            try:
                values, vectors = eigs(operator, k=1, v0=start.ravel(), ncv=kept, tol=rtol, maxiter=restarts)
            except ArpackError:  # no convergence is one of them
                continue
            p = np.abs(vectors[:, 0].real).reshape(shape)
            return float(values[0].real), p / _norm(p)
        raise NotConvergedError("the eigenvalue that gives the exponent of the locked state did not converge", None)

    def exponent(
        self, slopes: FloatArray, K: FloatArray, tau: FloatArray, *, rtol: float = 1e-9
    ) -> tuple[float, tuple[float, ...]]:
        """Return lambda at which the spectral radius of [(1 + lambda tau + tau d_t)(... d_s)]^-1 K slopes is one.

        slopes : <phi' phi'> of each population, shape (P, n, n). K : shape (P, P). tau : shape (P,).
        -1/max(tau) where the slopes vanish: nothing grows, and what there is decays at the rate of a unit. By the
        secant method for the logarithm of the radius in log(1 + lambda max(tau)): exact at once for constant slopes.
        """
        p, slowest = np.ones_like(slopes), float(np.max(tau))
        means = np.abs(np.linalg.eigvals(K * np.mean(slopes, axis=(1, 2))))
        rate = math.sqrt(max(float(np.max(means)), 1e-6))
        history: list[float] = []
        if not np.max(K @ np.max(slopes, axis=(1, 2))) > 0.0:
            return -1.0 / slowest, ()
        points: list[tuple[float, float]] = []
        for _ in range(30):
            size, p = self.growth(slopes, p, rate, rtol, K, tau)
            if not size > 0.0 or rate < _SMALLEST_RATE:
                return -1.0 / slowest, tuple(history)
            x, y = math.log(rate), math.log(size)
            history.append((rate - 1.0) / slowest)
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
        return (rate - 1.0) / slowest, tuple(history)


def _norm(x: FloatArray) -> float:
    # not BLAS: its threads cost more than they save at this size
    return math.sqrt(float(np.sum(x * x)))
