"""What every method of integration is asked, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from validation.simulators.arrays import Arrays

Array = NDArray[Any]
_NUMPY = Arrays()


class Field(Protocol):
    """What an integrator needs from the network."""

    def couple(self, state: Array, out: Array) -> None:
        """Write h(state, now) to out."""
        ...

    def advance_input(self, step: float) -> None:
        """Move the time of the input, `now`, by a step."""
        ...


class Integrator:
    """One step of a method.

    Attributes
    ----------
    history : earlier evaluations, shape (depth, rows, N); linear in the tangent vectors.
    depth : how many of them.
    stability : largest step times distance from the origin at which a real negative eigenvalue is stable.
    """

    depth: ClassVar[int]
    stability: ClassVar[float]

    def __init__(
        self,
        field: Field,
        shape: tuple[int, ...],
        dtype: Any,
        dt: float,
        arrays: Arrays = _NUMPY,
        *,
        once: bool = False,
        tau: Array | None = None,
    ) -> None:
        """Prepare steps of a field.

        Parameters
        ----------
        once : h is evaluated once in every step, the first ones included.
        tau : time constants of the units, shape (N,); None for 1.
        """
        self._field, self._dt, self._once, self._taken = field, dt, once, 0
        self._tau = tau
        self._leak = None if tau is None else arrays.to_device((1.0 / tau).astype(dtype))
        self.history: Array = arrays.empty((self.depth, *shape), dtype)
        self.history[...] = 0
        self._prepare(arrays, partial(arrays.empty, shape, dtype))

    def _prepare(self, arrays: Arrays, rows: Callable[[], Array]) -> None:
        """Make what else the method needs, from a source of rows that are not filled."""
        raise NotImplementedError

    @property
    def velocity(self) -> Array:
        """The derivative at the start of the last step.

        Raises
        ------
        ValueError : if the method does not keep it.
        """
        raise ValueError("velocities are known with the integrator 'adams-bashforth-4' alone")

    def step(self, state: Array) -> None:
        """Advance the state by dt, in place."""
        raise NotImplementedError

    def restart(self) -> None:
        """Forget the past: the state has been put elsewhere."""
        self._taken = 0

    def _derivative(self, state: Array, out: Array) -> None:
        """Write dy/dt to out."""
        self._field.couple(state, out)
        out -= state
        if self._leak is not None:
            out *= self._leak
