"""The equations of the two-time theory of populations, linearised around a stationary state.

With dm_a e^{i w t} and dc_a(t, s) = e^{i w (t + s)/2} gamma_a(t - s) they are
    (1 + i w tau_a) dm_a = dh_a + sum_b A_ab (<phi'> dm + <phi''> gamma(0)/2)_b,
    [(1 + i w tau_a/2)^2 - tau_a^2 d^2] gamma_a
        = sum_b K_ab (dq/dc gamma + cos(w lag/2) [dq/dm dm + dq/dc0 gamma(0)])_b,
q(c; m, c0) = <phi phi>. Where a part is frozen the source does not decay: gamma = D cos(w lag/2) + a part that does,
    (1 + i w tau_a) D_a = sum_b K_ab (dq/dc D + dq/dm dm + dq/dc0 gamma(0))_b at lag infinity.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.site import Sites

_SECONDS = 1e-10  # of a dense solve, times the cube of its size
_TURN = 0.5  # largest change of a phase, in radians, between two frequencies
_MOST = 400  # frequencies
_REAL = 1e-6  # imaginary over real part of an eigenvalue that is taken for real
_FAR = 1e-3  # distance of the determinant from that without couplings, beyond which its phase counts


class LinearResponse:
    """The linear equations of dm, D and the decaying part of gamma at the nodes of a mesh of lags.

    Parameters
    ----------
    blocks : the populations.
    mesh : of lags.
    moving, limit : part of the covariance of x that decays, at the nodes, and that which does not, shape (n, P), (P,).
    mean, top : mean and variance of x, shape (P,).
    sites : of the populations, where their averages have been taken before.
    """

    def __init__(
        self,
        blocks: Blocks,
        mesh: HalfLine,
        moving: FloatArray,
        limit: FloatArray,
        mean: FloatArray,
        top: FloatArray,
        sites: Sites | None = None,
    ) -> None:
        self.blocks, self.mesh = blocks, mesh
        n, P = len(mesh.nodes), len(blocks)
        check_cost(
            f"responses of {P} populations at {n} lags",
            seconds=_SECONDS * (n * P) ** 3,
            memory=64.0 * (n * P) ** 2,
            remedy="merge populations",
        )
        c = np.clip(moving + limit, -top, top)
        sites = Sites(blocks.nonlinearities) if sites is None else sites
        felt = np.full(c.shape, 1.0 / len(c))
        self._pair = sites.two_times(c, mean, top, felt, derivatives=True)
        self._one = sites.one_time(mean, top)
        far = sites.two_times(limit[None], mean, top, felt[:1], derivatives=True)
        self._far = [values[0] for values in (far.p, far.by_mean, far.by_variance)]
        self._bending = _dense(mesh)

    def system(self, omega: float) -> ComplexArray:
        """Return the matrix. Rows and columns: dm (P), D (P), gamma (P n)."""
        blocks, mesh, P, n = self.blocks, self.mesh, len(self.blocks), len(self.mesh.nodes)
        K, tau, w = blocks.K, blocks.tau, mesh.weights
        p, by_mean, by_variance = self._pair.p, self._pair.by_mean, self._pair.by_variance
        p_far, mean_far, variance_far = self._far
        wave = np.cos(0.5 * omega * mesh.nodes)
        size = 2 * P + P * n
        system = np.zeros((size, size), dtype=complex)
        m, d = slice(0, P), slice(P, 2 * P)
        first = 2 * P + n * np.arange(P)  # gamma at lag 0 of each population
        system[m, m] = np.diag(1.0 + 1j * omega * tau) - blocks.A * self._one.slope
        for place in (d, first):
            system[m, place] -= blocks.A * self._one.by_variance
        system[d, d] = np.diag(1.0 + 1j * omega * tau) - K * (p_far + variance_far)
        system[d, first] = -K * variance_far
        system[d, m] = -K * mean_far
        for a in range(P):
            rows = slice(2 * P + n * a, 2 * P + n * (a + 1))
            system[rows, rows] += tau[a] ** 2 * self._bending + (1.0 + 0.5j * omega * tau[a]) ** 2 * np.diag(w)
            for b in range(P):
                columns = slice(2 * P + n * b, 2 * P + n * (b + 1))
                system[rows, columns] -= np.diag(w * K[a, b] * p[:, b])
                driven = w * wave * K[a, b]
                from_variance = driven * (by_variance[:, b] - variance_far[b])
                system[rows, b] -= driven * (by_mean[:, b] - mean_far[b])
                system[rows, first[b]] -= from_variance
                system[rows, P + b] -= driven * (p[:, b] - p_far[b]) + from_variance
        return system

    def at(self, omega: float) -> ComplexArray:
        """Return the responses of m and <phi> to an input of each population, shape (2, P, P)."""
        P, n = len(self.blocks), len(self.mesh.nodes)
        system = self.system(omega)
        right = np.zeros((len(system), P), dtype=complex)
        right[:P] = np.eye(P)
        found = np.linalg.solve(system, right)
        moved, variance = found[:P], found[P : 2 * P] + found[2 * P + n * np.arange(P)]
        rate = self._one.slope[:, None] * moved + self._one.by_variance[:, None] * variance
        return np.array([moved, rate])

    def growing_modes(self) -> int | None:
        """Return how many modes of the means grow, complex ones among them; None if they can't be counted.

        By the argument principle: the determinant of the response of the means, over that without couplings, turns by
        pi a growing mode from w = 0 to infinity, and back by pi a mode that grows with the means held fixed; of these
        there are as many as negative real eigenvalues, whose number the sign of the determinant at w = 0 must confirm.
        """
        held = self.growing_with_means_fixed()
        if not np.any(self.blocks.A):
            return held
        omega = [0.0, *(np.logspace(-2.0, 1.5, 24) / float(np.max(self.blocks.tau)))]
        values = [self._ratio(w) for w in omega]
        while abs(values[-1] - 1.0) > _FAR and len(omega) < _MOST:
            omega.append(2.0 * omega[-1])
            values.append(self._ratio(omega[-1]))
        i = 0
        while i + 1 < len(omega):
            if abs(_turn(values[i], values[i + 1])) <= _TURN:
                i += 1
            elif len(omega) >= _MOST:
                return None
            else:
                middle = 0.5 * (omega[i] + omega[i + 1])
                omega.insert(i + 1, middle)
                values.insert(i + 1, self._ratio(middle))
        turned = sum(_turn(one, other) for one, other in itertools.pairwise(values))
        turned += _turn(values[-1], 1.0)
        count = turned / math.pi + held
        if (values[0].real < 0.0) != (held % 2 == 1):
            return None
        return round(count) if abs(count - round(count)) < 0.1 and count > -0.5 else None

    def growing_with_means_fixed(self) -> int:
        """Return how many real eigenvalues of the equations of the covariances alone are negative."""
        P = len(self.blocks)
        alone = self.system(0.0).real[P:, P:]
        alone[P:] /= np.tile(self.mesh.weights, P)[:, None]
        values = np.linalg.eigvals(alone)
        return int(np.sum((values.real < 0.0) & (np.abs(values.imag) < _REAL * np.abs(values.real))))

    def _ratio(self, omega: float) -> complex:
        return complex(np.linalg.det(self.at(omega)[0]) * np.prod(1.0 + 1j * omega * self.blocks.tau))


def _turn(one: complex, other: complex) -> float:
    return float(np.angle(other / one)) if one != 0 else math.inf


def _dense(mesh: HalfLine) -> FloatArray:
    """Return -d^2 in weak form as a dense matrix."""
    banded, p = mesh.operator(0.0), mesh.degree
    n = banded.shape[1]
    out = np.zeros((n, n))
    for k in range(p + 1):
        values = banded[p - k, k:]
        out[np.arange(n - k), np.arange(k, n)] = values
        out[np.arange(k, n), np.arange(n - k)] = values
    return out
