"""Simulator of the plastic network dx_i/dt = -x_i + sum_j (J_ij + A_ij) phi(x_j), p dA/dt = -A + (k/N) phi phi^T."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from dmft.models.checks import one_of
from dmft.models.named import PlasticNetwork
from validation.ensemble import coupling_bytes
from validation.ensemble import couplings as draw_couplings
from validation.simulators.plastic_explicit import ExplicitSynapses
from validation.simulators.plastic_history import RateHistory
from validation.simulators.product import CouplingProduct
from validation.simulators.readout import Readout
from validation.simulators.revealed import RevealedProduct

# Adams-Bashforth of order 1 ... 4, newest derivative first.
_COEFFICIENTS = (
    np.array([1.0]),
    np.array([3.0, -1.0]) / 2.0,
    np.array([23.0, -16.0, 5.0]) / 12.0,
    np.array([55.0, -59.0, 37.0, -9.0]) / 24.0,
)
INTEGRATOR = "adams-bashforth-4"


class PlasticSimulator(Readout):
    """States and tangent vectors of one `PlasticNetwork`; the plastic couplings are kept as past rates, or as a matrix.

    Adams-Bashforth 4 for the neurons; the synapses by weights exact for phi phi^T linear in a step. The perturbation of
    A is carried along with a tangent vector, so exponents are those of the joint system; orthonormalisation acts on the
    neuronal part, which gives the same exponents as any other norm as long as they lie above -1/p (perturbations of A
    that no neuron feels decay at that rate, and have no neuronal part).

    Parameters
    ----------
    network : what is simulated.
    n : number of neurons.
    dt : time step in units of tau.
    dtype : precision of couplings and states.
    n_states : number of initial states of the same J, each with plastic couplings of its own, A = 0 at first.
    n_tangents : number of tangent vectors of each state.
    generators : for the couplings, the initial state, the input (unused) and the tangents.
    integrator : None, or "adams-bashforth-4".
    couplings : of J: "explicit", or "revealed" (see `revealed`).
    synapses : of A: "history", as past rates (`plastic_history`), or "explicit", as a matrix (`plastic_explicit`), with
        one more for each tangent vector: a check of the former, and faster for N < 200.
    """

    reveals = True  # couplings="revealed" is understood

    def __init__(
        self,
        network: PlasticNetwork,
        n: int,
        *,
        dt: float,
        dtype: Any = np.float32,
        n_states: int = 1,
        n_tangents: int = 0,
        generators: list[np.random.Generator],
        integrator: str | None = None,
        couplings: str = "explicit",
        synapses: str = "history",
    ) -> None:
        self.network, self.n, self.dt = network, n, dt
        self.n_states, self.n_tangents = n_states, n_tangents
        self.time = 0.0
        for_couplings, for_state, _, for_tangents = generators
        rows = n_states * (1 + n_tangents)
        self._product: CouplingProduct | RevealedProduct
        if one_of("synapses", synapses, ("history", "explicit")) == "explicit" and couplings == "revealed":
            raise ValueError("synapses must be 'history' with revealed couplings, got 'explicit'")
        if couplings == "revealed":
            self._product = RevealedProduct(n, network.g, dtype, for_couplings)
        else:
            self._product = CouplingProduct(draw_couplings(n, network.g, 0.0, dtype, for_couplings), rows)
        self._state = np.empty((rows, n), dtype=dtype)
        self._state[:n_states] = for_state.standard_normal((n_states, n), dtype=np.float32)
        self._derivatives = np.zeros((4, rows, n), dtype=dtype)
        self._taken = 0
        self.synapses: list[Any]
        if synapses == "explicit":
            fixed = np.ascontiguousarray(self.couplings)
            self.synapses = [ExplicitSynapses(fixed, network.k, network.p, dt, n_tangents) for _ in range(n_states)]
        else:
            self.synapses = [RateHistory(network.k, network.p, n, dt, n_tangents, dtype) for _ in range(n_states)]
        if n_tangents:
            self._tangents[...] = for_tangents.standard_normal((n_states, n_tangents, n), dtype=np.float32)
            self.orthonormalise()

    @classmethod
    def check(cls, network: PlasticNetwork, integrator: str | None) -> type[Self]:
        """Refuse an integrator other than Adams-Bashforth 4; return the class."""
        if integrator not in (None, INTEGRATOR):
            raise ValueError(f"integrator must be None or {INTEGRATOR!r} for a plastic network, got {integrator!r}")
        return cls

    @classmethod
    def default_dt(cls, network: PlasticNetwork, integrator: str | None = None) -> float:
        """Return the default time step: 0.1, less for large g and for fast synapses."""
        return min(0.1 / max(1.0, network.g / 4.0), 0.1 * network.p, cls.largest_dt(network, integrator))

    @classmethod
    def largest_dt(cls, network: PlasticNetwork, integrator: str | None = None) -> float:
        """Return the largest stable step of Adams-Bashforth 4 (0.3 over the distance of the farthest eigenvalue)."""
        steepest = float(network.nonlinearity.derivative(0.0))
        scaled = network.g * abs(steepest)
        # anti-Hebbian feedback k C0 phi'/(1 + p l) moves eigenvalues by sqrt(|k|/p) at most, by |k| for fast synapses
        strength = abs(network.k * steepest)
        extra = min(strength, math.sqrt(strength / network.p)) if network.k < 0 else 0.0
        return 0.3 / (1.0 + min(scaled, math.sqrt(scaled)) + extra)

    @classmethod
    def time_step_bias(cls, network: PlasticNetwork, dt: float, integrator: str | None = None) -> float:
        """Return a bound on the relative bias that the time step leaves in averages (tests/invariants)."""
        return 1e-3 * (dt / 0.1) ** 2

    @classmethod
    def memory(cls, network: PlasticNetwork, n: int, n_states: int, n_tangents: int, itemsize: int) -> int:
        """Return the bytes that a run allocates, roughly: couplings, rows with their history, past rates."""
        rows = n_states * (1 + n_tangents)
        past = 2 * math.ceil(12.0 * network.p / cls.default_dt(network))
        return coupling_bytes(n, itemsize) + (8 + past) * rows * n * itemsize

    @property
    def _tangents(self) -> NDArray[Any]:
        return self._state[self.n_states :].reshape(self.n_states, self.n_tangents, self.n)

    @property
    def couplings(self) -> NDArray[Any]:
        """J, shape (N, N), acting from the second index to the first; a view (couplings="explicit")."""
        return self._product.couplings

    @property
    def x(self) -> NDArray[Any]:
        """The state, shape (N, n_states)."""
        return self._state[: self.n_states].T

    @property
    def tangents(self) -> NDArray[Any]:
        """The neuronal part of the tangent vectors, shape (N, n_tangents, n_states)."""
        return self._tangents.transpose(2, 1, 0)

    @property
    def velocity(self) -> NDArray[Any]:
        """Dx/dt at the last step, shape (N, n_states)."""
        return self._derivatives[0, : self.n_states].T

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt."""
        order = min(self._taken, 3)
        self._derivatives = np.roll(self._derivatives, 1, axis=0)
        self._couple(self._derivatives[0])
        self._derivatives[0] -= self._state
        for weight, derivative in zip(_COEFFICIENTS[order], self._derivatives, strict=False):
            self._state += self._state.dtype.type(self.dt * weight) * derivative
        self._taken += 1
        self.time += self.dt

    def halt_synapses(self) -> None:
        """Keep A as it is from now on."""
        for history in self.synapses:
            history.halted = True

    def resume_synapses(self) -> None:
        """Let A follow the activity again, from where it was halted."""
        for history in self.synapses:
            history.halted = False

    def place(self, x: NDArray[Any]) -> None:
        """Put the states at x, shape (N, n_states), leaving the synapses as they are."""
        self._state[: self.n_states] = np.asarray(x).T
        self._taken = 0

    def imprint(self, x: NDArray[Any]) -> None:
        """Put the states at x, shape (N, n_states), and the synapses where these rates held for ever would bring them.

        A = (k/N) phi phi^T: a fixed point of the synapses, and one of the network if x = J phi + k <phi^2> phi.
        """
        self.place(x)
        for history, rates in zip(self.synapses, self.rates.T, strict=True):
            history.imprint(rates)

    def strengthen(self, k: float) -> None:
        """Go on with another plasticity strength of the same sign; A is multiplied by the ratio of the two."""
        if k * self.network.k <= 0:
            raise ValueError(f"k must have the sign of the present one, {self.network.k:g}, got {k:g}")
        self.network = self.network.replace(k=k)
        for history in self.synapses:
            history.rescale(k)

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the neuronal parts of the tangent vectors orthonormal; return the logs of the diagonal of R.

        Everything that is linear in them, their earlier derivatives and their part in the synapses, moves into the new
        basis with them.
        """
        logs = np.empty((self.n_states, self.n_tangents))
        earlier = self._derivatives[:, self.n_states :].reshape(4, self.n_states, self.n_tangents, self.n)
        for state, vectors in enumerate(self._tangents):
            q, r = np.linalg.qr(vectors.T)
            vectors[...] = q.T
            logs[state] = np.log(np.abs(np.diagonal(r)))
            for derivative in earlier[:, state]:
                derivative[...] = solve_triangular(r, derivative, trans="T", check_finite=False)
            self.synapses[state].recombine(r)
        return logs

    def plastic_couplings(self, state: int = 0) -> NDArray[np.float64]:
        """Return A of one of the states, shape (N, N)."""
        return self.synapses[state].matrix()

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the reduced joint Jacobian at one of the states, shape (2 N, 2 N), see `joint_jacobian`."""
        fixed = self.couplings.astype(np.float64)
        return joint_jacobian(self.network, fixed, self.plastic_couplings(state), np.asarray(self.x[:, state], float))

    def _couple(self, out: NDArray[Any]) -> None:
        """Write (J + A) phi to the rows of the states and (J + A) phi' dx + dA phi to those of the tangents."""
        n_states = self.n_states
        source = np.empty_like(self._state)
        x = self._state[:n_states]
        source[:n_states] = self.network.nonlinearity(x)
        shape = (n_states, self.n_tangents, self.n)
        perturbed = source[n_states:].reshape(shape)
        if self.n_tangents:
            slope = np.asarray(self.network.nonlinearity.derivative(x), dtype=source.dtype)
            np.multiply(self._tangents, slope[:, None, :], out=perturbed)
        moved = out[n_states:].reshape(shape)
        explicit = isinstance(self.synapses[0], ExplicitSynapses)
        if not explicit:
            self._product(source, out)
        for state, history in enumerate(self.synapses):
            rates = source[state]
            if explicit:
                history.couple(rates, perturbed[state], out[state], moved[state])
                continue
            history.push(rates, perturbed[state])
            products = history.product(np.concatenate([rates[None], perturbed[state]]))
            out[state] += products[0]
            if self.n_tangents:
                moved[state] += products[1:]
                moved[state] += history.tangent_product(rates)


def joint_jacobian(
    network: PlasticNetwork, fixed: NDArray[np.float64], plastic: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the 2N x 2N matrix that holds all eigenvalues of the joint N + N^2 Jacobian but those equal to -1/p.

    [[-1 + (J + A) D, 1], [(k/p) (C0 1 + phi phi^T/N) D, -1/p]] on (dx, dA phi at fixed phi), C0 = |phi|^2/N: right for
    eigenvalues, not for the dynamics of perturbations.
    """
    n = len(x)
    phi = np.asarray(network.nonlinearity(x), dtype=float)
    slope = np.asarray(network.nonlinearity.derivative(x), dtype=float)
    eye = np.eye(n)
    feedback = (network.k / network.p) * ((phi @ phi / n) * eye + np.outer(phi, phi) / n) * slope
    return np.block([[(fixed + plastic) * slope - eye, eye], [feedback, -eye / network.p]])
