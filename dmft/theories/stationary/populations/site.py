"""Averages of the populations' nonlinearities, and their derivatives by covariance, mean and variance.

With a_n the Hermite coefficients of phi(m + sqrt(c0) z), a'_n those of phi', r = c/c0,
    <phi phi> = sum a_n^2 r^n,  d/dc = sum a'_n^2 r^n,  d/dm = 2 sum a_n a'_n r^n,
    d/dc0 at given c = sum a_n a'_{n+1} sqrt(n+1)/sqrt(c0) r^n;
a kinked phi without closed form has as many terms as its error allows, ReLU and erf have closed forms and differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.models.nonlinearity import ReLU
from dmft.numerics.gaussian import averages as averages_of
from dmft.numerics.gaussian.averages import Averages
from dmft.numerics.gaussian.dispatch import is_closed
from dmft.numerics.gaussian.frozen_series import FrozenSeries, frozen_series
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.moments import WIDTH
from dmft.numerics.gaussian.pairs import PairAverages, pair_averages
from dmft.theories.reduction import is_erf, is_relu
from dmft.theories.stationary.populations.shifted import shifted

_SMALL = 1e-6  # relative step of a difference
_STEEP = 1e-8  # part of <phi^2> that a series lacks, above which its derivatives are looked after
_ROUGH = 1e-8  # part that a series may lack on the way to a state, where a closed form is known
_CUT = 1e-17  # part of a series that is left out
_LEFT = 1e-11  # part of <phi^2> that the end of a series may move into or out of the variance
_ENOUGH = 400  # terms up to which a series is lengthened until it lacks nothing
_LONGEST = 1000  # terms beyond which a series is not lengthened for that on the way to a state
LONGEST = 4096  # at the state
_NOTICED = 1e-12  # effect of the end of a series that is made up for
_STILL = 1e-10  # deviation, relative to 1 + |m|, at which the slopes of units that do not move are taken
_SAME = 1e-13  # part of <phi^2> that a complete series may miss


@dataclass(frozen=True, eq=False)
class OneTime:
    """Averages at one time, shape (P,) each: <phi>, <phi'> and d<phi>/dc0 = <phi''>/2."""

    phi: FloatArray
    slope: FloatArray
    by_variance: FloatArray


@dataclass(frozen=True, eq=False)
class TwoTimes:
    """Averages at the lags, shape (n, P) each: <phi phi>, and its derivatives by c, by m and by c0 (c held); and those
    at one time."""

    q: FloatArray
    p: FloatArray
    by_mean: FloatArray
    by_variance: FloatArray
    one: OneTime


class Sites:
    """Averages of P nonlinearities; the same nonlinearity is looked at once.

    Attributes
    ----------
    lacking : for each population the larger part of <phi^2> and of <phi'^2> that its series lacks; 0 of closed forms.
    bound : on the relative errors of both, of what is made up for the series; shape (2, P).
    late : what that does to <phi phi> in a mean over the lags, relative to <phi^2>, and to <phi' phi'>, relative to the
        larger of <phi'^2> and <phi^2>/c0; shape (2, P). K <phi' phi'> stands beside a 1, and K <phi^2>/c0 is of that
        order: the slopes of saturated units, which rare excursions make, need no digits of their own.
    """

    def __init__(self, nonlinearities: tuple[Any, ...], longest: int = _LONGEST, known: Sites | None = None) -> None:
        self.nonlinearities, self.longest = nonlinearities, longest
        self.lacking, self.late = np.zeros(len(nonlinearities)), np.zeros((2, len(nonlinearities)))
        self.bound = np.zeros((2, len(nonlinearities)))
        self._exact: dict[tuple[int, float, float], Averages] = {}
        self._frozen: dict[tuple[int, float, float, float], FrozenSeries | None] = {}
        self._groups: list[tuple[PairAverages, bool, list[int]]] = []
        for a, phi in enumerate(nonlinearities):
            for _, _, members in self._groups:
                if nonlinearities[members[0]] == phi:
                    members.append(a)
                    break
            else:
                relu = is_relu(phi)
                averages: Any = pair_averages(ReLU() if relu else phi)
                if known is not None and hasattr(averages, "panels"):  # where phi is steep was found out
                    averages.panels = known.panels[len(self._groups)]
                self._groups.append((averages, relu, [a]))

    @property
    def panels(self) -> list[Any]:
        """Where each different phi is steep or kinked, as far as that was looked for."""
        return [getattr(averages, "panels", None) for averages, _, _ in self._groups]

    def closed(self, a: int) -> bool:
        """Whether the averages of a population are known in closed form."""
        return is_relu(self.nonlinearities[a]) or is_erf(self.nonlinearities[a])

    def one_time(self, m: FloatArray, c0: FloatArray) -> OneTime:
        """Return the averages at one time."""
        return self.two_times(c0[None], m, c0, np.zeros((1, len(m))), derivatives=False).one

    def two_times(self, c: FloatArray, m: FloatArray, c0: FloatArray, felt: FloatArray, derivatives: bool) -> TwoTimes:
        """Return the averages at covariances c, shape (n, P), of variances c0; `felt`, of the same shape, is the weight
        with which the variance of a population feels each lag."""
        out, one = [np.zeros(c.shape) for _ in range(4)], np.zeros((3, len(m)))
        for averages, relu, members in self._groups:
            if hasattr(averages, "coefficients"):
                one[:, members] = self._series(averages, members, c, m, c0, felt, derivatives, out)
                continue
            one[:, members] = _first(averages, m[members], _moved(m[members], c0[members]))
            for a in members:
                variance = float(_moved(m[a], c0[a]))
                at = c[:, a] if c0[a] > 0.0 else np.full(len(c), variance)
                self._in_closed_form(averages, relu, a, at, float(m[a]), variance, derivatives, out)
        for a in _resting(c0):
            one[0, a] = self._still(a, float(m[a]))
            out[0][:, a] = one[0, a] ** 2
        q, p, by_mean, by_variance = out
        return TwoTimes(q, p, by_mean, by_variance, OneTime(*one))

    def _still(self, a: int, m: float) -> float:
        """Return phi of a unit that does not move."""
        return float(np.asarray(self.nonlinearities[a](np.array([m])), dtype=float)[0])

    def _series(
        self,
        averages: Any,
        members: list[int],
        c: FloatArray,
        m: FloatArray,
        c0: FloatArray,
        felt: FloatArray,
        derivatives: bool,
        out: list[FloatArray],
    ) -> FloatArray:
        """Add the averages of some populations to `out`; return those at one time, shape (3, n_members)."""
        variance = _moved(m[members], c0[members])
        r = np.where(c0[members] > 0, np.clip(c[:, members] / variance, -1.0, 1.0), 1.0)
        known = np.array([self._centred(a, m[a]) for a in members])
        while True:
            tables = averages.coefficients(m[members], variance)
            n_terms = tables.shape[1] - 1
            part = tables[:, -1] ** 2 / np.maximum(np.sum(tables**2, axis=1), 1e-300)
            part[:, known] = 0.0
            square, steep = np.maximum(np.sum(tables**2, axis=1), 1e-300)
            part[1] *= np.minimum(1.0, steep * variance / square)
            late = part * np.sum(felt[:, members] * np.abs(r) ** n_terms * (np.abs(r) < 1.0), axis=0)
            done = np.all(late[0] <= _LEFT) and (n_terms >= _ENOUGH or np.all(part <= _SAME))
            if done or n_terms >= self.longest or not averages.lengthened():
                break
        self.lacking[members], self.late[:, members] = np.max(part, axis=0), late
        phi, slope = tables
        root = np.sqrt(np.arange(1.0, n_terms))
        spread = np.sqrt(np.maximum(variance, 1e-300))
        for k, a in enumerate(members):
            f, d = phi[:, k], slope[:, k]
            by_variance = np.append(f[: n_terms - 1] * d[1:n_terms] * root / spread[k], np.zeros(2))
            by_mean = 2.0 * f * d * (np.arange(n_terms + 1) < n_terms)
            if derivatives and part[0, k] > _STEEP:  # the last term makes up for all later ones, and moves with them
                of_mean, of_variance = _turns(averages, float(m[a]), float(variance[k]))
                by_mean[-1] = of_mean - by_mean.sum()
                by_variance[-1] = of_variance - float(d @ d) - by_variance.sum()
            rows = np.stack([f * f, d * d, by_mean, by_variance])
            size = np.cumsum(np.abs(rows[:, ::-1]), axis=1)[:, ::-1]
            used = int(np.max(np.sum(size > _CUT * size[:, :1], axis=1), initial=1))
            spend(4e-9 * used * len(c))
            powers = np.ones((used, len(c)))
            np.multiply.accumulate(np.broadcast_to(r[:, k], (used - 1, len(c))), axis=0, out=powers[1:])
            for into, values in zip(out, rows[:, :used] @ powers, strict=True):
                into[:, a] = values
            lost = max(f[-1] ** 2 / max(float(f @ f), 1e-300), d[-1] ** 2 / max(float(d @ d), 1e-300))
            if known[k] and lost > (_ROUGH if self.longest < LONGEST else 0.0):
                self._replace(a, c[:, a], 0.0, float(variance[k]), out, turning=derivatives)
        return np.stack([phi[0], slope[0], 0.5 * slope[1] / spread])

    def exactly(self, c: FloatArray, m: FloatArray, c0: FloatArray, rough: TwoTimes) -> TwoTimes:
        """Return <phi phi> and <phi' phi'> by another way where a series lacks something: 0.1-0.3 s a population."""
        out = [rough.q.copy(), rough.p.copy()]
        for a in self.incomplete:
            exact = self.exact(a, float(m[a]), float(c0[a]), float(np.min(c[:, a])))
            self.bound[:, a] = exact.error, exact.slope_error
            out[0][:, a], out[1][:, a] = exact.corr_phi(c[:, a]), exact.corr_slope(c[:, a])
        return TwoTimes(out[0], out[1], rough.by_mean, rough.by_variance, rough.one)

    @property
    def incomplete(self) -> list[int]:
        """The populations whose series, as long as they may be, still lack something that counts."""
        return [a for a in range(len(self.lacking)) if np.any(self.late[:, a] > _NOTICED)]

    def exact(self, a: int, m: float, c0: float, least: float) -> Averages | FrozenSeries:
        """Return the averages of a population at covariances from the least to c0: by the series of what moves where
        much is frozen and phi is smooth, else by graded quadrature."""
        key = (a, m, c0, least)
        if key not in self._frozen:
            self._frozen.clear() if len(self._frozen) > 4 * len(self.lacking) else None
            self._frozen[key] = frozen_series(MehlerPairs(self.nonlinearities[a]), m, c0, least)
        return self._frozen[key] or self.averages(a, m, c0)

    def averages(self, a: int, m: float, c0: float) -> Averages:
        """Return the averages of a population around its mean at any covariance, with their errors."""
        key = (a, m, c0)
        if key not in self._exact:
            self._exact.clear() if len(self._exact) > 4 * len(self.lacking) else None
            self._exact[key] = averages_of(shifted(self.nonlinearities[a], m), c0)
        return self._exact[key]

    def _replace(
        self, a: int, c: FloatArray, m: float, c0: float, out: list[FloatArray], turning: bool = False
    ) -> None:
        """Put averages by another way than the series into `out`; `turning`: with the derivative by c0."""
        exact = self.averages(a, m, c0)
        out[0][:, a] = exact.corr_phi(c)
        if not turning:
            out[1][:, a] = exact.corr_slope(c)
            return
        both = exact.slope_and_turn(c)
        if both is None:
            dc = _SMALL * c0
            wider = averages_of(self.nonlinearities[a], c0 + dc)
            both = exact.corr_slope(c), (wider.corr_phi(c) - out[0][:, a]) / dc
        out[1][:, a], out[3][:, a] = both

    def _centred(self, a: int, m: float) -> bool:
        """Whether averages around a mean of zero are known in closed form."""
        return m == 0.0 and is_closed(self.nonlinearities[a])

    def _in_closed_form(
        self,
        averages: PairAverages,
        relu: bool,
        a: int,
        c: FloatArray,
        m: float,
        c0: float,
        derivatives: bool,
        out: list[FloatArray],
    ) -> None:
        def at(mean: float, variance: float) -> tuple[FloatArray, FloatArray]:
            spend(3e-7 * len(c))
            held = np.clip(c, -variance, variance)
            if mean == 0.0:  # to all digits also where the variance is small
                centred = averages_of(self.nonlinearities[a], variance)
                return centred.corr_phi(held), centred.corr_slope(held)
            if relu:
                from dmft.numerics.gaussian.relu_row import relu_phases

                return relu_phases(np.array([mean]), np.full((1, len(c)), mean), variance, held)
            return averages.pair(mean, variance, mean, variance, held)

        out[0][:, a], out[1][:, a] = at(m, c0)
        if derivatives:
            dm, dc = _SMALL * (math.sqrt(c0) + abs(m)), _SMALL * c0
            if m != 0.0 or relu:  # of an odd phi <phi phi> is even in m
                out[2][:, a] = (at(m + dm, c0)[0] - at(m - dm, c0)[0]) / (2.0 * dm)
            out[3][:, a] = (at(m, c0 + dc)[0] - out[0][:, a]) / dc


def _turns(averages: MehlerPairs, m: float, c0: float) -> tuple[float, float]:
    """Return the derivatives of <phi^2> by m and by c0, 2 <phi phi'> and <phi'^2 + phi phi''> = <z phi phi'>/sigma."""

    def products(z: FloatArray, values: FloatArray) -> FloatArray:
        product = values[0] * values[1]
        return np.stack([product, z * product])

    lean, turn = averages.averaged(m, c0, WIDTH, products)
    return 2.0 * float(lean), float(turn) / math.sqrt(c0)


def _first(averages: PairAverages, mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Return <phi>, <phi'> and d<phi>/dc0 of closed forms, shape (3, n)."""
    phi, slope = averages.first(mean, variance)
    step = _SMALL * np.maximum(variance, 1e-6)
    return np.stack([phi, slope, (averages.first(mean, variance + step)[0] - phi) / step])


def _moved(m: FloatArray, c0: FloatArray) -> FloatArray:
    """Return variances; where nothing moves, one so small that slopes are those that a small perturbation meets."""
    return np.where(c0 > 0.0, c0, (_STILL * (1.0 + np.abs(m))) ** 2)


def _resting(c0: FloatArray) -> list[int]:
    return [a for a, variance in enumerate(c0) if variance <= 0.0]
