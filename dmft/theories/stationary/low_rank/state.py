"""A state of a network with low-rank couplings: its numbers, from which everything else follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class LowRankState:
    """The numbers of a state.

    Attributes
    ----------
    kappa : overlaps n_r . phi/N, shape (rank,); of a rotating state their complex amplitudes, Re(kappa exp(i omega t)).
    variance, frozen : c(0) and c(inf) of x over units, around its mean; of a rotating state `frozen` is nan.
    moving : whether x changes in time (other than by rotating).
    omega : angular frequency of the rotation.
    stable : whether a network stays in it; `criterion` says by what.
    growth : largest rate at which kappa leaves the state (nan where it is not known).
    error, kappa_error : of the variance, relative, and of |kappa|.
    """

    kappa: FloatArray | ComplexArray
    variance: float
    frozen: float
    moving: bool
    omega: float = 0.0
    stable: bool = True
    criterion: str = ""
    growth: float = np.nan
    error: float = np.nan
    kappa_error: float = np.nan
    residual: float = 0.0

    @property
    def size(self) -> float:
        """|kappa|, its mean over a period where it rotates."""
        total = float(np.sum(np.abs(self.kappa) ** 2))
        return float(np.sqrt(0.5 * total if self.omega else total))

    def with_stability(self, stable: bool, criterion: str, growth: float = np.nan) -> LowRankState:
        """Return the state, judged."""
        return replace(self, stable=stable, criterion=criterion, growth=growth)
