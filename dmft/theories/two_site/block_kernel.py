"""Sums over pairs by block of populations: what continuous and discrete time share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import one_of
from dmft.theories.blocks import Blocks
from dmft.theories.stationary import StationarySolution
from dmft.theories.two_site.solution import BLOCK_KINDS


@dataclass(frozen=True, eq=False)
class BlockKernel(ABC):
    """Sums over pairs, known block by block, i = j included.

    Attributes
    ----------
    stationary : the single-site solution.
    where : which pairs they are, as a refusal says it.
    """

    stationary: StationarySolution

    where: ClassVar[str]

    @property
    def blocks(self) -> Blocks:
        """The populations."""
        return self.stationary.blocks

    @abstractmethod
    def blocks_at(self, lags: ArrayLike, of: str) -> FloatArray:
        """Return (1/N) sum of C_ij(lag)^2 over i in a and j in b, shape (P, P, n_lag)."""

    def on_diagonal(self, lags: FloatArray, of: str) -> FloatArray:
        """Return the sum of C_ij(lag)^2/N, shape (n,)."""
        return np.asarray(self.blocks_at(lags, of).sum(axis=(0, 1)), dtype=float)

    def at_lags(self, lag1: FloatArray, lag2: FloatArray, of: str) -> FloatArray:
        """Refuse: by block the sums are known at one lag."""
        raise ValueError(f"covariances at two different lags are not computed {self.where}: take psi_at(lag)")


def checked(of: str) -> str:
    """Return a kind of covariance that is known by block.

    Raises
    ------
    ValueError : for another one.
    """
    one_of("of", of, BLOCK_KINDS)
    return of
