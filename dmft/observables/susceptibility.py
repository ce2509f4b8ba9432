"""Response of the population means to a weak common input at a frequency.

Under h_a(t) = h_a + dh_a e^{i w t} means and covariances follow, dm_a e^{i w t} and dc_a(t, s) = e^{i w (t + s)/2}
gamma_a(t - s): linearised around the stationary state,
    (1 + i w tau_a) dm_a = dh_a + sum_b A_ab (<phi'> dm + <phi''> gamma(0)/2)_b,
    [(1 + i w tau_a/2)^2 - tau_a^2 d^2] gamma_a
        = sum_b K_ab (dq/dc gamma + cos(w lag/2) [dq/dm dm + dq/dc0 gamma(0)])_b,
q(c; m, c0) = <phi phi>. Where a part is frozen the source does not decay: gamma = D cos(w lag/2) + a part that does,
    (1 + i w tau_a) D_a = sum_b K_ab (dq/dc D + dq/dm dm + dq/dc0 gamma(0))_b at lag infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.numerics.spectral_elements import HalfLine
from dmft.observables.lag_functions import moving_part
from dmft.observables.rate_distribution import check_gaussian
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.one_step import OneStep
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.populations.site import Sites

_SECONDS = 1e-10  # of a dense solve, times the cube of its size


@dataclass(frozen=True, eq=False)
class Susceptibility:
    """Responses at a frequency.

    Attributes
    ----------
    omega : angular frequencies, in rad per unit of time (per step).
    mean_x, mean_phi : d m_a/d h_b and d <phi_a>/d h_b, complex, shape (P, P, *omega.shape), row a the one that
        responds, column b the one that hears the input; without the first two axes for a population without a name.
    """

    omega: FloatArray
    mean_x: ComplexArray
    mean_phi: ComplexArray

    def __array__(self, dtype: Any = None, copy: Any = None) -> ComplexArray:
        return np.array(self.mean_phi, dtype=dtype)


@answering
def susceptibility(solution: StationarySolution, omega: ArrayLike) -> Susceptibility:
    """Return how the means of the populations respond to a weak common input dh_b exp(i w t).

    Parameters
    ----------
    solution : from `solve_stationary`, of Gaussian x, in discrete time too.
    omega : angular frequencies, any shape.

    Returns
    -------
    Susceptibility : `mean_phi` to numpy. At w = 0 it is the derivative of the stationary state by its bias.

    Raises
    ------
    TypeError : for another solution.
    ValueError : for frequencies that are not finite, a solution without a state, or one of which x is not Gaussian.
    TooCostlyError : for more populations and lags than a dense solve can take.

    Notes
    -----
    The mean of all units of a population responds, not a single unit: what single units do cancels but for what the
    means of the couplings, and of phi, carry. In a state without means and of odd phi it is <phi'>/(1 + i w tau).
    Source: linearised two-time theory, derived here.
    Accuracy: at w = 0 the difference of two solutions to 1e-6, of a march under a weak sinusoid to 1e-3
    (`tests/limits/test_susceptibility.py`). Cost: 20 ms a frequency for two populations.
    """
    if not isinstance(solution, StationarySolution):
        raise TypeError(f"the solution must be that of dmft.solve_stationary, got {type(solution).__name__}")
    w = np.asarray(omega, dtype=float)
    if not np.all(np.isfinite(w)):
        raise ValueError(f"omega must be finite, got {w[~np.isfinite(w)].flat[0]}")
    check_gaussian(solution.process, solution)
    blocks = blocks_of(solution.network)
    of = _Stepped(solution, blocks) if isinstance(solution.process, SteppedProcess) else _Leaky(solution, blocks)
    found = np.array([of.at(float(value)) for value in w.ravel()]).reshape(*w.shape, 2, len(blocks), len(blocks))
    x, phi = (np.moveaxis(found[..., k, :, :], (-2, -1), (0, 1)) for k in (0, 1))
    return Susceptibility(w, x if blocks.named else x[0, 0], phi if blocks.named else phi[0, 0])


class _Stepped:
    """Discrete time: means and variances follow in each step by the derivative of the one-step map."""

    def __init__(self, solution: StationarySolution, blocks: Blocks) -> None:
        step = OneStep(blocks)
        self._moments = step.moments(blocks.populated(solution.mean_x), blocks.populated(solution.variance))
        self._jacobian = step.jacobian(self._moments)

    def at(self, omega: float) -> ComplexArray:
        """Return the responses of m and <phi>, shape (2, P, P)."""
        n = len(self._moments)
        turned = np.eye(2 * n) - self._jacobian * np.exp(-1j * omega)
        moved = np.linalg.solve(turned, np.eye(2 * n)[:, :n])
        slope = np.array([f.slope for f in self._moments])
        curve = np.array([f.mean_by_variance for f in self._moments])
        return np.array([moved[:n], slope[:, None] * moved[:n] + curve[:, None] * moved[n:]])


class _Leaky:
    """Continuous time, on a mesh of lags."""

    def __init__(self, solution: StationarySolution, blocks: Blocks) -> None:
        self.blocks = blocks
        functions = moving_part(solution, "x")
        mesh = functions.mesh
        assert mesh is not None
        self.mesh: HalfLine = mesh
        n, P = len(mesh.nodes), len(blocks)
        check_cost(
            f"responses of {P} populations at {n} lags",
            seconds=_SECONDS * (n * P) ** 3,
            memory=64.0 * (n * P) ** 2,
            remedy="merge populations",
        )
        mean, top = blocks.populated(solution.mean_x), blocks.populated(solution.variance)
        c = np.clip((functions.moving + functions.limit[:, None]).T, -top, top)
        sites = Sites(blocks.nonlinearities)
        felt = np.full(c.shape, 1.0 / len(c))
        self._pair = sites.two_times(c, mean, top, felt, derivatives=True)
        self._one = sites.one_time(mean, top)
        far = sites.two_times(functions.limit[None], mean, top, felt[:1], derivatives=True)
        self._far = [values[0] for values in (far.p, far.by_mean, far.by_variance)]
        self._bending = _dense(mesh)

    def at(self, omega: float) -> ComplexArray:
        """Return the responses of m and <phi>, shape (2, P, P).

        Unknowns: dm, D, the decaying part of gamma at the nodes, and gamma(0) = D + that part at lag 0.
        """
        blocks, mesh, P, n = self.blocks, self.mesh, len(self.blocks), len(self.mesh.nodes)
        K, tau, w = blocks.K, blocks.tau, mesh.weights
        p, by_mean, by_variance = self._pair.p, self._pair.by_mean, self._pair.by_variance
        p_far, mean_far, variance_far = self._far
        wave = np.cos(0.5 * omega * mesh.nodes)
        # rows and columns: dm (P), D (P), r (P n)
        size = 2 * P + P * n
        system = np.zeros((size, size), dtype=complex)
        m, d = slice(0, P), slice(P, 2 * P)
        first = 2 * P + n * np.arange(P)  # r at lag 0 of each population
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
        right = np.zeros((size, P), dtype=complex)
        right[m] = np.eye(P)
        found = np.linalg.solve(system, right)
        moved, variance = found[m], found[d] + found[first]
        rate = self._one.slope[:, None] * moved + self._one.by_variance[:, None] * variance
        return np.array([moved, rate])


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
