"""What every drive is asked, and the sum of drives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.quantities import Quantities


class Drive(Quantities):
    """An external input; what a kind of drive does not have is zero here."""

    @property
    def common(self) -> bool:
        """Whether it is the same for all neurons."""
        return False

    @property
    def phased(self) -> bool:
        """Whether each neuron hears it at a random phase of its own."""
        return False

    @property
    def sized(self) -> bool:
        """Whether each neuron hears it at a size of its own; a theory conditions on that (`dmft.by_weight`)."""
        return False

    @property
    def white(self) -> float:
        """Intensity of its white noise."""
        return 0.0

    @property
    def terms(self) -> tuple[Drive, ...]:
        """The drives of which this one is the sum."""
        return (self,)

    @property
    def silent(self) -> bool:
        """Whether it is of zero size."""
        return False

    @property
    def constant(self) -> float:
        """Its part that is constant in time and the same for all."""
        return 0.0

    @property
    def period(self) -> float | None:
        """Period in time of what is common; 0 for what does not change, None for what has none."""
        return None if self.common else 0.0

    @property
    def rates(self) -> tuple[float, ...]:
        """Rates at which the covariance of a private Gaussian input decays, white noise left out."""
        return ()

    def covariance(self, lags: ArrayLike) -> FloatArray:
        """Return <xi_i(t) xi_i(t + lag)> of a private Gaussian input, white noise left out."""
        return np.zeros(np.shape(lags))

    def filtered(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return the covariance of a unit that leaks at `rate` and hears only this private Gaussian input."""
        return np.zeros(np.shape(lags))

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return the transform of the covariance of a private Gaussian input, white noise included."""
        return np.zeros(np.shape(omega))

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the values of a common input; zeros of a private one."""
        return np.zeros(np.shape(times))

    def scaled(self, factor: float) -> Drive:
        """Return the drive with its input multiplied by a factor."""
        raise NotImplementedError

    def __radd__(self, other: object) -> Drive:
        return self if other == 0 else NotImplemented  # so that `sum` adds drives

    def __add__(self, other: Drive) -> Sum:
        return Sum((*self.terms, *other.terms)) if isinstance(other, Drive) else NotImplemented


@dataclass(frozen=True)
class Sum(Drive):
    """A sum of drives, made by adding them.

    Parameters
    ----------
    drives : what is added.

    Raises
    ------
    TypeError : for what is no drive.
    """

    drives: tuple[Drive, ...]

    def __post_init__(self) -> None:
        for drive in self.drives:
            if not isinstance(drive, Drive):
                raise TypeError(f"what is added must be drives, got {drive!r}")
        object.__setattr__(self, "drives", tuple(term for drive in self.drives for term in drive.terms))

    @property
    def terms(self) -> tuple[Drive, ...]:
        """The drives."""
        return self.drives

    def scaled(self, factor: float) -> Sum:
        """Return the sum of the scaled drives."""
        return Sum(tuple(drive.scaled(factor) for drive in self.drives))

    @property
    def silent(self) -> bool:
        """Whether every drive is."""
        return all(drive.silent for drive in self.drives)
