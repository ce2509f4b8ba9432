"""Causal march of the two-time single-site process across the halt of the synapses.

    dx/dt = -x + eta + (A phi),    <eta(t) eta(s)> = g^2 C(t, s) over both epochs,
    (A phi)(t) = k int_{-inf}^{min(t, t0)} ds exp(-(min(t, t0) - s)/p)/p C(t, s) phi(x(s)).

M sample paths. The rates met so far are written in an orthogonal basis of the sample space, phi(t) = sum_r alpha_r(t)
b_r, b_r . b_s = M delta_rs, with a Gaussian vector z_r for each b_r: eta(t) = g sum_r alpha_r(t) z_r has the covariance
g^2 alpha(t) . alpha(s) = g^2 C(t, s) identically, and no matrix is factorised. With z_r independent this would be a
network of M neurons exactly (J b_r = g z_r, J revealed as it is needed), with all its finite-size effects. Here z_r is
made orthogonal to the other z_s and to the b_s: the sample covariances that vanish in the limit vanish in the sample.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.numerics.sampling import fast
from dmft.theories.reduction import Reduction

SingleArray = NDArray[np.float32]

_NEW_BEFORE, _NEW_AFTER = 1e-5, 1e-6  # relative |phi_perp|^2 above which the basis grows, before and after the halt


class March:
    """The sample paths now, and the basis of the rates met so far.

    Parameters
    ----------
    network : a plastic network.
    n_paths : M.
    step : time step, exponential Adams-Bashforth of second order.
    max_rank : largest size of the basis; beyond it new directions are dropped (`full`).
    generator : source of the random numbers.
    """

    def __init__(
        self, network: Reduction, n_paths: int, step: float, max_rank: int, generator: np.random.Generator
    ) -> None:
        self.network, self.n_paths, self.step, self.max_rank = network, n_paths, step, max_rank
        self._generator = generator
        self._phi = fast(network.nonlinearity)
        self.x: FloatArray = generator.standard_normal(n_paths)
        self.basis: SingleArray = np.empty((64, n_paths), dtype=np.float32)
        self.noise: SingleArray = np.empty((64, n_paths), dtype=np.float32)
        self._rest: SingleArray = np.empty((64, n_paths), dtype=np.float32)
        self.rank = 0
        self.full = False
        self.halted = False
        # A = sum_rs b_r K_rs b_s / M
        self.memory: FloatArray = np.zeros((0, 0))
        self._old: FloatArray | None = None
        self._old_force: FloatArray | None = None
        ratio = step / network.p
        mean = -math.expm1(-ratio) / ratio
        self._decay = math.exp(-ratio)
        self._gains = (network.k * (mean - self._decay), network.k * (1.0 - mean))
        self.velocity = math.inf
        self.phi: FloatArray = self._phi(self.x)

    def advance(self) -> None:
        """Move by one step."""
        alpha = self.coordinates(self.phi)
        if not self.halted:
            self._learn(alpha)
        force = self.force(alpha)
        old = force if self._old_force is None else self._old_force
        h = self.step
        decay = math.exp(-h)
        change = (1.0 - decay) * (force - self.x) + (h - 1.0 + decay) / h * (force - old)
        self.velocity = math.sqrt(float(np.mean(np.square(force - self.x))))
        self.x = self.x + change
        self._old_force = force
        self.phi = self._phi(self.x)

    def halt(self) -> None:
        """Keep A as it is from now on."""
        self.halted = True

    def coordinates(self, phi: FloatArray) -> FloatArray:
        """Return alpha of phi, after adding phi's new direction to the basis if there is one; shape (rank,)."""
        single = phi.astype(np.float32)
        alpha = (self.basis[: self.rank] @ single).astype(float) / self.n_paths
        square = float(phi @ phi) / self.n_paths
        tolerance = _NEW_AFTER if self.halted else _NEW_BEFORE
        if square - float(alpha @ alpha) <= tolerance * square:
            return alpha
        if self.rank >= self.max_rank:
            self.full = True
            return alpha
        # twice: what a first pass leaves is small, and its rounding errors would grow from one vector to the next
        rest = _without(_without(single, self.basis[: self.rank], self.n_paths), self.basis[: self.rank], self.n_paths)
        length = float(np.sqrt(np.mean(np.square(rest, dtype=float))))
        self._append(rest / np.float32(length))
        return np.append(alpha, length)

    def force(self, alpha: FloatArray) -> FloatArray:
        """Return eta + A phi for the rates of coordinates alpha."""
        out = (self.network.g * alpha).astype(np.float32) @ self.noise[: len(alpha)]
        n = len(self.memory)
        if n:
            out += (self.memory @ alpha[:n]).astype(np.float32) @ self.basis[:n]
        return out.astype(float)

    def _learn(self, alpha: FloatArray) -> None:
        grown = np.zeros((len(alpha), len(alpha)))
        n = len(self.memory)
        grown[:n, :n] = self._decay * self.memory
        if self._old is None:
            self._old = alpha
        else:
            m = len(self._old)
            grown[:m, :m] += self._gains[0] * np.outer(self._old, self._old)
            grown += self._gains[1] * np.outer(alpha, alpha)
        self.memory, self._old = grown, alpha

    def _append(self, direction: SingleArray) -> None:
        if self.rank == len(self.basis):
            size = min(self.max_rank, 2 * self.rank)
            for name in ("basis", "noise", "_rest"):
                larger = np.empty((size, self.n_paths), dtype=np.float32)
                larger[: self.rank] = getattr(self, name)
                setattr(self, name, larger)
        self.basis[self.rank] = direction
        # b and z are not orthogonal to each other: the span of both is kept as z and what of b lies outside it
        self._rest[self.rank] = self._outside(direction, self.rank)
        z = self._generator.standard_normal(self.n_paths, dtype=np.float32)
        self.noise[self.rank] = self._outside(z, self.rank + 1)
        self.rank += 1

    def _outside(self, vector: SingleArray, n_rest: int) -> SingleArray:
        """Return the part of a vector outside the span of the noise and the basis, of mean square 1."""
        for _ in range(2):
            vector = _without(vector, self.noise[: self.rank], self.n_paths)
            vector = _without(vector, self._rest[:n_rest], self.n_paths)
        return np.asarray(vector / np.sqrt(np.mean(np.square(vector, dtype=float))), dtype=np.float32)


def _without(vector: SingleArray, rows: SingleArray, n_paths: int) -> SingleArray:
    """Return the vector with its components along orthogonal rows of square length n_paths taken out."""
    if not len(rows):
        return vector
    return np.asarray(vector - ((rows @ vector) / np.float32(n_paths)) @ rows, dtype=np.float32)
