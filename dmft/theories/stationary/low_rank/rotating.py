"""States in which kappa rotates: complex outliers.

kappa turns at omega = Im lam/Re lam where <phi'>_{c0} = 1/Re lam; x is stationary all the same if every direction of
the plane is alike (S_mm). With c the covariance of x, rho2 that of its rotating part,
    (1 - d^2) c = g^2 q(c) + s + (1 + omega^2) rho2 cos(omega lag),   c(0) = c0,   |kappa|^2 = (1 + omega^2) rho2.
Periodic solutions live on half a period; with noise, or chaos on top, on a window at whose end only the rotation is
left. Unknowns are c on the nodes and rho2; Newton's method, a banded system with one border.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian import Averages, rough_averages
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.low_rank import Structure

_SWEEPS = 120  # of the damped map, from which Newton's method starts
_REACH = 36.0
_MOST_PERIODS = 400
_ELEMENT = 0.5  # longest element
_PERIODIC = 1e-9  # of c0, that the end of a window may differ from a rotation


@dataclass(frozen=True, eq=False)
class Rotation:
    """A covariance that rotates in the end.

    Attributes
    ----------
    mesh, values : c on its nodes; even about the end of the mesh.
    rho2 : variance of the rotating part of x.
    omega : angular frequency.
    residual : of the equation, relative to c0.
    error : what one step of Newton's method on halved elements changes, twice, relative to c0.
    left : how far the end of the window is from a rotation, relative to c0.
    """

    mesh: HalfLine
    values: FloatArray
    rho2: float
    omega: float
    residual: float
    error: float = math.nan
    left: float = 0.0


class _Equation:
    def __init__(self, structure: Structure, of: Averages, omega: float, mesh: HalfLine) -> None:
        self.of, self.mesh, self.c0 = of, mesh, of.variance
        self.g2, self.omega = structure.g**2, omega
        self.static, self.white = structure.threshold_variance, structure.white
        self.wave = np.cos(omega * mesh.nodes)

    def held(self, c: FloatArray, of: Averages | None = None) -> FloatArray:
        """Return (1 - d^2)^-1 [g^2 q(c) + s + noise]: what is not the rotation."""
        load = self.mesh.weights * (self.g2 * (of or self.of).corr_phi(np.clip(c, -self.c0, self.c0)) + self.static)
        load[0] += 0.5 * self.white
        return self.mesh.solve(1.0, load, polish=True)

    def lacks(self, c: FloatArray, rho2: float) -> FloatArray:
        return self.held(c) + rho2 * self.wave - c

    def sweep(self, c: FloatArray, of: Averages | None = None) -> tuple[FloatArray, float]:
        held = self.held(c, of)
        rho2 = self.c0 - float(held[0])
        return held + rho2 * self.wave, rho2

    def step(self, c: FloatArray, rho2: float) -> tuple[FloatArray, float]:
        """Return the Newton step of c and rho2."""
        slope = self.g2 * self.of.corr_slope(np.clip(c, -self.c0, self.c0))
        rest = self.mesh.apply(1.0, self.lacks(c, rho2))
        border = (1.0 + self.omega**2) * self.mesh.weights * self.wave
        plain, more = self.mesh.solve(1.0 - slope, np.stack([rest, border], axis=1)).T
        by = (self.c0 - float(c[0]) - float(plain[0])) / float(more[0])
        return plain + by * more, by

    def newton(self, c: FloatArray, rho2: float, most: int = 30) -> tuple[FloatArray, float, float]:
        size = math.inf
        for _ in range(most):
            dc, by = self.step(c, rho2)
            c, rho2 = c + dc, rho2 + by
            before, size = size, float(np.max(np.abs(dc))) / self.c0
            if not math.isfinite(size) or (size < 1e-10 and size > 0.25 * before) or size < 1e-15:
                break
        return c, rho2, float(np.max(np.abs(self.lacks(c, rho2)))) / self.c0


def periodic(structure: Structure, of: Averages, omega: float) -> Rotation | None:
    """Return the covariance that only rotates (no noise); None if its rotating part would have no positive variance."""
    half = math.pi / abs(omega)
    mesh = HalfLine(_edges(structure, of, half, 1))
    equation = _Equation(structure, of, omega, mesh)
    c, rho2 = of.variance * equation.wave, of.variance
    for _ in range(30):
        new, rho2 = equation.sweep(c)
        if float(np.max(np.abs(new - c))) < 1e-3 * of.variance:
            break
        c = 0.5 * (c + new)
    return _finished(structure, equation, *equation.newton(c, rho2))


def windowed(structure: Structure, of: Averages, omega: float, rate: float = 0.5) -> Rotation | None:
    """Return the covariance with a part that decays, by noise or chaos; None where the map finds none.

    The window is made longer until its end only rotates.
    """
    half = math.pi / abs(omega)
    count = max(2, math.ceil(_REACH / (2.0 * rate) / half))
    start: tuple[FloatArray, HalfLine] | None = None
    while count <= _MOST_PERIODS:
        mesh = HalfLine(_edges(structure, of, half, count))
        equation = _Equation(structure, of, omega, mesh)
        if start is None:
            t = mesh.nodes
            c, rho2 = of.variance * (0.6 * equation.wave + 0.4 * np.exp(-t / 3.0)), 0.6 * of.variance
            cheap = rough_averages(structure.nonlinearity, of.variance)
            for _ in range(_SWEEPS):
                new, rho2 = equation.sweep(c, cheap)
                change = float(np.max(np.abs(new - c)))
                c = 0.5 * (c + new)
                if change < 1e-4 * of.variance:
                    break
        else:
            values, old = start
            fold = np.mod(mesh.nodes - old.length, 2.0 * half)
            inside = np.where(mesh.nodes > old.length, old.length - np.minimum(fold, 2.0 * half - fold), mesh.nodes)
            c = old.interpolate(values, inside)
        c, rho2, residual = equation.newton(c, rho2)
        found = _finished(structure, equation, c, rho2, residual)
        if found is None or found.left < _PERIODIC * 1e-2:
            return found
        start, count = (c, mesh), math.ceil(1.6 * count)
    return found


def _finished(
    structure: Structure, equation: _Equation, c: FloatArray, rho2: float, residual: float
) -> Rotation | None:
    """Return the solution with its error on halved elements; None for what is no covariance."""
    c0, mesh = equation.c0, equation.mesh
    if not (math.isfinite(residual) and rho2 > 0.0 and float(np.max(np.abs(c))) <= c0 * (1.0 + 1e-6)):
        return None
    fine = mesh.split()
    finer = _Equation(structure, equation.of, equation.omega, fine)
    there = mesh.interpolate(c, fine.nodes)
    step, by = finer.step(there, rho2)
    residual = max(residual, float(np.max(np.abs(finer.lacks(there, rho2)))) / c0)
    found = Rotation(mesh, c, rho2, equation.omega, residual, 2.0 * max(float(np.max(np.abs(step))), abs(by)) / c0)
    half = math.pi / abs(equation.omega)
    if mesh.length < 1.5 * half:
        return found
    t = np.linspace(0.0, min(half, mesh.length - half), 41)
    before = mesh.length - 2.0 * half + t  # the same point of the rotation, a period earlier
    moved = mesh.interpolate(c, np.abs(before)) - mesh.interpolate(c, mesh.length - t)
    return replace(found, left=float(np.max(np.abs(moved))) / c0)


def _edges(structure: Structure, of: Averages, half: float, count: int) -> FloatArray:
    """Return elements on `count` half periods that resolve c next to each of its extrema, where phi phi is steep."""
    fine = min(0.05, max(0.2 / (1.0 + structure.g**2 * of.mean_square_slope), 3e-3))
    whole = graded_edges(fine, _ELEMENT, 0.5 * half) if half > 2.0 * fine else np.array([0.0, 0.5 * half])
    cell = np.concatenate([whole, half - whole[-2::-1]])
    return np.concatenate([[0.0], *(k * half + cell[1:] for k in range(count))])
