"""The single-site processes of several populations, at any lag."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.stationary.populations.settle import interpolated
from dmft.theories.stationary.populations.site import LONGEST, Sites, TwoTimes


@dataclass(frozen=True, eq=False)
class PopulationProcess:
    """A Gaussian process for each population, around its mean, on a mesh of lags.

    Attributes
    ----------
    mesh : whose end stands for all later lags.
    covariance : c_a at its nodes, shape (n, P), the frozen part included.
    frozen : c_a(inf), shape (P,).
    means : m_a, shape (P,).
    averages_error : largest relative errors of <phi phi> and <phi' phi'>, shape (2,); of the latter relative to
        <phi^2>/c0 where that is larger, in saturated units.
    """

    mesh: HalfLine = field(repr=False)
    covariance: FloatArray = field(repr=False)
    frozen: FloatArray
    means: FloatArray
    averages_error: FloatArray = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988", "aljadeff2015", "kadmon2015")
    words: ClassVar[str] = "several populations"

    def cov_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return c_a, shape (P, *lags), or (*lags) without names."""
        return shaped(blocks_of(solution.network), self.covariance_at(lags))

    def corr_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^x_a, likewise."""
        return shaped(blocks_of(solution.network), self.covariance_at(lags) + self.means**2)

    def corr_phi(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^phi_a, likewise."""
        blocks = blocks_of(solution.network)
        return shaped(blocks, self.averages_at(blocks, lags).q.reshape(*np.shape(lags), -1))

    def corr_slope(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return <phi_a' phi_a'>, likewise."""
        blocks = blocks_of(solution.network)
        return shaped(blocks, self.averages_at(blocks, lags).p.reshape(*np.shape(lags), -1))

    def covariance_at(self, lags: FloatArray) -> FloatArray:
        """Return c at lags, shape (*lags, P)."""
        flat = interpolated(self.mesh, self.covariance, np.ravel(lags))
        return flat.reshape(*np.shape(lags), -1)

    def averages_at(self, blocks: Blocks, lags: FloatArray) -> TwoTimes:
        """Return the averages at lags, shape (n_lag, P) each."""
        return self.bounded_averages(blocks, lags)[0]

    def bounded_averages(self, blocks: Blocks, lags: FloatArray) -> tuple[TwoTimes, FloatArray]:
        """Return the averages at lags, and the largest relative errors of <phi phi> and <phi' phi'>, shape (2,)."""
        top, sites = self.covariance[0], Sites(blocks.nonlinearities, LONGEST)
        c = np.clip(interpolated(self.mesh, self.covariance, np.ravel(lags)), -top, top)
        felt = np.full(c.shape, 1.0 / max(len(c), 1))
        averages = sites.two_times(c, self.means, top, felt, derivatives=False)
        if sites.incomplete:
            averages = sites.exactly(c, self.means, top, averages)
        return averages, np.maximum(self.averages_error, sites.bound.max(axis=1))


def shaped(blocks: Blocks, values: FloatArray) -> FloatArray:
    """Return values of shape (..., P) as (P, ...), or (...) for a single population without a name."""
    moved = np.moveaxis(np.asarray(values), -1, 0)
    return np.asarray(moved if blocks.named else moved[0], order="C")  # ascontiguousarray gives numbers an axis
