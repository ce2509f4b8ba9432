"""Spectrum of the Jacobian -1 + J diag(phi'(x)) of a network with partially symmetric couplings.

With d = phi'(x), z the distance from -1, u = z/d - rho g^2 a and the two unknowns a (complex) and s >= 0,
    a = <u*/(|u|^2 + s)>,    1 = g^2 <1/(|u|^2 + s)>  inside the support,    s = 0 outside:
the cavity equations of the resolvent of z/d - J, whose self-energy is rho g^2 a on the diagonal and g^2 times the
(chiral) order parameter off it; x_i is correlated with J, but to the order that matters only with the field it hears.
The resolvent of J d has the trace G(z), z G = 1 - s/g^2 + rho g^2 a^2; by Gauss's law its mean over a circle is the
fraction of eigenvalues inside. Symmetry 0 gives the disc, constant d the ellipse of Sommers, Crisanti, Sompolinsky &
Stein, PRL 60, 1895 (1988), of half axes g d (1 + rho) and g d (1 - rho).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import answering
from dmft.numerics.gaussian.panels import evaluated
from dmft.observables.jacobian import JacobianSpectrum, spectrum_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.symmetric.process import EchoedProcess

_N_ANGLES = 48  # on a quarter of a circle
_NEWTON = 60
_SMALL = 1e-12
_RHO_STEP = 0.05
_EDGE_LIMIT, _LAW_LIMIT = 1.0 - 1e-9, 0.99  # of |rho|; the law at 0.99 is that at 1 to 3e-3
_STRETCH = 0.1  # of the logarithm of the distance in one step along a radius


@dataclass(frozen=True, eq=False, repr=False)
class EllipticSpectrum(JacobianSpectrum):
    """Eigenvalues around -1 in a deformed ellipse, symmetric about both axes through -1, in general not uniform.

    Attributes
    ----------
    radius : largest distance of the support from -1, in units of 1/tau.
    abscissa : largest real part of the bulk.
    slopes, weights : nodes and weights of the law of phi'(x), shape (n_nodes,).
    gain, symmetry : g and rho.
    """

    def boundary(self, angle: ArrayLike) -> Any:
        """Return the distance of the edge of the support from -1 in the direction `angle`: a float for a number."""
        theta = np.asarray(angle, dtype=float)
        edge = self._on_edge(theta.ravel(), _EDGE_LIMIT)[0].reshape(theta.shape)
        return float(edge) if theta.ndim == 0 else edge

    def _on_edge(self, theta: FloatArray, limit: float) -> FloatArray:
        """Return r, Re a and Im a on the edge, where s = 0: by Newton's method, led from symmetry 0, the disc.

        At full symmetry the support has no area: |rho| stays below `limit`.
        """
        direction = np.exp(1j * theta)
        r = np.full(len(theta), self.gain * math.sqrt(float(self.weights @ self.slopes**2)))
        a = float(self.weights @ self.slopes) / (r * direction)
        before = unknown = np.stack([r, a.real, a.imag])
        target = float(np.clip(self.symmetry, -limit, limit))
        n_steps = math.ceil(abs(target) / _RHO_STEP)
        for rho in target * np.arange(1, n_steps + 1) / max(n_steps, 1):

            def equations(v: FloatArray, rho: float = rho) -> FloatArray:
                return self._mismatch(v[0] * direction, v[1] + 1j * v[2], np.zeros_like(v[0]), rho)

            before, unknown = unknown, _newton(equations, 2.0 * unknown - before)
        return unknown

    @cached_property
    def _edge(self) -> tuple[FloatArray, FloatArray]:
        angles = np.linspace(0.0, 0.5 * math.pi, _N_ANGLES + 1)
        return angles, self.boundary(angles)

    @property
    def radius(self) -> float:
        """Return the largest distance of the support from -1."""
        return float(np.max(self._edge[1]))

    @property
    def abscissa(self) -> float:
        """Return the largest real part of the bulk."""
        angles, edge = self._edge
        return float(np.max(edge * np.cos(angles))) - 1.0

    def density(self, r: ArrayLike) -> Any:
        """Return the density per unit area at the distance r from -1, averaged over directions."""
        radii = np.asarray(r, dtype=float)
        h = 1e-3 * self.radius
        low, high = np.maximum(radii - h, 0.0), radii + h
        found = (self.cdf(high) - self.cdf(low)) / (math.pi * (high**2 - low**2))
        return float(found) if radii.ndim == 0 else found

    def _enclosed(self, radius: float) -> float:
        # Gauss-Legendre on the parts of the quarter circle inside and outside the support
        angles = self._edge[0]
        edge = self._on_edge(angles, _LAW_LIMIT)[0]
        crossings = _crossings(angles, edge - radius)
        limits = np.concatenate([[0.0], crossings, [0.5 * math.pi]])
        nodes, weights = np.polynomial.legendre.leggauss(16)
        total = 0.0
        for low, high in itertools.pairwise(limits):
            theta = 0.5 * (high - low) * (nodes + 1.0) + low
            total += 0.5 * (high - low) * float(weights @ self._flux(radius, theta))
        return float(np.clip(total / (0.5 * math.pi), 0.0, 1.0))

    def _flux(self, radius: float, theta: FloatArray) -> FloatArray:
        """Return Re z G(z) = Re [1 - s/g^2 + rho g^2 a^2] at z = radius exp(i theta), all inside or all outside.

        Newton's method is led along the radius from the edge, where the solution is known: elsewhere there are others.
        """
        direction = np.exp(1j * theta)
        edge, *a = self._on_edge(theta, _LAW_LIMIT)
        inside = bool(radius < np.mean(edge))
        rho = float(np.clip(self.symmetry, -_LAW_LIMIT, _LAW_LIMIT))
        unknown = np.stack([*a, np.zeros_like(edge)])[: 3 if inside else 2]
        stretch = np.log(radius / edge)
        n_steps = max(1, math.ceil(float(np.max(np.abs(stretch))) / _STRETCH))
        before = unknown
        for step in range(1, n_steps + 1):
            z = edge * np.exp(stretch * step / n_steps) * direction

            def equations(v: FloatArray, z: ComplexArray = z) -> FloatArray:
                return self._mismatch(z, v[0] + 1j * v[1], v[2] if inside else np.zeros(len(z)), rho)[: len(v)]

            before, unknown = unknown, _newton(equations, 2.0 * unknown - before)
        s = unknown[2] if inside else 0.0
        echo = rho * self.gain**2 * (unknown[0] + 1j * unknown[1]) ** 2
        return np.asarray(1.0 - s / self.gain**2 + echo.real, dtype=float)

    def _mismatch(self, z: ComplexArray, a: ComplexArray, s: FloatArray, rho: float) -> FloatArray:
        """Return Re and Im of g (<u*/(|u|^2 + s)> - a), and g^2 <1/(|u|^2 + s)> - 1, shape (3, n)."""
        d, g2 = self.slopes, self.gain**2
        v = z[:, None] - rho * g2 * a[:, None] * d  # u d
        bottom = np.abs(v) ** 2 + s[:, None] * d**2
        trace = (d * v.conj() / bottom) @ self.weights - a
        return np.stack([self.gain * trace.real, self.gain * trace.imag, g2 * ((d**2 / bottom) @ self.weights) - 1.0])


def _newton(equations: Any, start: FloatArray) -> FloatArray:
    """Return the roots of n small systems at once, unknowns (n_unknown, n), by Newton with halved steps."""
    x = start.copy()
    value = equations(x)
    scale = np.maximum(np.max(np.abs(start), axis=1), 1e-2 * np.max(np.abs(start)))
    for _ in range(_NEWTON):
        size = np.max(np.abs(value), axis=0)
        if np.all(size < _SMALL):
            break
        columns = []
        for k in range(len(x)):
            moved = x.copy()
            moved[k] += 1e-7 * scale[k]
            columns.append((equations(moved) - value) / (1e-7 * scale[k]))
        matrix = np.moveaxis(np.array(columns), 0, 1)  # (equation, unknown, n)
        step = -np.linalg.solve(np.moveaxis(matrix, 2, 0), value.T[:, :, None])[:, :, 0].T
        length = np.ones(x.shape[1])
        for _ in range(8):
            trial = x + length * step
            new = equations(trial)
            worse = ~(np.max(np.abs(new), axis=0) < size)
            if not np.any(worse):
                break
            length = np.where(worse, 0.5 * length, length)
        x, value = trial, new
    return x


def _crossings(angles: FloatArray, difference: FloatArray) -> FloatArray:
    """Return the angles where the difference changes sign, by linear interpolation."""
    at = np.flatnonzero(np.sign(difference[:-1]) * np.sign(difference[1:]) < 0)
    part = difference[at] / (difference[at] - difference[at + 1])
    return angles[at] + part * (angles[at + 1] - angles[at])


@spectrum_of.register
@answering
def _(process: EchoedProcess, solution: StationarySolution) -> EllipticSpectrum:
    """Law of phi'(x) from the sampled quantiles of |x|, phi being odd."""
    network = solution.reduction
    slopes = evaluated(network.nonlinearity.derivative, np.array(process.quantiles))
    weights = np.full(slopes.shape, 1.0 / len(slopes))
    return EllipticSpectrum(network.g, slopes, weights, network.symmetry)
