"""White noise."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import non_negative
from dmft.models.drives.drive import Drive
from dmft.models.quantities import within


@dataclass(frozen=True)
class WhiteNoise(Drive):
    """Private white noise, <xi_i(t) xi_j(t')> = intensity delta_ij delta(t - t').

    In discrete time (`dmft.Map()`) it is drawn anew in every step, with the variance `intensity`.

    Parameters
    ----------
    intensity : noise intensity in units of 1/tau (an isolated unit has the variance intensity/2).

    Raises
    ------
    ValueError, TypeError : if the intensity is not a finite number >= 0.
    """

    intensity: float = field(metadata=within(non_negative, "noise intensity", "1/tau"))

    @property
    def white(self) -> float:
        """The intensity."""
        return self.intensity

    def scaled(self, factor: float) -> WhiteNoise:
        """Return noise of intensity factor^2 times as large."""
        return WhiteNoise(factor**2 * self.intensity)

    @property
    def silent(self) -> bool:
        """Whether the intensity is 0."""
        return self.intensity == 0

    def filtered(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return intensity exp(-rate lag)/(2 rate)."""
        return np.asarray(self.intensity / (2.0 * rate) * np.exp(-rate * np.abs(lags)))

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return the intensity at every frequency."""
        return np.full(np.shape(omega), self.intensity)
