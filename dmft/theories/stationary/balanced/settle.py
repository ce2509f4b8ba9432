"""From a start to a state that a finer mesh confirms: Newton, refinement where the residual is, and the error."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.newton import Equations, newton
from dmft.theories.stationary.balanced.state import State
from dmft.theories.stationary.goal import Goal

ROUNDING = 1e-12  # what is left of a residual in 8-byte arithmetic, relative to the variance
_REFINEMENTS = 10
_MOST_NODES = 40000
_DEEP = 0.1  # part of rtol to which Newton goes on the mesh that a finer one is to confirm


def settle(
    site: MeanAverages,
    edges: FloatArray,
    start: Callable[[FloatArray], FloatArray],
    m: float,
    goal: Goal,
) -> State:
    """Solve from a start, on a mesh refined until other nodes leave a residual below `rtol`.

    Parameters
    ----------
    edges : of the elements to begin with.
    start : lag -> c.
    m : mean to begin with.
    """
    rtol, passing = goal.rtol, goal.passing
    mesh = HalfLine(edges)
    c = np.asarray(start(mesh.nodes), dtype=float)
    history: tuple[float, ...] = ()
    deep = rtol if passing else max(_DEEP * rtol, ROUNDING)
    before, by_mesh = math.inf, True
    for attempt in range(_REFINEMENTS):
        point, steps = newton(Equations(site, mesh), c, m, deep, goal.max_steps)
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
            mesh = mesh.split(fine.mesh.heavy_pairs(np.abs(check.weak) / float(check.c[0]), rtol))
        before = check.residual
        c, m = fine.mesh.interpolate(check.c, mesh.nodes), check.m
    try:
        step = fine.step(check)
        error, sensitivity = 2.0 * abs(float(step.c[0])) / float(point.c[0]) + ROUNDING, step.sensitivity
    except (np.linalg.LinAlgError, ValueError):
        error, sensitivity = math.nan, math.nan
    return State(site, mesh, point, check.residual, error, sensitivity, history)
