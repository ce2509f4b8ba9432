"""The states of units that state their equations: rates, outputs, and what tangent vectors make of them.

Expressions are evaluated by numpy from their trees, as the statement has them; the theory's march is of printed source.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.expressions.several import evaluator, names_in, value

_AHEAD = (0.5, 0.5, 1.0)  # steps by which the stages of Runge-Kutta look ahead


class UnitStates:
    """States s of `count` units, for every row, shape (d, rows, count): first the states, then their tangent vectors.

    ds/dt = F(s, fields); of a tangent vector v' = F_s v + F_eta delta, delta the fields that tangents make.

    Parameters
    ----------
    equations : of the unit.
    nonlinearity : phi of the first state, where the unit states no output.
    n_states, n_tangents : rows are n_states (1 + n_tangents).
    count : number of units.
    dt : time step.
    dtype : of the states.
    """

    def __init__(
        self, equations: Any, nonlinearity: Any, n_states: int, n_tangents: int, count: int, dt: float, dtype: Any
    ) -> None:
        self._equations, self._phi = equations, nonlinearity
        self.count, self.order, self.n_fields = count, len(equations.states), len(equations.fields)
        self._n_states, self._n_tangents, self._dt = n_states, n_tangents, dt
        self._flow = [evaluator(tree) for tree in equations.flow]
        self._outputs = [evaluator(tree) for tree in equations.outputs]
        # Slopes that are zero move no tangent vector.
        self._by_state, self._by_field = (
            [
                [(i, evaluator(tree)) for i, tree in enumerate(row) if names_in(tree) or value(tree, {}) != 0.0]
                for row in grid
            ]
            for grid in (equations.by_state, equations.by_field)
        )
        shape = (self.order, n_states * (1 + n_tangents), count)
        self._s, self._probe, self._sum = (np.zeros(shape, dtype=dtype) for _ in range(3))

    def begin(self, rows: NDArray[Any]) -> None:
        """Put the first states of all rows at these values, shape (rows, count), the others at zero."""
        self._s[0] = rows
        self._probe[...] = self._s

    def first(self) -> NDArray[Any]:
        """Return the first states of all rows at the present stage, shape (rows, count)."""
        return np.asarray(self._probe[0])

    def outputs(self) -> NDArray[Any]:
        """Return what each row sends for each field, shape (K, rows, count)."""
        out = np.empty((self.n_fields, *self._probe.shape[1:]), dtype=self._s.dtype)
        n, values = self._n_states, self._values()
        for k in range(self.n_fields):
            out[k, :n] = self._output(k, values)
        if self._n_tangents:
            vectors = self._vectors(self._probe)
            for k in range(self.n_fields):
                slopes = self.output_slopes(k, values)
                out[k, n:] = sum(slope[:, None] * v for slope, v in zip(slopes, vectors, strict=True)).reshape(
                    -1, self.count
                )
        return out

    def stage(self, stage: int, eta: NDArray[Any]) -> None:
        """Go on by one stage of the classical method, with the fields of its time, shape (K, rows, count)."""
        rate = self._rate(eta)
        if stage == 0:
            self._sum[...] = rate
        else:
            self._sum += rate * (1.0 if stage == 3 else 2.0)
        if stage < 3:
            np.add(self._s, rate * (_AHEAD[stage] * self._dt), out=self._probe)
        else:
            self._s += self._sum * (self._dt / 6.0)
            self._probe[...] = self._s

    def kick(self, by: NDArray[Any]) -> None:
        """Add what white noise in the first field does at once to all states, shape (n_states, count).

        Raises
        ------
        ValueError : where the slopes of the equations by that field are no constants.
        """
        equations = self._equations
        for k, row in enumerate(equations.by_field):
            if set(names_in(row[0])) & set(equations.variables):
                raise ValueError(
                    "white noise is simulated where it adds to the equations: their slopes by the first field must be "
                    "constants; give dmft.OrnsteinUhlenbeck of a short correlation time"
                )
            self._s[k, : self._n_states] += float(equations.at(row[0], equations.at_rest)) * by
        self._probe[...] = self._s

    def _rate(self, eta: NDArray[Any]) -> NDArray[Any]:
        rate, n = np.empty_like(self._s), self._n_states
        values = self._values() | dict(zip(self._equations.fields, eta[:, :n], strict=True))
        with np.errstate(all="ignore"):
            for k, flow in enumerate(self._flow):
                rate[k, :n] = flow(values)
            if self._n_tangents:
                vectors, heard = self._vectors(self._probe), self._vectors(eta)
                for k in range(self.order):
                    moved = np.zeros((n, self._n_tangents, self.count))
                    for slopes, parts in ((self._by_state[k], vectors), (self._by_field[k], heard)):
                        for i, slope in slopes:
                            moved += np.broadcast_to(slope(values), (n, self.count))[:, None] * parts[i]
                    rate[k, n:] = moved.reshape(-1, self.count)
        return rate

    def matrices(self, state: int, eta: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return F_s and F_eta of a state in fields (K, rows, count), shape (d, d, count) and (d, K, count)."""
        values = self._values() | dict(zip(self._equations.fields, eta[:, : self._n_states], strict=True))
        grids = (self._equations.by_state, self._equations.by_field)
        by_state, by_field = (
            np.array([[self._row(tree, values)[state] for tree in row] for row in grid]) for grid in grids
        )
        return by_state, by_field

    def output_slopes(self, k: int, values: dict[str, Any] | None = None) -> list[NDArray[Any]]:
        """Return the slopes of an output by the states, d of them, shape (n_states, count)."""
        values = self._values() if values is None else values
        if self._phi is not None:
            x = values[self._equations.states[0]]
            none = np.zeros_like(x)
            return [np.asarray(self._phi.derivative(x)), *[none] * (self.order - 1)]
        return [self._row(tree, values) for tree in self._equations.output_slopes[k]]

    def vectors(self, rows: slice) -> NDArray[Any]:
        """Return the states of rows as vectors, shape (n_rows, d count)."""
        return self._s[:, rows].transpose(1, 0, 2).reshape(rows.stop - rows.start, -1)

    def recombine(self, rows: slice, mixing: NDArray[np.float64]) -> None:
        """Replace rows by combinations of them, shape (n_rows, n_rows)."""
        self._s[:, rows] = np.einsum("ij,djn->din", mixing.astype(self._s.dtype), self._s[:, rows])
        self._probe[...] = self._s

    def _output(self, k: int, values: dict[str, Any]) -> Any:
        if self._phi is not None:
            return self._phi(values[self._equations.states[0]])
        with np.errstate(all="ignore"):
            return self._outputs[k](values)

    def _values(self) -> dict[str, Any]:
        states = self._probe[:, : self._n_states]
        return {**self._equations.parameters, **dict(zip(self._equations.states, states, strict=True))}

    def _vectors(self, parts: NDArray[Any]) -> NDArray[Any]:
        """Return what belongs to tangents, shape (d or K, n_states, n_tangents, count)."""
        return parts[:, self._n_states :].reshape(len(parts), self._n_states, self._n_tangents, self.count)

    def _row(self, tree: Any, values: dict[str, Any]) -> NDArray[Any]:
        return np.broadcast_to(value(tree, values), (self._n_states, self.count))
