"""Spectrum of the linear flow of networks of units that state their equations, at a typical moment."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import allow, limited
from dmft.errors import AccuracyWarning, answering, warn
from dmft.models.checks import integer
from dmft.numerics.rightmost import at_edge, rightmost
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.turned import Turned
from dmft.numerics.value import Value
from dmft.observables.jacobian import spectrum_of
from dmft.observables.states import refuse_stateless
from dmft.theories.composed import composed
from dmft.theories.shown import Shown
from dmft.theories.stated_units import StatedUnits, stated_units_of
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.rest import values_at_rest
from dmft.theories.stationary.stated_units.typical import growth_of, linearised, typical

if TYPE_CHECKING:
    import xarray

_SETS = 16  # independent sets of paths: the scatter of few may be small by chance
_GRID = 121  # points of a picture on a side
_THINNED = 8  # of so many moments one draws a first picture
_TURNS = np.concatenate([np.zeros(1), np.geomspace(1e-2, 30.0, 100)])  # of the fastest rate of a unit
_DISTANCES = np.geomspace(1e-6, 1.0, 97)  # of the edge, of that rate, at which its error is looked for
_RARE = 0.05  # of a mean square, in one unit of all, above which it is one of rare units
_SENSITIVITY = 4.0  # largest logarithmic derivative of the growth by the state that is allowed for
_SECONDS = 120.0


@dataclass(frozen=True, eq=False)
class StatedSpectrum(Shown):
    """Where the eigenvalues of the linear flow of a network of stated units lie: rho(<|c (z - A)^{-1} b|^2>) >= 1.

    rho is the spectral radius of g_k,ab^2 f_b <|c_k (z - A)^{-1} b_l|^2>_b over populations a, b and fields k, l, with
    A = dF/ds, b = dF/d eta, c = grad o at moments of sampled paths. Eigenvalues of single units, poles of (z - A)^{-1},
    are in it where they fill a line, of however few units: there it has thin tails, and a network lone eigenvalues.

    Attributes
    ----------
    units : what was solved.
    sets : of each independent set of paths what small changes meet, population by population.
    state_error : of the mean squares by the state, relative.
    """

    units: StatedUnits = field(repr=False)
    sets: tuple[tuple[Turned, ...], ...] = field(repr=False)
    state_error: float = 0.0

    def to_xarray(self) -> xarray.Dataset:
        """Return the rightmost point with its error, and the poles of single units in two parts, as a dataset."""
        import xarray

        numbers = {"abscissa": self.abscissa, "abscissa_error": self.abscissa.error, "resonance": self.resonance}
        poles = {"poles_real": ("pole", self.poles.real), "poles_imag": ("pole", self.poles.imag)}
        return xarray.Dataset({**numbers, **poles}, attrs={"theory": type(self).__name__})

    @cached_property
    def poles(self) -> ComplexArray:
        """Eigenvalues of A of all sampled moments, of one population after the other."""
        return np.concatenate([part.poles.ravel() for part in self._all])

    def reach(self, z: ArrayLike) -> Any:
        """Return sqrt(rho(<|c (z - A)^{-1} b|^2>)): 1 at the edge, above 1 inside."""
        points = np.asarray(z, dtype=complex)
        found = np.sqrt(growth_of(self.units, self._all, points))
        return float(found[0]) if points.ndim == 0 else found.reshape(points.shape)

    def contains(self, z: ArrayLike) -> Any:
        """Whether points lie in the support."""
        inside = np.asarray(self.reach(z)) >= 1.0
        return bool(inside) if np.ndim(z) == 0 else inside

    @cached_property
    def rightmost(self) -> complex:
        """The point of the support with the largest real part, its imaginary part >= 0."""
        near = np.unique(np.imag(self._by_set))  # of fewer moments it is there or thereabouts
        apart = 0.05 * _scale(self.units) * np.linspace(-1.0, 1.0, 9)
        turns = np.unique(np.concatenate([[0.0], *(np.abs(turn + apart) for turn in near[[0, len(near) // 2, -1]])]))
        return _rightmost(self.units, self._all, turns)

    @cached_property
    def _by_set(self) -> tuple[complex, ...]:
        return tuple(_rightmost(self.units, one, _scale(self.units) * _TURNS) for one in self.sets)

    @property
    def resonance(self) -> float:
        """The imaginary part, >= 0, of the rightmost point."""
        return self.rightmost.imag

    @cached_property
    def abscissa(self) -> Value:
        """The largest real part in the support, with its error over the sets.

        Warns
        -----
        AccuracyWarning : where rare units make the edge, which then recedes as more are looked at.
        """
        found = self.rightmost
        by_set = [point.real for point in self._by_set]
        n = len(by_set)
        error = student(n) * float(np.std(by_set, ddof=1)) / math.sqrt(n) if n > 1 else 0.0
        bias = abs(found.real - float(np.mean(by_set)))
        h = 1e-4 * _scale(self.units)
        share = max(self._share(part, found + h) for part in self._all) if n > 1 else 0.0
        if share > _RARE:
            warn(
                f"one sampled unit makes {share:.0%} of the mean square at the rightmost point {found:.4g}: rare units "
                "make the edge there, and it recedes as more of them are looked at",
                AccuracyWarning,
            )
        return Value(
            found.real, error, "mean squares of sampled units", tuple(by_set), numerical_error=bias + self._by_state
        )

    @cached_property
    def _by_state(self) -> float:
        """How far right the error of the state may move the edge; the end of a line of poles it does not."""
        if not self.state_error:
            return 0.0
        distances = _scale(self.units) * _DISTANCES
        beyond = growth_of(self.units, self._all, self.rightmost + distances) * (1.0 + self.state_error) >= 1.0
        reached = np.flatnonzero(beyond)
        return float(distances[min(reached[-1] + 1, len(distances) - 1)]) if len(reached) else float(distances[0])

    def contour(self, resolution: int = _GRID) -> list[ComplexArray]:
        """Return the edge of the support as curves, on a grid of `resolution` points a side: found by some of the
        moments, and moved to where all of them have it."""
        from contourpy import contour_generator

        integer("resolution", resolution, least=8)
        poles, right = self.poles, self.rightmost
        size = _scale(self.units)
        low = min(float(np.quantile(poles.real, 0.02)), right.real)
        top = max(abs(right.imag), float(np.quantile(np.abs(poles.imag), 0.99)), 0.5 * (right.real - low), 0.1 * size)
        while np.any(self.contains(np.linspace(low, right.real, 9) + 1j * top)):
            top *= 1.3
        left = low - top
        x = np.linspace(left, right.real + 0.1 * (right.real - left), resolution)
        y = np.linspace(0.0, 1.1 * top, resolution // 2 + 1)
        some = tuple(part.thinned(_THINNED if len(part) > _THINNED else 1) for part in self._all)
        z = (x + 1j * y[:, None]).ravel()
        half = np.log(np.maximum(growth_of(self.units, some, z), 1e-300)).reshape(len(y), len(x))
        height = np.concatenate([half[:0:-1], half])  # the mirror image below the real axis
        lines = contour_generator(x, np.concatenate([-y[:0:-1], y]), np.clip(height, -50.0, 50.0)).lines(0.0)
        cell = math.hypot(x[1] - x[0], y[1] - y[0])
        return [self._at_edge(np.asarray(line) @ np.array([1.0, 1j]), cell, some) for line in lines]

    def _at_edge(self, z: ComplexArray, cell: float, some: tuple[Turned, ...]) -> ComplexArray:
        """Return points moved onto the edge; where that is further than two cells away, next to poles, as they are."""
        moved = at_edge(
            lambda points: growth_of(self.units, self._all, points), z, 2, lambda at: growth_of(self.units, some, at)
        )
        return np.where(np.abs(moved - z) < 2.0 * cell, moved, z)

    @cached_property
    def _all(self) -> tuple[Turned, ...]:
        return tuple(
            Turned(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("flow", "entry", "read")))
            for parts in zip(*self.sets, strict=True)
        )

    @staticmethod
    def _share(part: Turned, z: complex) -> float:
        each = part.squares(np.array([z]))[0].sum(axis=(0, 1))
        return float(np.max(each) / max(float(np.sum(each)), 1e-300))


def _scale(units: StatedUnits) -> float:
    return max(site.equations.fastest for site in units.sites)


def _rightmost(units: StatedUnits, turned: tuple[Turned, ...], turns: FloatArray) -> complex:
    poles = np.concatenate([part.poles.ravel() for part in turned])
    pole = complex(poles[np.argmax(poles.real)])
    return rightmost(lambda z: growth_of(units, turned, z), pole, turns, _scale(units))


@spectrum_of.register
@answering
def spectrum_of_stated_units(process: UnitProcess, solution: Any, *, paths: int = 128, seed: Any = 0) -> StatedSpectrum:
    """Return the spectrum of sampled units, of moments of paths in the fields of their state; at rest exactly.

    Of what fluctuates it is that at one moment, not the exponent. Eigenvalues that means of the couplings move out of
    the support are not in it.

    Parameters
    ----------
    paths : of each of sixteen independent sets, whose scatter is the error of `abscissa`; sixteen moments of each are
        used.
    seed : entropy of the random numbers.

    Raises
    ------
    ValueError : for a state that is none, and for couplings with symmetry, which make it another law.

    Notes
    -----
    Accuracy: leaky units and filters (`tests/limits/test_stated_units_jacobian.py`), networks
    (`tests/statistical/test_stated_units_jacobian_networks.py`). Cost: 1-3 s, a contour 2-5 s.
    """
    _refuse_symmetry(solution.network)
    refuse_stateless(solution, "to linearise", of=solution.variance)
    units = stated_units_of(solution.network)
    if solution.state == "quiescent":
        return StatedSpectrum(units, (_at_rest(units),))
    grid = PeriodicGrid(2 * (len(process.omega) - 1), float(solution.lags[1]))
    state = process.state(units, grid)
    paths = integer("paths", paths, least=64)
    paths += paths % 2
    with limited():
        allow(_SECONDS)
        children = np.random.SeedSequence(seed).spawn(_SETS)
        sets = tuple(typical(units, grid, state, paths, child) for child in children)
    error: float = solution.convergence.error
    return StatedSpectrum(units, sets, _SENSITIVITY * error if math.isfinite(error) else math.inf)


def _at_rest(units: StatedUnits) -> tuple[Turned, ...]:
    found = []
    for site in units.sites:
        values = values_at_rest(site)
        if values is None:
            raise ValueError("units do not stay at rest by themselves: there is no state to linearise")
        found.append(linearised(site, {name: np.atleast_1d(np.asarray(value)) for name, value in values.items()}))
    return tuple(found)


def _refuse_symmetry(statement: Any) -> None:
    couplings = composed(statement).couplings
    terms = list(couplings.random.values()) if couplings.by_field else [couplings.random]
    symmetric = [term.symmetry for term in terms if term is not None and np.any(term.symmetry)]
    if symmetric:
        raise ValueError(
            f"the Jacobian of sampled units is known of independent couplings, symmetry=0; got {symmetric[0]}"
        )
