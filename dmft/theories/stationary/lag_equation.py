"""The equation for the correlation function on a mesh of lags: residual, Newton and fixed-point iteration.

    (1 - d^2) C_G(lag) = g^2 C^phi(C_G(lag); C_G(0)) + C_I(lag),      C_G even,
C_I the covariance of a Gaussian input, C_G the Gaussian part of C^x. On the half line [0, T], weak form: zero slope at
T (where C_G has reached its limit, or is at an extremum of a periodic one), and slope -intensity/2 at 0+ with white
noise. The map C_G -> (1 - d^2)^{-1} [g^2 C^phi + C_I] is the fixed-point map; its undamped
residual is the one reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.drive import Drive, OrnsteinUhlenbeck, WhiteNoise
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Callback, FixedPointMethod
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.stationary.solution import SingleSite

FloatArray = NDArray[np.float64]
SiteAt = Callable[[float], SingleSite]

_VARIANCE_STEP = 1e-4  # relative step of the derivative by the variance: error 1e-8 of a term that Newton corrects


@dataclass(frozen=True)
class LagEquation:
    """The self-consistency equation on a mesh.

    Attributes
    ----------
    gain : g.
    site_at : variance -> single-site averages.
    drive : the external input.
    mesh : nodes on [0, T].
    """

    gain: float
    site_at: SiteAt
    drive: Drive | None
    mesh: HalfLine
    _ones: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ones", np.ones_like(self.mesh.nodes))

    def map(self, covariance: FloatArray) -> FloatArray:
        """Return (1 - d^2)^{-1} [g^2 C^phi + C_I] on the nodes."""
        corr_phi = self.site_at(covariance[0]).corr_phi(covariance, self.mesh.nodes)
        return self.mesh.solve(self._ones, self._load(self.gain**2 * corr_phi))

    def residual(self, covariance: FloatArray) -> float:
        """Return max|map(C) - C| / C(0)."""
        return float(np.max(np.abs(self.map(covariance) - covariance)) / covariance[0])

    def _load(self, source: FloatArray) -> FloatArray:
        t = self.mesh.nodes
        if isinstance(self.drive, OrnsteinUhlenbeck):
            source = source + self.drive.variance * np.exp(-t / self.drive.correlation_time)
        load = self.mesh.weights * source
        if isinstance(self.drive, WhiteNoise):
            load[0] += 0.5 * self.drive.intensity
        return load

    def newton_step(self, covariance: FloatArray) -> FloatArray:
        """Return the correction that solves the linearised equation (banded, plus one column for the variance)."""
        mesh, g2, c0 = self.mesh, self.gain**2, float(covariance[0])
        t = mesh.nodes
        site = self.site_at(c0)
        corr_phi = site.corr_phi(covariance, t)
        slope = g2 * site.corr_slope(covariance, t)
        high, low = 1.0 + _VARIANCE_STEP, 1.0 - _VARIANCE_STEP
        # d C^phi / d c0 at fixed C. The covariance may not exceed the variance: C and c0 are scaled together and the
        # part due to C, known in closed form, is taken off again.
        scaled = (
            self.site_at(c0 * high).corr_phi(covariance * high, t)
            - self.site_at(c0 * low).corr_phi(covariance * low, t)
        ) / (2.0 * _VARIANCE_STEP)
        column = mesh.weights * (g2 * scaled - slope * covariance) / c0
        # weak residual: load - (-d^2 + 1) C
        defect = self._load(g2 * corr_phi) - _apply(mesh, self._ones, covariance)
        both = mesh.solve(1.0 - slope, np.stack([defect, column], axis=1))
        plain, border = both.T
        return plain + border * (plain[0] / (1.0 - border[0]))

    def newton(
        self, start: FloatArray, *, rtol: float, max_steps: int, callback: Callback | None
    ) -> tuple[FloatArray, Convergence]:
        """Return the solution by Newton with step halving, and how it ended."""
        c = start
        residual = self.residual(c)
        best, best_residual = c, residual
        history = [residual]
        status = Status.MAX_STEPS
        for index in range(max_steps):
            if callback is not None:
                callback(index, residual)
            if not np.isfinite(residual):
                status = Status.NON_FINITE
                break
            if residual <= rtol:
                status = Status.CONVERGED
                break
            step = self.newton_step(c)
            accepted = False
            for halving in range(6):
                trial = c + 0.5**halving * step
                if trial[0] > 0 and np.max(np.abs(trial)) <= trial[0] * (1 + 1e-8):
                    trial_residual = self.residual(trial)
                    if trial_residual < residual:
                        accepted = True
                        break
            if not accepted:
                status = Status.CONVERGED if residual <= 100 * rtol else Status.STALLED
                break
            c, residual = trial, trial_residual
            history.append(residual)
            if residual < best_residual:
                best, best_residual = c, residual
        return best, Convergence(status, best_residual, len(history) - 1, tuple(history))

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


def _apply(mesh: HalfLine, potential: FloatArray, values: FloatArray) -> FloatArray:
    """Return (-d^2 + potential) C in weak form."""
    upper = mesh.operator(potential)
    p = mesh.degree
    out = upper[p] * values
    for k in range(1, p + 1):
        out[:-k] += upper[p - k, k:] * values[k:]
        out[k:] += upper[p - k, k:] * values[:-k]
    return out
