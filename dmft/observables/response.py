"""Response functions of the single-site process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import allow, limited
from dmft.errors import answering
from dmft.models.checks import integer
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.sampling.sampling_error import student
from dmft.observables.states import refuse_stateless
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.stated_units.response import sampled_responses

if TYPE_CHECKING:
    import xarray

_SETS = 4  # independent sets of paths
_SECONDS = 60.0


@dataclass(frozen=True, eq=False, repr=False)
class Response(Shown):
    """Responses of the outputs of units to the fields that they hear, S(w) = d<o>(w)/d eta(w).

    Attributes
    ----------
    frequency : in cycles per unit of time, shape (n_frequency,), from 0.
    value : complex, shape (O, K, n_frequency): outputs that differ, one population after the other, and fields.
    error : standard error of it over sets of paths, real and imaginary part together, of the same shape.
    """

    frequency: FloatArray
    value: ComplexArray
    error: FloatArray

    @property
    def omega(self) -> FloatArray:
        """Angular frequencies 2 pi f, in rad per unit of time."""
        return 2.0 * math.pi * self.frequency

    def to_xarray(self) -> xarray.Dataset:
        """Return the responses as a dataset, real and imaginary part."""
        import xarray

        dims = ("output", "field", "frequency")
        parts = {"value_real": self.value.real, "value_imag": self.value.imag, "error": self.error}
        data = {name: (dims, part, {"units": "1"}) for name, part in parts.items()}
        of = {"units": "1/tau", "long_name": "cycles per unit of time"}
        coords = {"frequency": ("frequency", self.frequency, of)}
        return xarray.Dataset(data, coords, {"theory": type(self).__name__})


@answering
def response_of(solution: StationarySolution, *, paths: int = 1024, seed: Any = 0) -> Response:
    """Return the responses of units that state their equations, in the fields of their stationary state.

    S_kl(w) = <o_k eta_l*>/<eta_l eta_l*> [Novikov's theorem], causal. It is known where the fields have power.

    Parameters
    ----------
    solution : from `solve_stationary`, of units stated by equations.
    paths : of each of four independent sets, whose scatter is the error.
    seed : entropy of the random numbers.

    Raises
    ------
    TypeError : for another kind of solution.
    ValueError : for a state that does not fluctuate.

    Notes
    -----
    Errors are of sampling; the state's own error comes on top. Accuracy: first-order units, <phi'>/(1 + i w)
    (`tests/limits/test_stated_units_response.py`). Cost: a second.
    """
    if not isinstance(solution, StationarySolution):
        raise TypeError(f"response_of takes a StationarySolution, got {type(solution).__name__}")
    return _response(solution.process, solution, integer("paths", paths, least=64), seed)


@singledispatch
def _response(process: Any, solution: StationarySolution, paths: int, seed: Any) -> Response:
    raise TypeError("response_of knows units that state their equations (dmft.Dynamics), solved by dmft.Sampled")


@_response.register
def _(process: UnitProcess, solution: StationarySolution, paths: int, seed: Any) -> Response:
    refuse_stateless(solution, "to respond", of=float(np.max(solution.variance)))
    if solution.state in ("quiescent", "fixed point", "driven, stable"):
        raise ValueError(f"responses are read off fields that fluctuate; those of this state, {solution.state}, do not")
    units = process.units(solution.network)
    grid = PeriodicGrid(2 * (len(process.omega) - 1), float(solution.lags[1]))
    state = process.state(units, grid)
    paths += paths % 2
    with limited():
        allow(_SECONDS)
        children = np.random.SeedSequence(seed).spawn(_SETS)
        found = np.array([sampled_responses(units, grid, state, paths, child) for child in children])
    scatter = np.sqrt(np.var(found.real, axis=0, ddof=1) + np.var(found.imag, axis=0, ddof=1))
    return Response(process.omega / (2.0 * math.pi), found.mean(axis=0), student(_SETS) * scatter / math.sqrt(_SETS))
