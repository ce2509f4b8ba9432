"""The march of many paths of a unit around a ring: compiled from its printed source, or in numpy where numba is off."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numba
import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled_text
from dmft.errors import DMFTError
from dmft.models.expressions.several import value
from dmft.numerics.unit_paths.source import march_source

_FLAGS = {"reassoc", "contract", "arcp", "nsz", "afn"}  # infinities and nan keep their meaning: they are looked for


class BlowUpError(DMFTError):
    """A path is not finite any more.

    Parameters
    ----------
    path, time : which of its block, and after how long.
    fields : what it heard then, by name.
    """

    def __init__(self, path: int, time: float, fields: Mapping[str, float]) -> None:
        heard = ", ".join(f"{name} = {value:.3g}" for name, value in fields.items())
        super().__init__(f"path {path} is not finite at a time of {time:.4g}, where it hears {heard}")


@dataclass(frozen=True, eq=False)
class Marcher:
    """The march of one unit.

    Attributes
    ----------
    states, fields : names, d and K of them.
    flow, recorded : trees of ds/dt, and of what is recorded of states and fields.
    parameters : numbers by name.
    """

    states: tuple[str, ...]
    fields: tuple[str, ...]
    flow: tuple[ast.expr, ...]
    recorded: tuple[ast.expr, ...]
    parameters: Mapping[str, float]

    def __call__(self, eta: FloatArray, start: FloatArray, step: float, burn: int) -> FloatArray:
        """Return what is recorded in one turn of the ring, shape (S, n, B), in the precision of the fields.

        Parameters
        ----------
        eta : fields at half steps, shape (K, 2 n, B).
        start : states at the beginning of the burn-in, shape (d, B).
        step : of time.
        burn : steps on the ring before the turn that counts.

        Raises
        ------
        BlowUpError : where a path is not finite.
        """
        states = start.copy()
        out, stopped = self._run(eta, states, step, burn)
        if stopped >= 0:
            self._stop(eta[:, 2 * (stopped - burn) % eta.shape[1]], states, stopped * step)
        return out

    def advance(self, eta: FloatArray, states: FloatArray, time: float, step: float) -> None:
        """Take one step from a time on, in place.

        Parameters
        ----------
        eta : fields at that time, half a step and a step later, shape (K, 3, B).
        states : shape (d, B).
        time, step : of the step.

        Raises
        ------
        BlowUpError : where a path is not finite.
        """
        if self._run(eta, states, step, 0)[1] >= 0:
            self._stop(eta[:, 0], states, time + step)

    def _run(self, eta: FloatArray, states: FloatArray, step: float, burn: int) -> tuple[FloatArray, int]:
        out = np.empty((len(self.recorded), eta.shape[1] // 2, eta.shape[2]), dtype=eta.dtype)
        config: Any = numba.config
        if config.DISABLE_JIT:
            return out, self._in_numpy(eta, states, step, burn, out)
        numbers = np.array([self.parameters[name] for name in self.parameters], dtype=float)
        return out, self._compiled(eta, states, numbers, step, burn, out)

    def _stop(self, heard: FloatArray, states: FloatArray, time: float) -> None:
        path = int(np.flatnonzero(~np.all(np.isfinite(states), axis=0))[0])
        raise BlowUpError(path, time, dict(zip(self.fields, heard[:, path].tolist(), strict=True)))

    @cached_property
    def _compiled(self) -> Any:
        return _compiled(march_source(self.states, self.fields, tuple(self.parameters), self.flow, self.recorded))

    def _in_numpy(self, eta: FloatArray, s: FloatArray, step: float, burn: int, out: FloatArray) -> int:
        """Do the same by one operation of numpy a node of the trees, all paths at once."""
        n, n_half = out.shape[1], eta.shape[1]

        def values(states: FloatArray, at: int) -> dict[str, Any]:
            heard = dict(zip(self.fields, eta[:, at % n_half], strict=True))
            return {**self.parameters, **dict(zip(self.states, states, strict=True)), **heard}

        def rate(states: FloatArray, at: int) -> FloatArray:
            known = values(states, at)
            return np.array([np.broadcast_to(value(tree, known), states.shape[1:]) for tree in self.flow])

        for j in range(-burn, n):
            if j >= 0:
                for k, tree in enumerate(self.recorded):
                    out[k, j] = value(tree, values(s, 2 * j))
            first = rate(s, 2 * j)
            second = rate(s + 0.5 * step * first, 2 * j + 1)
            third = rate(s + 0.5 * step * second, 2 * j + 1)
            fourth = rate(s + step * third, 2 * j + 2)
            s += step / 6.0 * (first + 2.0 * (second + third) + fourth)
            if not np.all(np.isfinite(s)):
                return j + burn + 1
        return -1


def marcher(equations: Any) -> Marcher:
    """Return the march of the equations of a unit (`dmft.models.units.equations.Equations`) that records the first
    state and the outputs."""
    recorded = (ast.Name(equations.states[0]), *equations.outputs)
    return Marcher(equations.states, equations.fields, equations.flow, recorded, equations.parameters)


@lru_cache(maxsize=64)
def _compiled(source: str) -> Any:
    return compiled_text(source, "march", fastmath=_FLAGS, error_model="numpy")
