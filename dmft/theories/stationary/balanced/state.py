"""A state of the mean-field equations on a mesh of lags: whether it moves, and how well its window holds it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.newton import Equations, Point
from dmft.theories.stationary.centred.problem import MeshCorrelation


@dataclass(frozen=True, eq=False)
class State:
    """A state on a mesh.

    Attributes
    ----------
    site, mesh, point : the equations' parameters, nodes, and c, m with their averages.
    residual : of the undamped map on a mesh of other nodes, twice as many, and with more phases.
    error : bound on the relative error of c(0) by mesh and phases: what a Newton step on those nodes changes.
    sensitivity : d log c(0) over a relative error of the averages.
    history : residuals of the Newton steps.
    """

    site: MeanAverages
    mesh: HalfLine
    point: Point
    residual: float
    error: float
    sensitivity: float
    history: tuple[float, ...]

    @property
    def c(self) -> FloatArray:
        """Covariance given the phase, on the nodes."""
        return self.point.c

    @property
    def m(self) -> float:
        """Mean of h."""
        return self.point.m

    @property
    def length(self) -> float:
        """Length of the window."""
        return self.mesh.length

    def __call__(self, lags: ArrayLike) -> FloatArray:
        """Return c at any lag; beyond the window as periodic as the drive, or at its last value."""
        return MeshCorrelation(self.mesh, self.c, 0.0 if self.averaged else self.site.half_period)(lags)

    @property
    def averaged(self) -> bool:
        """Whether c is its average over a period of a fast drive."""
        return Equations(self.site, self.mesh).averaged

    @property
    def moving(self) -> float:
        """1 - correlation over whole periods, at the end of the window: 0 in a state that repeats with its drive."""
        period = 0.0 if self.averaged else 2.0 * self.site.half_period
        last = period * math.floor(self.length / period * (1 + 1e-12)) if period > 0 else self.length
        return 1.0 - float(self.mesh.interpolate(self.c, last)) / float(self.c[0])

    @property
    def mismatch(self) -> float:
        """How far c at the end of the window is from its limit, relative to the variance."""
        site, half = self.site, self.site.half_period
        t = self.mesh.nodes
        if half > 0 and not self.averaged:
            # even about every multiple of half a period; of a window of one period, the part that is far from lag 0
            middle = self.length - half
            last = (t >= middle) & (t <= middle + (0.5 if self.length < 2.5 * half else 1.0) * half * (1 + 1e-9))
            again = self(2.0 * middle - t[last])
            return float(np.max(np.abs(self.c[last] - again)) / self.c[0])
        limit = site.gain**2 * self.point.q[-1] + float(site.input(t[-1:])[0])
        stiffness = max(1.0 - site.gain**2 * float(self.point.p[-1]), 1e-6)
        return float(abs(self.c[-1] - limit) / (stiffness * self.c[0]))
