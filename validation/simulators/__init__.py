"""Simulators: one for each kind of network, found by its type."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

# Type name of the network -> module and class of its simulator. An addition is one file and one line here.
_SIMULATORS: dict[str, tuple[str, str]] = {
    "RandomNetwork": ("validation.simulators.rate", "RateSimulator"),
    "BalancedNetwork": ("validation.simulators.balanced", "BalancedSimulator"),
    "PlasticNetwork": ("validation.simulators.plastic", "PlasticSimulator"),
}


class Simulator(Protocol):
    """A network of one size in several states, stepping in time.

    A simulator is made by ``Kind(network, n, *, dt, dtype, n_states, n_tangents, generators, integrator)``, where the
    four generators draw the couplings, the initial state, the input and the tangents. Its class methods say what a run
    needs: ``check(network, integrator)`` refuses what does not fit and returns the class; ``default_dt`` and
    ``largest_dt(network, integrator)``; ``time_step_bias(network, dt, integrator)``, a bound relative to the averages;
    ``memory(network, n, n_states, n_tangents, itemsize)`` in bytes.

    Attributes
    ----------
    n, n_states, n_tangents : numbers of neurons, of states of the same couplings, of tangent vectors of each state.
    dt, time : the step, and the time passed, in units of tau.
    x, rates : shape (N, n_states), the state and phi(x) now.
    slope : shape (N, n_states), phi'(x) now.
    """

    n: int
    n_states: int
    n_tangents: int
    dt: float
    time: float

    @property
    def x(self) -> NDArray[Any]:
        """The state."""
        ...

    @property
    def rates(self) -> NDArray[Any]:
        """The rates phi(x)."""
        ...

    @property
    def slope(self) -> NDArray[Any]:
        """The slopes phi'(x)."""
        ...

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt."""
        ...

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors orthonormal; return the logs of their stretching, shape (n_states, n_tangents)."""
        ...

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the Jacobian of the flow at one of the states, shape (N, N)."""
        ...


def simulator_for(network: Any) -> Any:
    """Return the class that simulates networks of this type.

    Raises
    ------
    TypeError : if there is none.
    """
    for kind in type(network).__mro__:
        if kind.__name__ in _SIMULATORS:
            module, name = _SIMULATORS[kind.__name__]
            return getattr(importlib.import_module(module), name)
    raise TypeError(f"network must be one of {', '.join(_SIMULATORS)}; got {network!r}")
