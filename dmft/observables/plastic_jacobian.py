"""Spectrum of the Jacobian of a plastic network: neurons and synapses together.

Linearising and eliminating dA gives, for an eigenvalue l of the joint N + N^2 system,
    (1 + l) v = (J + A) D v + k/(1 + p l) [C0 1 + phi phi^T/N] D v,    D = diag phi'(x), C0 = <phi^2>.
N^2 - N eigenvalues are exactly -1/p; the other 2 N are those of
    [[-1 + (J + A) D, 1], [(k/p) (C0 1 + phi phi^T/N) D, -1/p]].
A and phi phi^T/N have a rank of order one and give outliers only. The bulk fills the region S(l) >= 1 with
    S(l) = g^2 <phi'^2/|1 + l - k C0 phi'/(1 + p l)|^2>.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import answering
from dmft.models.checks import integer
from dmft.observables.jacobian import spectrum_of
from dmft.theories.plastic_couplings import plastic_bulk
from dmft.theories.reduction import Reduction
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.plastic.process import RememberedProcess

_NODES = 512


@dataclass(frozen=True, eq=False)
class PlasticJacobianSpectrum:
    """Bulk of the 2 N eigenvalues of the joint Jacobian that are not -1/p, in units of 1/tau.

    Attributes
    ----------
    network : the plastic network.
    square_rate : C0 = <phi^2>.
    slopes : nodes of the law of phi'(x), of equal weight, shape (n_node,).
    states : values x drawn from the stationary law, for `sample`.
    """

    network: Reduction
    square_rate: float
    slopes: FloatArray = field(repr=False)
    states: FloatArray = field(repr=False)

    def bulk_function(self, eigenvalue: ArrayLike) -> Any:
        """Return S(l) for complex l: the bulk is where it is at least 1."""
        weights = np.full(len(self.slopes), 1.0 / len(self.slopes))
        return plastic_bulk(self.network, self.square_rate, self.slopes, weights, eigenvalue)

    def contains(self, eigenvalue: ArrayLike) -> Any:
        """Return whether l lies in the bulk."""
        return np.asarray(self.bulk_function(eigenvalue)) >= 1.0

    @property
    def abscissa(self) -> float:
        """Largest real part of the bulk."""
        return self.rightmost.real

    @property
    def rightmost(self) -> complex:
        """Point of the bulk with the largest real part, and Im >= 0: its frequency is where the state oscillates."""
        from scipy.optimize import minimize_scalar

        heights = np.linspace(0.0, self._reach(), 41)
        edges = np.array([self._right_edge(y) for y in heights])
        best = int(np.argmax(edges))
        low, high = heights[max(best - 1, 0)], heights[min(best + 1, len(heights) - 1)]
        found = minimize_scalar(lambda y: -self._right_edge(y), bounds=(low, high), method="bounded")
        y = float(found.x) if -found.fun > edges[best] else float(heights[best])
        return complex(self._right_edge(y), y)

    def bands(self, *, resolution: float = 0.01) -> list[tuple[float, float]]:
        """Return the intervals of Re l that the bulk occupies, from left to right; two of them if neurons and synapses
        part.

        Slopes near 0 put thin filaments of the region along the axis between the two centres, -1 and -1/p; only what is
        wider than `resolution` counts.
        """
        re = np.arange(-2.0 - self._reach(), self._reach(), resolution)
        im = np.arange(resolution, self._reach(), resolution)
        inside = np.zeros(len(re), dtype=bool)
        for y in im[:: max(1, len(im) // 60)]:
            inside |= self.contains(re + 1j * y)
        starts = np.flatnonzero(inside & ~np.roll(inside, 1))
        ends = np.flatnonzero(inside & ~np.roll(inside, -1))
        return [(float(re[a]), float(re[b])) for a, b in zip(starts, ends, strict=True)]

    def sample(self, n: int, seed: int | np.random.SeedSequence) -> ComplexArray:
        """Return the 2 n eigenvalues for one drawn J and n states drawn independently; A, of rank O(1), is left out.

        Cost O(n^3).
        """
        integer("n", n, least=2)
        rng = np.random.default_rng(seed)
        net = self.network
        x = rng.choice(self.states, size=n)
        phi, slope = np.asarray(net.nonlinearity(x)), np.asarray(net.nonlinearity.derivative(x))
        couplings = rng.standard_normal((n, n)) * (net.g / math.sqrt(n))
        eye = np.eye(n)
        feedback = (net.k / net.p) * (np.mean(phi**2) * eye + np.outer(phi, phi) / n) * slope
        matrix = np.block([[couplings * slope - eye, eye], [feedback, -eye / net.p]])
        return np.linalg.eigvals(matrix).astype(np.complex128)

    def unstable_angle(self, *, n: int = 400, seed: int = 0) -> float:
        """Return the mean |arg l| of eigenvalues with Re l > 0, in radians; nan if there are none.

        Towards pi/2 for anti-Hebbian synapses (oscillation), towards 0 for Hebbian ones (slowing).
        """
        eigenvalues = self.sample(n, seed)
        unstable = eigenvalues[eigenvalues.real > 1e-9]
        return float(np.mean(np.abs(np.angle(unstable)))) if len(unstable) else math.nan

    def _reach(self) -> float:
        # |1 + l| <= g max phi' + |k| C0 max phi'/|1 + p l| bounds the bulk
        top = float(self.slopes.max())
        net = self.network
        return net.g * top + math.sqrt(abs(net.k) * self.square_rate * top / net.p) + 0.5

    def _right_edge(self, height: float) -> float:
        """Return the largest Re l of the bulk at a given Im l; -inf if there is none right of -1/p."""
        from scipy.optimize import brentq

        re = np.linspace(-1.0 / self.network.p + 1e-3, self._reach(), 48)
        excess = self.bulk_function(re + 1j * height) - 1.0
        inside = np.flatnonzero(excess >= 0)
        if not len(inside) or inside[-1] == len(re) - 1:
            return -math.inf
        i = inside[-1]
        return float(brentq(lambda a: self.bulk_function(complex(a, height)) - 1.0, re[i], re[i + 1], xtol=1e-10))


@spectrum_of.register
@answering
def plastic_jacobian_spectrum(process: RememberedProcess, solution: StationarySolution) -> PlasticJacobianSpectrum:
    """Return the bulk of the joint Jacobian's spectrum in the state of a plastic network.

    Parameters
    ----------
    solution : of plastic couplings, not quiescent.

    Returns
    -------
    PlasticJacobianSpectrum

    Raises
    ------
    ValueError : for a quiescent solution, whose Jacobian is that of the random network.

    Notes
    -----
    Accuracy: the reduction to 2 N is exact (`tests/reference/test_plastic_jacobian.py`, against all N + N^2
    eigenvalues); the bulk against eigenvalues of drawn matrices in `tests/statistical/test_plastic_networks.py`.
    The law of phi' is sampled: the abscissa scatters by about 2e-3. Cost: 0.1 s.
    """
    if solution.state == "quiescent":
        raise ValueError("the solution is quiescent, x = 0: its spectrum is the disc of a random network of gain g")
    from dmft.theories.stationary.plastic.paths import solution_paths

    x = solution_paths(solution, 0).x
    thinned = x[:: max(1, round(1.0 / solution.process.step))].ravel()
    slopes = np.sort(np.asarray(solution.reduction.nonlinearity.derivative(x), dtype=float).ravel())
    per_node = len(slopes) // _NODES
    nodes = slopes[len(slopes) - per_node * _NODES :].reshape(_NODES, per_node).mean(axis=1)
    return PlasticJacobianSpectrum(solution.reduction, float(solution.corr_phi[0]), nodes, thinned)
