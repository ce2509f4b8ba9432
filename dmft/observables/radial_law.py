"""Eigenvalues of the Jacobian that fill a disc or an ellipse: their radial law."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.models.checks import integer


@dataclass(frozen=True, eq=False)
class JacobianSpectrum:
    """Disc of eigenvalues around -1, isotropic, in general not uniform.

    Attributes
    ----------
    radius : g sqrt(<phi'^2>), in units of 1/tau.
    abscissa : largest real part of the bulk, radius - 1.
    slopes, weights : nodes and weights of the law of phi'(x), shape (n_nodes,).
    gain, symmetry : g and rho.
    """

    gain: float
    slopes: FloatArray = field(repr=False)
    weights: FloatArray = field(repr=False)
    symmetry: float = 0.0

    @property
    def radius(self) -> float:
        """Return g sqrt(<phi'^2>)."""
        return self.gain * math.sqrt(float(self.weights @ self.slopes**2))

    @property
    def abscissa(self) -> float:
        """Return the largest real part of the bulk."""
        return self.radius - 1.0

    def cdf(self, r: ArrayLike) -> Any:
        """Return the fraction of eigenvalues within the distance r of -1: a float for a number.

        1 - gamma(r), with gamma the root of <g^2 d^2/(r^2 + gamma g^2 d^2)> = 1, d = phi'(x)
        [Girko's law with a variance profile; Ahmadian, Fumarola & Miller, PRE 91, 012820 (2015)].
        """
        return self._per_radius(r, self._enclosed, inside_zero=self._silent, outside=1.0)

    def density(self, r: ArrayLike) -> Any:
        """Return the density of eigenvalues per unit area of the complex plane at the distance r from -1."""

        def at(radius: float) -> float:
            # cdf'(r)/(2 pi r), by the implicit derivative of the equation for gamma
            d2 = (self.gain * self.slopes) ** 2
            bottom = (radius * radius + (1.0 - self._enclosed(radius)) * d2) ** 2
            return float((self.weights @ (d2 / bottom)) / (math.pi * (self.weights @ (d2 * d2 / bottom))))

        active = self.slopes > 0
        zero = float(self.weights[active] @ (1.0 / (self.gain * self.slopes[active]) ** 2))
        zero /= math.pi * float(self.weights[active].sum())
        return self._per_radius(r, at, inside_zero=zero, outside=0.0)

    def sample(self, n: int, seed: int | np.random.SeedSequence) -> ComplexArray:
        """Return the n eigenvalues of one matrix -1 + J diag(d), d drawn from the law of phi'(x).

        J_ij ~ N(0, g^2/n), n cov(J_ij, J_ji) = rho g^2.
        Finite matrices scatter about the disc; their cumulative radial law tends to `cdf`. Cost O(n^3).
        """
        integer("n", n, least=2)
        rng = np.random.default_rng(seed)
        slopes = rng.choice(self.slopes, size=n, p=self.weights / self.weights.sum())
        draw = rng.standard_normal((n, n)) * (self.gain / math.sqrt(n))
        plus, minus = math.sqrt(1.0 + self.symmetry), math.sqrt(1.0 - self.symmetry)
        couplings = 0.5 * (plus + minus) * draw + 0.5 * (plus - minus) * draw.T
        return np.asarray(np.linalg.eigvals(couplings * slopes) - 1.0, dtype=np.complex128)

    @property
    def _silent(self) -> float:
        """Fraction of neurons of zero slope: as many eigenvalues sit at -1 exactly."""
        return float(self.weights[self.slopes == 0].sum())

    def _per_radius(self, r: ArrayLike, value: Any, *, inside_zero: float, outside: float) -> Any:
        radii = np.asarray(r, dtype=float)
        if np.any(radii < 0):
            raise ValueError(f"r must not be negative, got {radii.min()}")
        out = np.empty(radii.shape)
        for index, radius in np.ndenumerate(radii):
            if radius >= self.radius:
                out[index] = outside
            elif radius == 0:
                out[index] = inside_zero
            else:
                out[index] = value(float(radius))
        return float(out) if radii.ndim == 0 else out

    def _enclosed(self, radius: float) -> float:
        """Return the fraction within a radius of the disc, 1 - gamma."""
        from scipy.optimize import brentq

        d2 = (self.gain * self.slopes) ** 2

        def excess(gamma: float) -> float:
            return float(self.weights @ (d2 / (radius * radius + gamma * d2))) - 1.0

        return 1.0 - float(brentq(excess, 0.0, 1.0, xtol=1e-14)) if excess(1.0) < 0 < excess(0.0) else 1.0
