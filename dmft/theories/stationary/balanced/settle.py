"""From a start to a state that a finer mesh confirms: Newton, refinement where the residual is, and the error."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import BoolArray, FloatArray
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.newton import Equations, Point, newton
from dmft.theories.stationary.centred.problem import MeshCorrelation

ROUNDING = 1e-12  # what is left of a residual in 8-byte arithmetic, relative to the variance
_REFINEMENTS = 10
_MOST_NODES = 40000
_DEEP = 0.1  # part of rtol to which Newton goes on the mesh that a finer one is to confirm


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


def settle(
    site: MeanAverages,
    edges: FloatArray,
    start: Callable[[FloatArray], FloatArray],
    m: float,
    rtol: float,
    max_steps: int,
    passing: bool = False,
) -> State:
    """Solve from a start, on a mesh refined until other nodes leave a residual below `rtol`.

    Parameters
    ----------
    edges : of the elements to begin with.
    start : lag -> c.
    m : mean to begin with.
    passing : the state is only passed on a walk: Newton's own residual does.
    """
    mesh = HalfLine(edges)
    c = np.asarray(start(mesh.nodes), dtype=float)
    history: tuple[float, ...] = ()
    goal = rtol if passing else max(_DEEP * rtol, ROUNDING)
    before, by_mesh = math.inf, True
    for attempt in range(_REFINEMENTS):
        point, steps = newton(Equations(site, mesh), c, m, goal, max_steps)
        history += steps
        if passing or not point.residual <= max(rtol, ROUNDING):
            return State(site, mesh, point, point.residual, math.nan, math.nan, history)
        fine = Equations(site.finer(), mesh.split())
        check = fine.at(np.clip(mesh.interpolate(point.c, fine.mesh.nodes), -point.c[0], point.c[0]), point.m)
        too_many = len(fine.mesh.nodes) > _MOST_NODES
        if check.residual <= max(rtol, ROUNDING) or too_many or attempt == _REFINEMENTS - 1:
            break
        if not check.residual < 0.3 * before:  # it was not the mesh, or not the phases, that was too coarse
            by_mesh = not by_mesh or site.amplitude == 0
        if not by_mesh:
            site = site.finer()
        else:
            mesh = mesh.split(_rough(fine, check, rtol))
        before = check.residual
        c, m = fine.mesh.interpolate(check.c, mesh.nodes), check.m
    try:
        step = fine.step(check)
        error, sensitivity = 2.0 * abs(float(step.c[0])) / float(point.c[0]) + ROUNDING, step.sensitivity
    except (np.linalg.LinAlgError, ValueError):
        error, sensitivity = math.nan, math.nan
    return State(site, mesh, point, check.residual, error, sensitivity, history)


def _rough(fine: Equations, check: Point, rtol: float) -> BoolArray:
    """Return which elements of the mesh hold more of the residual than their share."""
    size = np.abs(check.weak) / float(check.c[0])
    k = fine.mesh.degree
    of_half = np.array([size[i * k : (i + 1) * k + 1].sum() for i in range(len(fine.mesh.edges) - 1)])
    of_element = of_half.reshape(-1, 2).sum(axis=1)
    share = max(0.1 * rtol / len(of_element), 0.01 * float(of_element.max()))
    return np.asarray(of_element > share)
