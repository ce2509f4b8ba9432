"""Plastic couplings, p dA/dt = -A + (k/N) phi phi^T, in every state of a network its own."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from dmft.models.checks import one_of
from dmft.models.couplings import Hebbian
from validation.simulators.plastic_history import RateHistory
from validation.simulators.plastic_matrix import SynapticMatrix

_FORMS: dict[str, Any] = {"history": RateHistory, "explicit": SynapticMatrix}


class PlasticCouplings:
    """A of the states, by weights exact for phi phi^T linear in a step; A = 0 at first.

    The perturbation of A is carried along with a tangent vector, so exponents are those of the joint system;
    orthonormalisation acts on the neuronal part, which gives the same exponents as any other norm as long as they lie
    above -1/p (perturbations of A that no neuron feels decay at that rate, and have no neuronal part).

    Parameters
    ----------
    rule : k and p.
    n, n_states, n_tangents, dt, dtype : of the simulation.
    form : "history", as past rates (`plastic_history`), or "explicit", as a matrix (`plastic_matrix`), with one more
        for each tangent vector: a check of the former, and faster for N < 200.

    Attributes
    ----------
    rule : k and p now.
    halted : whether A stays as it is.
    """

    word: ClassVar[str] = "plastic couplings"
    on_devices: ClassVar[bool] = False

    def __init__(
        self, rule: Hebbian, n: int, n_states: int, n_tangents: int, dt: float, dtype: Any, form: str = "history"
    ) -> None:
        kind = _FORMS[one_of("synapses", form, tuple(_FORMS))]
        self.rule, self.halted = rule, False
        self._states = [kind(rule.k, rule.p, n, dt, n_tangents, dtype) for _ in range(n_states)]

    @staticmethod
    def needed_bytes(rule: Hebbian, dt: float, row_bytes: int) -> int:
        """Return the bytes of past rates, for rows of states and tangent vectors that take `row_bytes` together."""
        return 2 * RateHistory.length_of(rule.p, dt) * row_bytes

    def add(self, source: NDArray[Any], out: NDArray[Any]) -> None:
        """Add A phi to the rows of the states, and A phi' dx + dA phi to those of the tangent vectors."""
        n_states = len(self._states)
        moved = source[n_states:].reshape(n_states, -1, source.shape[1])
        out_moved = out[n_states:].reshape(moved.shape)
        for state, synapses in enumerate(self._states):
            synapses.couple(source[state], moved[state], out[state], out_moved[state], halted=self.halted)

    def imprint(self, rates: NDArray[Any]) -> None:
        """Put A where rates, shape (N, n_states), held for ever would bring it: (k/N) phi phi^T."""
        for synapses, own in zip(self._states, rates.T, strict=True):
            synapses.imprint(own)

    def strengthen(self, k: float) -> None:
        """Go on with another plasticity strength of the same sign; A is multiplied by the ratio of the two."""
        if k * self.rule.k <= 0:
            raise ValueError(f"k must have the sign of the present one, {self.rule.k:g}, got {k:g}")
        self.rule = Hebbian(k, self.rule.p)
        for synapses in self._states:
            synapses.rescale(k)

    def recombine(self, state: int, triangle: NDArray[Any]) -> None:
        """Move the part of a state's tangent vectors in the synapses into a new basis, H <- R^-T H."""
        for rows in self._states[state].perturbations:
            flat = rows.reshape(len(rows), -1)
            rows[...] = solve_triangular(triangle, flat, trans="T", check_finite=False).reshape(rows.shape)

    def matrix(self, state: int = 0) -> NDArray[np.float64]:
        """Return A of one of the states, shape (N, N)."""
        matrix: NDArray[np.float64] = self._states[state].matrix()
        return matrix
