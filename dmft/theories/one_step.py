"""Populations in discrete time: how mean, variance and covariances go from one step to the next.

    x_i(t + 1) = h_a + theta_i + sum_j J_ij phi_b(x_j(t)) + xi_i(t + 1),
    m(t + 1) = h + A <phi>,   c(t + 1, s + 1) = K <phi(x(t)) phi(x(s))> + s + C_xi(t - s),
exact for Gaussian x [Molgedey, Schuchhardt & Schuster, PRL 69, 3717 (1992)]; of a deep network of random weights, whose
layers are the times and the variance of whose biases is s, the same [Poole et al., NeurIPS 2016; Schoenholz et al.,
ICLR 2017].
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.frozen_nodes import frozen_nodes
from dmft.numerics.gaussian.normal_moments import Moments, NormalMoments, moments_of
from dmft.numerics.gaussian.pairs import PairAverages, pair_averages
from dmft.theories.blocks import Blocks

_SHARED = 0.999  # part of a variance beyond which two times share too much of it for nodes over what they share
_RULE = 1e-13  # accuracy of these nodes
_LACKING = 1e-14  # part of <phi^2> that a series may lack to be taken instead
_LONGEST = 512


class OneStep:
    """The map of one step.

    Attributes
    ----------
    blocks : the populations, P of them.
    """

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        known = {id(phi): moments_of(phi) for phi in blocks.nonlinearities}
        self._sites = [known[id(phi)] for phi in blocks.nonlinearities]
        self._known: dict[int, tuple[Any, FloatArray | None]] = {}
        pairs = {id(phi): pair_averages(phi) for phi in blocks.nonlinearities}
        self.pairs: list[PairAverages] = [pairs[id(phi)] for phi in blocks.nonlinearities]

    @cached_property
    def private(self) -> FloatArray:
        """Variance of the private input of a step, that of the thresholds left out, shape (P,)."""
        return self.blocks.white + self.blocks.private_covariance(np.zeros(1))[:, 0]

    @property
    def averages_error(self) -> float:
        """What the panels leave of phi and phi', relative to their size."""
        return max(sites[0].error for sites in self._sites)

    def site(self, population: int, *, other: bool = False) -> NormalMoments:
        """Return the averages of a population, or those by other nodes."""
        return self._sites[population][int(other)]

    def moments(self, mean: FloatArray, variance: FloatArray, *, other: bool = False) -> list[Moments]:
        """Return the averages at means and variances, shape (P,) each."""
        return [self.site(a, other=other)(float(m), float(v)) for a, (m, v) in enumerate(zip(mean, variance))]

    def __call__(self, mean: FloatArray, variance: FloatArray, *, other: bool = False) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance one step later."""
        return self.following(self.moments(mean, variance, other=other))

    def following(self, moments: list[Moments], common: FloatArray | float = 0.0) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance one step after these averages, under a common input."""
        blocks = self.blocks
        mean = blocks.bias + common + blocks.A @ [f.mean for f in moments]
        return mean, blocks.K @ [f.square for f in moments] + blocks.threshold_variance + self.private

    def jacobian(self, moments: list[Moments]) -> FloatArray:
        """Return the derivative of (mean, variance) one step later by (mean, variance), shape (2P, 2P)."""
        A, K = self.blocks.A, self.blocks.K

        def columns(name: str) -> FloatArray:
            return np.array([getattr(f, name) for f in moments])

        return np.block(
            [
                [A * columns("slope"), A * columns("mean_by_variance")],
                [K * columns("square_by_mean"), K * columns("square_by_variance")],
            ]
        )

    def products(
        self, mean1: ArrayLike, variance1: ArrayLike, mean2: ArrayLike, variance2: ArrayLike, covariance: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'> of each population at pairs of times, shape (P, ...) like the covariance."""
        found = [
            pair.pair(*(np.asarray(x)[a] for x in (mean1, variance1, mean2, variance2, covariance)))
            for a, pair in enumerate(self.pairs)
        ]
        return np.stack([q for q, _ in found]), np.stack([p for _, p in found])

    def held(
        self, mean: FloatArray, variance: FloatArray, covariance: FloatArray, *, other: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'> of each population at one covariance, shape (P,) each.

        Where 0 <= c < v the two share a field mu ~ N(m, c), given which they are independent: the mean over mu of
        <phi|mu>^2, by nodes that resolve what the rest of x smooths (`other`: by other nodes). Kinks of phi cost no
        digits then, as they would in a series.
        """
        found = [
            self._shared(a, float(m), float(v), float(c), other)
            for a, (m, v, c) in enumerate(zip(mean, variance, covariance))
        ]
        return np.array([q for q, _ in found]), np.array([p for _, p in found])

    def _shared(self, a: int, m: float, v: float, c: float, other: bool) -> tuple[float, float]:
        site = self.site(a, other=other)
        series = self._series(a, m, v) if hasattr(self.pairs[a], "coefficients") and v > 0.0 and not other else None
        if series is not None:
            q, p = series @ (c / v) ** np.arange(series.shape[1])
            return float(q), float(p)
        if not hasattr(self.pairs[a], "coefficients") or not 0.0 <= c <= _SHARED * v or v == 0.0:
            at = self.pairs[a].pair(*(np.array([x]) for x in (m, v, m, v, c)))
            return float(at[0][0]), float(at[1][0])
        mu, weights = frozen_nodes(site.rule, m, c, v - c, _RULE, other=other)
        phi, slope = site.rule.averaged(mu, np.full(len(mu), v - c), site.width)
        return float(weights @ phi**2), float(weights @ slope**2)

    def _series(self, a: int, m: float, v: float) -> FloatArray | None:
        """Return the squares of the coefficients of phi and phi', shape (2, n); None where they lack what counts."""
        if (m, v) != self._known.get(a, (None,))[0]:
            pair: Any = self.pairs[a]
            while True:
                squares = pair.coefficients(np.array([m]), np.array([v]))[:, :, 0] ** 2
                whole = np.all(squares[:, -1] <= _LACKING * squares.sum(axis=1))
                if whole or pair.n_terms >= _LONGEST or not pair.lengthened():
                    break
            self._known[a] = ((m, v), squares if whole else None)
        return self._known[a][1]

    @property
    def products_error(self) -> float:
        """Largest error of <phi phi> so far, relative to the mean squares."""
        return max(pair.error for pair in self.pairs)


def radius(matrix: FloatArray) -> float:
    """Return the largest absolute value of the eigenvalues."""
    return float(np.max(np.abs(np.linalg.eigvals(matrix)), initial=0.0))
