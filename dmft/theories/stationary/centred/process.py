"""The single-site process of a network whose mean input is zero, at any lag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.theories.stationary.centred.lag_averages import GaussianAverages, LagAverages


@dataclass(frozen=True, eq=False)
class CentredProcess:
    """A Gaussian process of mean zero, around the response to a sinusoid if there is one.

    Attributes
    ----------
    correlation : C_G, of the Gaussian part, at any lag.
    averages : of phi and phi' at a lag.
    """

    correlation: Callable[[ArrayLike], FloatArray]
    averages: LagAverages

    references: ClassVar[tuple[str, ...]] = ("sompolinsky1988",)
    words: ClassVar[str] = "a network of one population without means"

    def corr_x(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^x."""
        return np.asarray(self.correlation(lags) + self.averages.corr_driven(lags))

    def corr_phi(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return C^phi."""
        return self.averages.corr_phi(self.correlation(lags), lags)

    def corr_slope(self, solution: Any, lags: FloatArray) -> FloatArray:
        """Return <phi' phi'>: through C(0) - C, steep next to lag 0, where that is known to more digits."""
        drop = getattr(self.correlation, "drop", None)
        if drop is not None and isinstance(self.averages, GaussianAverages):
            return self.averages.averages.corr_slope_below(drop(lags))
        return self.averages.corr_slope(self.correlation(lags), lags)
