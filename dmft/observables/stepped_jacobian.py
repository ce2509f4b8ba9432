"""Spectrum of the Jacobian J diag(phi'(x)) of one step of discrete time."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray
from dmft.errors import answering
from dmft.observables.jacobian import as_dataset, spectrum_of
from dmft.observables.populations_jacobian import PopulationsSpectrum, spectrum_at
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.discrete.process import SteppedProcess

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False, repr=False)
class SteppedSpectrum(Shown):
    """Eigenvalues of J diag(phi'(x)), by which a small difference is multiplied in one step: a disc around 0, and more.

    Attributes
    ----------
    less_one : the spectrum of J diag(phi'(x)) - 1, which is that of continuous time with tau = 1.
    """

    less_one: PopulationsSpectrum

    @property
    def radius(self) -> float:
        """Return sqrt(rho(K <phi'^2>)), the radius of the bulk: above 1 what differs from unit to unit grows, and its
        logarithm is the Lyapunov exponent."""
        return self.less_one.radius

    @property
    def abscissa(self) -> float:
        """Return the largest real part of the bulk, its radius."""
        return self.less_one.abscissa + 1.0

    @property
    def outliers(self) -> ComplexArray | None:
        """Eigenvalues outside of the bulk, of a state that does not move with what J has in common with phi'(x); None
        where that is not known (a state that moves around a mean)."""
        return None if self.less_one.outliers is None else self.less_one.outliers + 1.0

    @property
    def naive_outliers(self) -> ComplexArray:
        """What they would be if J and phi'(x) had nothing in common: the eigenvalues of A <phi'>."""
        return self.less_one.naive_outliers + 1.0

    def contains(self, z: ArrayLike) -> Any:
        """Whether points lie in the bulk: rho(K <phi'^2>) > |z|^2."""
        return self.less_one.contains(np.asarray(z, dtype=complex) - 1.0)

    def density(self, z: ArrayLike) -> Any:
        """Return the density of eigenvalues per unit area at points."""
        return self.less_one.density(np.asarray(z, dtype=complex) - 1.0)

    def cdf(self, r: ArrayLike) -> Any:
        """Return the fraction of eigenvalues within the distance r of 0."""
        return self.less_one.cdf(r)

    def contour(self) -> list[ComplexArray]:
        """Return the edge of the bulk as closed curves."""
        return [curve + 1.0 for curve in self.less_one.contour()]

    def sample(self, n: int, seed: int | np.random.SeedSequence) -> ComplexArray:
        """Return the n eigenvalues of one matrix of these laws, J of mean 0 and independent of phi': the bulk."""
        return self.less_one.sample(n, seed) + 1.0

    def to_xarray(self) -> xarray.Dataset:
        """Return radius, abscissa and the eigenvalues outside of the bulk as a dataset."""
        return as_dataset(self, {})


@spectrum_of.register
@answering
def _(process: SteppedProcess, solution: StationarySolution) -> SteppedSpectrum:
    if solution.state == "none":
        raise ValueError(f"the solution has no state to linearise: {solution.convergence.message}")
    blocks = dataclasses.replace(solution.blocks, tau=np.ones(len(solution.blocks)))
    mean, variance = blocks.populated(solution.mean_x), blocks.populated(solution.variance)
    still = not blocks.noisy and np.array_equal(process.frozen, variance)
    return SteppedSpectrum(spectrum_at(blocks, mean, variance, still=still))
