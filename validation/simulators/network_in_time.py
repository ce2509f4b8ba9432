"""What all simulators of one network have in common: what they are asked, where they start, and how they are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.simulators.arrays import Arrays
from validation.simulators.layout import Layout
from validation.simulators.question import Question, question_of


@dataclass(frozen=True, eq=False)
class Asked:
    """How a network is to be drawn and stepped; for the meaning see `NetworkInTime`."""

    dtype: Any
    couplings: Any
    storage: str
    synapses: str
    integrator: str | None
    for_couplings: np.random.Generator
    for_input: np.random.Generator


class NetworkInTime(ABC):
    """States and tangent vectors of one network of N units, stepping in time.

    Parameters
    ----------
    network : what is simulated: a `dmft.Network`, or a short name of one.
    n : number of units.
    dt : time step in units of tau.
    dtype : precision of couplings and states.
    n_states : number of initial states of the same couplings; private inputs are independent between them, and each
        has plastic couplings of its own.
    n_tangents : number of tangent vectors of each state.
    generators : for the couplings, the initial state, the input and the tangents.
    integrator : one of `INTEGRATORS`; None for the default of the network.
    couplings : J of one's own in place of the random ones, their means and the low-rank term, shape (N, N), [i, j] acts
        from j to i.
    storage : "dense", or "revealed" (see `revealed`), of the random couplings.
    synapses : "history" or "explicit", of plastic couplings (see `plastic`).
    array_module : name of the module of arrays (see `arrays`).

    Attributes
    ----------
    time : the time passed, in units of tau.
    layout : which units are in which population.
    names : of the populations; none if there is one and it has no name.
    """

    def __init__(
        self,
        network: Any,
        n: int,
        *,
        dt: float,
        dtype: Any = np.float32,
        n_states: int = 1,
        n_tangents: int = 0,
        generators: list[np.random.Generator],
        integrator: str | None = None,
        couplings: Any = None,
        storage: str = "dense",
        synapses: str = "history",
        array_module: str = "numpy",
    ) -> None:
        self._arrays, question = Arrays(array_module), question_of(network)
        self.network, self.n, self.dt, self.time = network, n, dt, 0.0
        self.n_states, self.n_tangents = n_states, n_tangents
        self.layout, self.names = Layout(question, n), question.names
        self._phi = self.layout.phi
        self._moves = any(len(units.drives) for units in question.populations)
        for_couplings, for_state, for_input, for_tangents = generators
        rows = n_states * (1 + n_tangents)
        start = np.empty((rows, n), dtype=dtype)
        start[:n_states] = for_state.standard_normal((n_states, n), dtype=np.float32)
        if n_tangents:
            start[n_states:] = for_tangents.standard_normal((rows - n_states, n), dtype=np.float32)
        self._begin(question, start, Asked(dtype, couplings, storage, synapses, integrator, for_couplings, for_input))
        if n_tangents:
            self.orthonormalise()

    def forget(self) -> None:  # noqa: B027 - most begin so
        """Begin at the drawn states themselves, of whatever was heard before: before the first step."""

    @abstractmethod
    def _begin(self, question: Question, start: NDArray[Any], asked: Asked) -> None:
        """Draw the couplings and the input, and put states and tangent vectors at the start, shape (rows, N)."""

    @property
    @abstractmethod
    def couplings(self) -> NDArray[Any]:
        """J, shape (N, N), [i, j] acts from j to i."""

    @property
    @abstractmethod
    def x(self) -> NDArray[Any]:
        """The state, shape (N, n_states)."""

    @property
    def rates(self) -> NDArray[Any]:
        """The rates phi(x), shape (N, n_states)."""
        x = self.x.T
        return np.asarray(self._phi(x), dtype=x.dtype).T

    @property
    def slope(self) -> NDArray[Any]:
        """The slopes phi'(x), shape (N, n_states)."""
        x = self.x.T
        return np.asarray(self._phi.derivative(x), dtype=x.dtype).T

    @property
    @abstractmethod
    def tangents(self) -> NDArray[Any]:
        """The perturbations of x, shape (N, n_tangents, n_states)."""

    @property
    @abstractmethod
    def velocity(self) -> NDArray[Any]:
        """Dx/dt of a network without input, shape (N, n_states)."""

    @abstractmethod
    def step(self) -> None:
        """Advance the states and their tangent vectors by dt."""

    @abstractmethod
    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal; return the logs of their stretching."""

    @abstractmethod
    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the matrix of the linear flow at a state, in float64."""
