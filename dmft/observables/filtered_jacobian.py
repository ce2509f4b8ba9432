"""Spectrum of the linear flow of networks of filters: z is an eigenvalue where 1/H(z) is one of J diag(phi'(x))."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import answering
from dmft.models.checks import integer
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.observables.jacobian import JacobianSpectrum, as_dataset, spectrum_of
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.populations.shifted import shifted
from dmft.theories.stationary.units.perturbations import far_rate
from dmft.theories.stationary.units.process import FilteredProcess
from dmft.theories.units import Units, units_of

if TYPE_CHECKING:
    import xarray

_LARGEST = 1e200
_GRID = 401  # points of a picture on a side


@dataclass(frozen=True, eq=False, repr=False)
class FilteredSpectrum(Shown):
    """Where the eigenvalues of the linear flow of a network of filters lie: rho(K_ab <phi_b'^2> |H_b(z)|^2) >= 1.

    Of one population: |1/H(z)| <= R, R = g sqrt<phi'^2>, and the fraction with |1/H(z)| < r R is the law of the disc
    that J diag(phi'(x)) fills, every z that H sends there counted. With a delay there are infinitely many.

    Attributes
    ----------
    units : the populations.
    squares : <phi_b'^2>, shape (P,).
    disc : the spectrum of J diag(phi'(x)) around 0; None for several populations, and where x is not Gaussian.
    """

    units: Units = field(repr=False)
    squares: FloatArray
    disc: JacobianSpectrum | None = field(default=None, repr=False)

    def to_xarray(self) -> xarray.Dataset:
        """Return <phi'^2>, radius and abscissa as a dataset."""
        return as_dataset(self, {"squares": ("population", self.squares), "resonance": self.resonance})

    @property
    def radius(self) -> float:
        """R = sqrt(rho(K <phi'^2>)), the radius of the disc that J diag(phi'(x)) fills."""
        return math.sqrt(float(np.max(np.abs(np.linalg.eigvals(self.units.K * self.squares)))))

    def reach(self, z: ArrayLike) -> Any:
        """Return sqrt(rho(K_ab <phi_b'^2> |H_b(z)|^2)), R |H(z)| of one population: 1 at the edge, above 1 inside."""
        points = np.asarray(z, dtype=complex)
        gains = self.units.K * self.squares
        with np.errstate(divide="ignore", over="ignore"):
            sizes = np.minimum(self.units.size(points.ravel()), _LARGEST)  # at a pole it has no end
        found = np.sqrt(np.max(np.abs(np.linalg.eigvals(gains * sizes.T[:, None, :])), axis=-1))
        return float(found[0]) if points.ndim == 0 else found.reshape(points.shape)

    def contains(self, z: ArrayLike) -> Any:
        """Whether points lie in the support."""
        inside = np.asarray(self.reach(z)) >= 1.0
        return bool(inside) if np.ndim(z) == 0 else inside

    def cdf(self, r: ArrayLike) -> Any:
        """Return the fraction of eigenvalues with |1/H(z)| < r.

        Raises
        ------
        ValueError : for several populations, whose eigenvalues are no preimages of a disc, and under a sinusoid of
            random phases, where x is not Gaussian.
        """
        if self.disc is None:
            raise ValueError(
                "of several populations, or under a sinusoid, the fraction within a level is not known: ask where "
                "contains()"
            )
        return self.disc.cdf(r)

    @property
    def abscissa(self) -> float:
        """The largest real part in the support."""
        return self.rightmost.real

    @property
    def resonance(self) -> float:
        """The imaginary part, >= 0, of the rightmost point: the angular frequency of the fastest growth."""
        return self.rightmost.imag

    @property
    def rightmost(self) -> complex:
        """The point of the support with the largest real part, its imaginary part >= 0."""
        gains = self.units.K * self.squares
        if not np.any(gains):
            return complex(self.units.abscissa)
        rate = far_rate(self.units, gains)
        return complex(rate, self.units.fastest_growth(gains, rate)[1])

    def contour(self, resolution: int = _GRID) -> list[ComplexArray]:
        """Return the edge of the support as curves, on a grid of `resolution` points a side; it has no end on the left
        where there is a delay."""
        from contourpy import contour_generator

        integer("resolution", resolution, least=8)
        poles = np.concatenate([transfer.poles for transfer in self.units.transfers])
        top = 1.5 * (float(np.max(np.abs(poles))) + abs(self.rightmost)) + self.radius
        x = np.linspace(-top, self.abscissa + 0.1 * top, resolution)
        y = np.linspace(-top, top, resolution)
        with np.errstate(divide="ignore"):
            height = np.log(self.reach(x + 1j * y[:, None]))
        lines = contour_generator(x, y, np.clip(height, -50.0, 50.0)).lines(0.0)
        return [np.asarray(points[:, 0] + 1j * points[:, 1], dtype=complex) for points in map(np.asarray, lines)]


@spectrum_of.register
@answering
def _(process: FilteredProcess, solution: StationarySolution) -> FilteredSpectrum:
    if solution.state == "none":
        raise ValueError(f"the solution has no state to linearise: {solution.convergence.message}")
    units = units_of(solution.network)
    squares = np.atleast_1d(np.asarray(solution.mean_square_slope, dtype=float))
    if len(units) > 1 or units.wave is not None:
        return FilteredSpectrum(units, squares)
    variance = float(process.covariance[0, 0])
    g = math.sqrt(float(units.K[0, 0]))
    if variance == 0.0:
        slopes = np.abs(np.atleast_1d(np.asarray(solution.mean_slope, dtype=float)))
        return FilteredSpectrum(units, squares, JacobianSpectrum(g, slopes, np.ones(1)))
    mean = 0.0 if process.means is None else float(process.means[0])
    panels = resolve(shifted(units.blocks.nonlinearities[0], mean), math.sqrt(variance))
    return FilteredSpectrum(units, squares, JacobianSpectrum(g, np.abs(panels.slopes).ravel(), panels.density.ravel()))
