"""The equation for the correlation function on a mesh of lags: residual, Newton and fixed-point iteration.

    (1 - d^2) C_G(lag) = g^2 C^phi(C_G(lag); C_G(0)) + C_I(lag),      C_G even,
C_I the covariance of a Gaussian input, C_G the Gaussian part of C^x. On the half line [0, T], weak form: zero slope at
T (where C_G has reached its limit, or is at an extremum of a periodic one), and slope -intensity/2 at 0+ with white
noise. The map C_G -> (1 - d^2)^{-1} [g^2 C^phi + C_I] is the fixed-point map; its undamped
residual is the one reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Callback, FixedPointMethod
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.centred.lag_averages import LagAverages

SiteAt = Callable[[float], LagAverages]

_MARGIN = 0.1  # part of rtol that Newton aims at: other nodes will find a residual of their own
_OVERSHOOT = 1e-3  # part by which |C| may exceed C(0) on the way; the map takes it for C(0) there
_VARIANCE_STEP = 1e-4  # relative step of the derivative by the variance: error 1e-8 of a term that Newton corrects


@dataclass(frozen=True)
class Terms:
    """What the equation takes from the single site: the variance c0, C^phi on the nodes, and the site itself."""

    variance: float
    corr_phi: FloatArray
    site: LagAverages


@dataclass(frozen=True)
class EquationOnMesh:
    """The self-consistency equation on a mesh.

    Attributes
    ----------
    network : the gain, and the private Gaussian input.
    site_at : variance -> single-site averages.
    mesh : nodes on [0, T].
    """

    network: Reduction
    site_at: SiteAt
    mesh: HalfLine
    _memory: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def gain(self) -> float:
        """g."""
        return self.network.g

    def terms(self, covariance: FloatArray) -> Terms:
        """Return the averages that the equation takes at this covariance."""
        memory = self._memory
        if "covariance" not in memory or not np.array_equal(memory["covariance"], covariance):
            memory["terms"] = self._found_terms(covariance)
            memory["covariance"] = covariance.copy()
        found: Terms = memory["terms"]
        return found

    def _found_terms(self, covariance: FloatArray) -> Terms:
        site = self.site_at(float(covariance[0]))
        return Terms(float(covariance[0]), site.corr_phi(covariance, self.mesh.nodes), site)

    def map(self, covariance: FloatArray) -> FloatArray:
        """Return (1 - d^2)^{-1} [g^2 C^phi + C_I] on the nodes."""
        load = self._load(self.gain**2 * self.terms(covariance).corr_phi)
        spend(8e-6 * len(load))
        return self.mesh.solve(1.0, load, polish=True)

    def residual(self, covariance: FloatArray) -> float:
        """Return max|map(C) - C| / c0."""
        return float(np.max(np.abs(self.map(covariance) - covariance)) / self.variance(covariance))

    def variance(self, covariance: FloatArray) -> float:
        """Return c0 = C_G(0)."""
        return float(covariance[0])

    def is_admissible(self, covariance: FloatArray) -> bool:
        """Whether this can be a covariance, or nearly: a series may be followed a little beyond |C| = C(0)."""
        if not np.all(np.isfinite(covariance)):
            return False
        c0 = self.variance(covariance)
        return bool(c0 > 0) and bool(np.max(np.abs(covariance)) <= c0 * (1.0 + _OVERSHOOT))

    def _load(self, source: FloatArray) -> FloatArray:
        t = self.mesh.nodes
        if self.network.coloured:
            source = source + self.network.private_covariance(t)
        load = self.mesh.weights * source
        load[0] += 0.5 * self.network.intensity
        return load

    def linear_response(self, covariance: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """Return f -> u, (-d^2 + 1) u - g^2 dC^phi[u] = f in weak form (banded, plus one column for the variance)."""
        mesh, g2 = self.mesh, self.gain**2
        slope, by_variance = self.slopes(covariance)
        slope, column = g2 * slope, mesh.weights * (g2 * by_variance)
        border = mesh.solve(1.0 - slope, column)

        def respond(right: FloatArray) -> FloatArray:
            plain = mesh.solve(1.0 - slope, right)
            return np.asarray(plain + border * (plain[0] / (1.0 - border[0])), dtype=float)

        return respond

    def defect(self, covariance: FloatArray) -> FloatArray:
        """Return what the weak equation lacks."""
        return self._load(self.gain**2 * self.terms(covariance).corr_phi) - self.mesh.apply(1.0, covariance)

    def slopes(self, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi' phi'> = dC^phi/dC and d C^phi/d c0 on the nodes."""
        site = self.terms(covariance).site
        return site.corr_slope(covariance, self.mesh.nodes), self._by_variance(site, covariance)

    def _by_variance(self, site: Any, covariance: FloatArray) -> FloatArray:
        """Return d C^phi / d c0 at fixed C."""
        t, c0 = self.mesh.nodes, float(covariance[0])
        known = getattr(site, "corr_by_variance", None)
        if known is not None:
            return np.asarray(known(covariance, t), dtype=float)
        # The covariance may not exceed the variance: C and c0 are scaled together and the part due to C, known in
        # closed form, is taken off again.
        high, low = 1.0 + _VARIANCE_STEP, 1.0 - _VARIANCE_STEP
        scaled = (
            self.site_at(c0 * high).corr_phi(covariance * high, t)
            - self.site_at(c0 * low).corr_phi(covariance * low, t)
        ) / (2.0 * _VARIANCE_STEP)
        return np.asarray((scaled - site.corr_slope(covariance, t) * covariance) / c0, dtype=float)

    def newton_step(self, covariance: FloatArray) -> FloatArray:
        """Return the correction that solves the linearised equation."""
        return self.linear_response(covariance)(self.defect(covariance))

    def newton(
        self, start: FloatArray, *, rtol: float, max_steps: int, callback: Callback | None
    ) -> tuple[FloatArray, Convergence]:
        """Return the solution by Newton with step halving, and how it ended."""
        c = start
        residual = self.residual(c) if self.variance(c) > 0 else math.nan
        history = [residual]
        status = Status.MAX_STEPS
        for index in range(max_steps):
            if callback is not None:
                callback(index, residual)
            if not np.isfinite(residual):
                status = Status.NON_FINITE
                break
            if residual <= _MARGIN * rtol:
                status = Status.CONVERGED
                break
            step = self.newton_step(c)
            for halving in range(7):
                trial = c + 0.5**halving * step
                ahead = self.residual(trial) if self.is_admissible(trial) else math.inf
                if ahead < residual:
                    break
            else:
                status = Status.CONVERGED if residual <= rtol else Status.STALLED
                break
            c, residual = trial, ahead
            history.append(residual)
        return c, Convergence(status, residual, len(history) - 1, tuple(history))

    def iterate(
        self, start: FloatArray, method: FixedPointMethod, *, rtol: float, max_steps: int, callback: Callback | None
    ) -> tuple[FloatArray, Convergence]:
        """Return the solution by iterating the map, and how it ended."""

        def admissible_map(c: FloatArray) -> FloatArray:
            return self.map(np.clip(c, -c[0], c[0])) if c[0] > 0 else np.full_like(c, np.nan)

        return method.solve(admissible_map, start, rtol=rtol, max_steps=max_steps, callback=callback)

    def solve(
        self,
        start: FloatArray,
        method: FixedPointMethod | None,
        *,
        rtol: float,
        max_steps: int,
        callback: Callback | None,
    ) -> tuple[FloatArray, Convergence]:
        """Return the solution by the method asked for; by default Newton, and Anderson where Newton gets stuck."""
        settings: dict[str, Any] = {"rtol": rtol, "max_steps": max_steps, "callback": callback}
        if method is not None:
            return self.iterate(start, method, **settings)
        c, outcome = self.newton(start, **settings)
        if outcome.status is Status.STALLED:
            from dmft.numerics.fixed_point import Anderson

            nearer, rough = self.iterate(c, Anderson(depth=5), rtol=1e-4, max_steps=max_steps, callback=callback)
            c, outcome = self.newton(nearer, **settings)
            outcome = replace(outcome, steps=outcome.steps + rough.steps, history=rough.history + outcome.history)
        return c, outcome
