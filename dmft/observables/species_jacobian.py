"""Spectrum of small changes about the fixed point of Lotka-Volterra equations."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray
from dmft.errors import answering
from dmft.models.checks import integer
from dmft.observables.jacobian import spectrum_of
from dmft.observables.states import refuse_stateless
from dmft.theories.shown import Shown
from dmft.theories.stationary.species.linear import Linearised
from dmft.theories.stationary.species.process import SpeciesProcess
from dmft.theories.stationary.species.statement import species_of

if TYPE_CHECKING:
    import xarray

_GRID = 81  # points of a picture on a side


@dataclass(frozen=True, eq=False)
class SpeciesSpectrum(Shown):
    """Where the eigenvalues of diag(x) J - diag(x + lambda/x) lie: sigma^2 <x^2/|z + r|^2> >= 1, r = x + lambda/x.

    Single species fill the real axis left of -2 sqrt(lambda) (of however few species: normal numbers have tails), and
    the bulk is around it. Without immigration an extinct species has one eigenvalue of its own, the rate -r at which it
    would grow if it were rare. Those of extinct species and of survivors that hardly live both come up to 0: there the
    bulk ends in a cusp, and decay is slower than any exponential.

    Attributes
    ----------
    linear : the equations.
    """

    linear: Linearised = field(repr=False)

    def to_xarray(self) -> xarray.Dataset:
        """Return the abscissa of the bulk and the eigenvalues outside in two parts as a dataset."""
        import xarray

        parts = {"outliers_real": ("outliers", self.outliers.real), "outliers_imag": ("outliers", self.outliers.imag)}
        return xarray.Dataset({"abscissa": self.abscissa, **parts}, attrs={"theory": type(self).__name__})

    def reach(self, z: ArrayLike) -> Any:
        """Return sigma sqrt<x^2/|z + r|^2>: 1 at the edge, above 1 inside, inf on the axis of single species."""
        points = np.asarray(z, dtype=complex)
        found = np.sqrt(self.linear.growth(points))
        return float(found[0]) if points.ndim == 0 else found.reshape(points.shape)

    def contains(self, z: ArrayLike) -> Any:
        """Whether points lie in the bulk."""
        inside = np.asarray(self.reach(z)) >= 1.0
        return bool(inside) if np.ndim(z) == 0 else inside

    @property
    def abscissa(self) -> float:
        """The largest real part of the bulk, which is on the real axis."""
        return self.linear.edge

    @property
    def rightmost(self) -> complex:
        """The point of the bulk with the largest real part."""
        return complex(self.linear.edge)

    @cached_property
    def outliers(self) -> ComplexArray:
        """Eigenvalues to the right of the bulk, of changes that all species share."""
        return self.linear.outliers

    def gap(self, size: int) -> float:
        """Return the mean distance of the last eigenvalue of a network of so many species from 0, without immigration.

        It is -w of the species whose field w is closest to 0, an exponential number of mean 1/(2 N p(0)), p the density
        of w.

        Raises
        ------
        ValueError : with immigration.
        """
        return gap_of(self.linear.process, size)

    def contour(self, resolution: int = _GRID) -> list[ComplexArray]:
        """Return the edge of the bulk as curves, on a grid of `resolution` points a side."""
        from contourpy import contour_generator

        integer("resolution", resolution, least=8)
        process = self.linear.process
        farthest = max(process.mean, 0.0) + 2.0 * process.deviation
        top = self.linear.sigma * farthest
        x = np.linspace(-farthest - top, self.abscissa + 0.05 * farthest, resolution)
        y = np.linspace(0.0, top, resolution // 2 + 1)
        with np.errstate(divide="ignore"):
            half = np.log(self.reach(x + 1j * y[:, None]))
        height = np.clip(np.concatenate([half[:0:-1], half]), -50.0, 50.0)
        lines = contour_generator(x, np.concatenate([-y[:0:-1], y]), height).lines(0.0)
        return [np.asarray(line) @ np.array([1.0, 1j]) for line in lines]


def gap_of(process: SpeciesProcess, size: int) -> float:
    """Return the mean distance of the last eigenvalue from 0 of so many species without immigration."""
    if process.immigration > 0.0:
        raise ValueError("with immigration the spectrum ends before 0: ask for abscissa")
    size = integer("size", size, least=2)
    density = math.exp(-0.5 * (process.mean / process.deviation) ** 2) / math.sqrt(2.0 * math.pi) / process.deviation
    return 1.0 / max(2.0 * size * density, 1e-300)


def linearised_species(solution: Any) -> Linearised:
    """Return the equations of small changes about a fixed point.

    Raises
    ------
    ValueError : of couplings with symmetry, and of a solution without a state.
    """
    refuse_stateless(solution, "to linearise", of=solution.variance)
    species = species_of(solution.network)
    if species.gamma:
        raise ValueError(
            f"the Jacobian of species is known of independent couplings, symmetry=0; got {species.gamma:g}, of which "
            "abundances and the line of stability are known"
        )
    return Linearised(solution.process, species.mu, species.sigma)


@spectrum_of.register
@answering
def spectrum_of_species(process: SpeciesProcess, solution: Any) -> SpeciesSpectrum:
    """Return the spectrum about the fixed point of species, of independent couplings.

    Notes
    -----
    Accuracy: averages to 1e-10; networks (`tests/statistical/test_species_jacobian_networks.py`). Cost: 0.2 s, a
    contour 2 s.
    """
    return SpeciesSpectrum(linearised_species(solution))
