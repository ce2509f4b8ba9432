"""The single-site process under a sinusoid of random phase: Gaussian around a sine."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.models.drives import Sinusoid
from dmft.numerics.cosine_series import cosine_sums
from dmft.numerics.gaussian.hermite import REACH, hermite_rule
from dmft.numerics.gaussian.panels import evaluated
from dmft.numerics.gaussian.ramp_pairs import ramp_averages, ramp_coefficients
from dmft.numerics.power_series import power_series
from dmft.theories.stationary.centred.lag_averages import SineAverages
from dmft.theories.stationary.centred.ramps import Ramp, found_ramps

_SMALLEST = (32, 48)  # numbers of phases and of Hermite terms
_MOST_TERMS = 512
_MOST_WORK = 3e8  # multiplications for one table
_CUT = 1e-16  # part of <phi^2> and of <phi'^2> that the last terms may hold
_CUT_OF_KINKS = 1e-13
_MOST_PAIRS = 1500  # of ramps and phases
_LOST_BESIDE_KINKS = 1e-10
_LOST = 1e-11


class PhaseAverages(SineAverages):
    """Averages around a sine by Hermite series.

    With a_n(mu) the Hermite coefficients of phi(mu + sqrt(c0) z),
        C^phi(lag) = sum_n r^n < a_n(A cos theta) a_n(A cos(theta + w lag)) >_theta,   r = C_G(lag)/c0,
    which with the Fourier series a_n(A cos theta) = sum_k alpha_nk cos(k theta) is
        C^phi(lag) = sum_n r^n [alpha_n0^2 + (1/2) sum_{k>0} alpha_nk^2 cos(k w lag)].
    Kinks are taken out: phi = smooth + sum_i s_i max(0, x - kappa_i). The averages of two ramps are closed forms
    (`dmft.numerics.gaussian.ramp_pairs`), and in all the rest a smooth factor makes the series converge.

    Attributes
    ----------
    sizes : numbers of phases and of Hermite terms, to begin with; a neighbouring variance needs the same.

    Notes
    -----
    Accuracy: `tests/unit/test_phase_site.py`, against quadrature in three dimensions. Cost: 1-5 ms a variance for tanh
    at c0 < 2; in all, c0^2 A of them.
    """

    def __init__(
        self,
        nonlinearity: Any,
        drive: Sinusoid,
        variance: float,
        *,
        sizes: tuple[int, int] = _SMALLEST,
        ramps: tuple[Ramp, ...] | None = None,
        finer: bool = False,
    ) -> None:
        super().__init__(nonlinearity, drive, variance)
        self.sizes, self._finer = sizes, finer
        self._sigma = math.sqrt(self.variance)
        self._searched = self.variance
        self._last: tuple[FloatArray, FloatArray, FloatArray] | None = None
        if ramps is None:
            extent = self.amplitude + 3.0 * self._sigma
            ramps = found_ramps(nonlinearity, self.amplitude + 3.0 * REACH * self._sigma, extent)
            self._searched = 9.0 * self.variance
        #: What is taken out of phi and averaged in closed form.
        self.ramps = ramps

    def at(self, variance: float) -> PhaseAverages:
        """Return the site at another variance, with tables as large as this one's."""
        ramps = self.ramps if variance <= self._searched else None
        other = PhaseAverages(
            self._nonlinearity, self._drive, variance, sizes=self._sufficient, ramps=ramps, finer=self._finer
        )
        other._searched = max(self._searched, other._searched)
        return other

    @property
    def _sufficient(self) -> tuple[int, int]:
        """Sizes of tables that would have done."""
        if "_table" not in self.__dict__:
            return self.sizes
        terms, harmonics = self._table.powers.shape
        phases = max(_SMALLEST[0], 4 * math.ceil(0.7 * harmonics))
        return min(self.sizes[0], phases), min(self.sizes[1], max(_SMALLEST[1], terms + terms // 8 + 8))

    def refined(self) -> PhaseAverages:
        """Return the site with half as many phases and terms again, and with other nodes of the quadrature."""
        _ = self._table
        phases, terms = self.sizes
        finer = (phases + phases // 2, min(terms + terms // 2, _MOST_TERMS))
        return PhaseAverages(self._nonlinearity, self._drive, self.variance, sizes=finer, ramps=self.ramps, finer=True)

    @property
    def suits(self) -> bool:
        """Whether the Hermite series is short, or what makes it long are a few kinks, averaged in closed form."""
        if any(ramp.order == 1 for ramp in self.ramps):
            pairs = len(self.ramps) * (len(self.ramps) + 1) // 2
            return pairs * self._n_ramp_phases <= _MOST_PAIRS and self.missing <= _LOST_BESIDE_KINKS
        if self.ramps:
            return False
        return self.missing <= _LOST

    @cached_property
    def mean(self) -> float:
        """<phi>."""
        return self._table.mean

    @cached_property
    def mean_slope(self) -> float:
        """<phi'>."""
        return self._table.mean_slope

    @property
    def missing(self) -> float:
        """Error of <phi phi>, relative to <phi^2>: what the series lost, and what other nodes make different."""
        return self._table.missing[0]

    @property
    def missing_slope(self) -> float:
        """Error of <phi' phi'>, relative to <phi'^2>."""
        return self._table.missing[1]

    @cached_property
    def reach_of_series(self) -> float:
        """How far |C_G| may exceed c0 on the way to a solution, as a factor: the series goes on analytically."""
        _ = self._table
        return 1.0 if self.ramps else 1.0 + 2.0 / self.sizes[1]

    def _rows(self, row: int, c: FloatArray, phase: FloatArray) -> FloatArray:
        r = c / self.variance
        table = self._table.heat if row == 2 else self._table.powers
        if row == 1:
            table = np.arange(1, len(table))[:, None] * table[1:]
        different, place = np.unique(phase, return_inverse=True)
        spend(1.5e-9 * table.shape[0] * (len(phase) + 10.0 * table.shape[1]) + 3e-8 * table.shape[1] * len(different))
        sums = power_series(cosine_sums(table, different), place, r)
        return np.asarray(sums / (self.variance if row else 1.0) + self._ramps(r, phase)[row])

    @property
    def n_harmonics(self) -> int:
        """Number of harmonics in <phi phi>, the constant among them."""
        _ = self._table
        if self.ramps:
            return 16 + math.ceil(4.0 * self.amplitude / self._sigma)
        return int(self._table.powers.shape[1])

    @property
    def _n_ramp_phases(self) -> int:
        # The product of two densities in the phase is half as wide as one.
        n_phases = 16 + 8 * math.ceil(2.5 * self.amplitude / self._sigma)
        return n_phases + n_phases // 2 if self._finer else n_phases

    def _ramps(self, r: FloatArray, phase: FloatArray) -> FloatArray:
        """Return what pairs of kinks add to <phi phi>, <phi' phi'>, <phi phi''>, shape (3, n)."""
        total = np.zeros((3, len(r)))
        n_phases = self._n_ramp_phases
        r = np.clip(r, -1.0, 1.0)
        if not self.ramps:
            return total
        if self._last is not None and np.array_equal(self._last[0], r) and np.array_equal(self._last[1], phase):
            return self._last[2]  # the three are asked for one after the other
        spend(4e-7 * n_phases * len(r) * len(self.ramps) * (len(self.ramps) + 1) / 2)
        for i, first in enumerate(self.ramps):
            for j, other in enumerate(self.ramps[: i + 1]):
                times = first.strength * other.strength * (1.0 if i == j else 2.0)
                places, orders = (first.place, other.place), (first.order, other.order)
                total += times * ramp_averages(places, self.amplitude, self.variance, r, phase, n_phases, orders)
        self._last = (r, phase, total)
        return total

    @cached_property
    def _table(self) -> _Table:
        n_phases, n_terms = self.sizes
        while True:
            table, few_phases, few_terms = self._of_size(n_phases, n_terms)
            work = n_phases * n_terms**1.5 * 10.0
            if work > _MOST_WORK:
                break
            if few_phases:
                n_phases *= 2
            elif few_terms and n_terms < _MOST_TERMS:
                n_terms = min(2 * n_terms, _MOST_TERMS)
            else:
                break
        self.sizes = (n_phases, n_terms)
        return table

    def _of_size(self, n_phases: int, n_terms: int) -> tuple[_Table, bool, bool]:
        """Return the table of this size, and whether it has too few phases or too few terms."""
        c0, half_turn = self.variance, n_phases // 2
        spend(1.8e-10 * n_phases * n_terms * (0.5 * n_phases + 10.0 * math.sqrt(n_terms) + 300.0))
        theta = math.pi * np.arange(half_turn + 1) / half_turn
        fold = np.full(len(theta), 1.0 / half_turn)
        fold[[0, -1]] /= 2.0
        # phi(A cos theta + ...) is even in theta: half a turn is enough, and its Fourier series is a cosine series.
        cosines = fold[:, None] * np.cos(np.outer(theta, np.arange(half_turn)))
        cosines[:, 1:] *= math.sqrt(2.0)  # so that sum_k alpha^2 is the average over the phase
        z, hermite = hermite_rule(n_terms, self._finer)
        centre = self.amplitude * np.cos(theta)
        values = evaluated(self._nonlinearity, centre + self._sigma * z[:, None])
        slopes = evaluated(self._nonlinearity.derivative, centre + self._sigma * z[:, None])
        smooth, rough = values.copy(), np.zeros((n_terms, len(theta)))
        smooth_slopes = slopes.copy()
        for ramp in self.ramps:
            x = centre + self._sigma * z[:, None] - ramp.place
            above = np.maximum(x, 0.0)
            smooth -= ramp.strength / math.factorial(ramp.order) * above**ramp.order
            lower = above ** (ramp.order - 1) if ramp.order > 1 else 0.5 + 0.5 * np.sign(x)
            smooth_slopes -= ramp.strength / math.factorial(ramp.order - 1) * lower
            coefficients = ramp_coefficients((ramp.place - centre) / self._sigma, n_terms, ramp.order)
            rough += ramp.strength * self._sigma**ramp.order * coefficients
        alpha = (hermite @ smooth) @ cosines
        beta = rough @ cosines
        powers = alpha * (alpha + 2.0 * beta)
        n = np.arange(n_terms)
        with_two = np.zeros_like(powers)
        with_two[:-2] = alpha[:-2] * (alpha[2:] + beta[2:]) + beta[:-2] * alpha[2:]
        heat = np.sqrt((n + 1.0) * (n + 2.0))[:, None] * with_two
        # <phi^2> and <phi'^2> as the quadrature has them: of the whole, and of what the series must hold.
        density = hermite[0]
        total, total_slope = (float(density @ f**2 @ fold) for f in (values, slopes))
        size, size_slope = max(total, 1e-300), max(total_slope, 1e-300)
        # What the smooth part has, known to the quadrature without any series; kinks enter by their coefficients.
        smooth_rest = float(density @ smooth**2 @ fold) - float((alpha**2).sum())
        slope_rest = float(density @ smooth_slopes**2 @ fold) - float(n @ (alpha**2).sum(axis=1)) / c0
        tail = np.abs(powers[-8:]).sum() / size
        slope_tail = np.abs(n[-8:] @ np.abs(powers[-8:]).sum(axis=1)) / c0 / size_slope
        last = np.abs(powers[:, -max(4, half_turn // 8) :]).sum(axis=1)
        # Behind kinks the series decays like a power, and the last digits would take most of the time.
        cut, slope_cut = (_CUT_OF_KINKS, 1e4 * _CUT_OF_KINKS) if self.ramps else (_CUT, 100.0 * _CUT)
        few_phases = bool(last.sum() > cut * size or n @ last / c0 > slope_cut * size_slope)
        few_terms = bool(tail > 10.0 * cut or slope_tail > slope_cut)
        missing = (
            max(abs(smooth_rest) / size, n_terms * tail / 8.0, last.sum() / size),
            max(abs(slope_rest) / size_slope, n_terms * slope_tail / 8.0, n @ last / c0 / size_slope),
        )
        mean = float(alpha[0, 0] + beta[0, 0])
        mean_slope = float(alpha[1, 0] + beta[1, 0]) / self._sigma
        table = _Table(mean, mean_slope, missing, *_trimmed(powers, heat, size))
        return table, few_phases, few_terms


@dataclass(frozen=True)
class _Table:
    mean: float
    mean_slope: float
    missing: tuple[float, float]
    powers: FloatArray = field(repr=False)
    heat: FloatArray = field(repr=False)


def _trimmed(powers: FloatArray, heat: FloatArray, total: float) -> tuple[FloatArray, FloatArray]:
    """Return the tables without the rows and columns that hold nothing."""
    size = np.abs(powers) + np.abs(heat)
    rows = np.flatnonzero(np.cumsum(size.sum(axis=1)[::-1])[::-1] > 1e-18 * total)
    columns = np.flatnonzero(np.cumsum(size.sum(axis=0)[::-1])[::-1] > 1e-18 * total)
    part = (slice(0, (rows[-1] if len(rows) else 0) + 1), slice(0, (columns[-1] if len(columns) else 0) + 1))
    return powers[part], heat[part]
