"""Outcomes of a sweep as a labelled dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.models.serialization import network_to_mapping
from dmft.phases.shown import let_diagrams_show_themselves
from dmft.phases.theory import solution_of, verb_of
from dmft.sweeps.fingerprint import canonical
from dmft.sweeps.grid import Axis
from dmft.sweeps.outcome import Outcome, status_words
from dmft.sweeps.sweep import Solver, Sweep

if TYPE_CHECKING:
    import xarray


def dataset_of(sweep: Sweep, outcomes: Mapping[int, Outcome], question: Mapping[str, Any]) -> xarray.Dataset:
    """Return the outcomes of all points of a sweep over its axes."""
    import xarray

    let_diagrams_show_themselves()
    dims = (*(("direction",) if sweep.directions else ()), *(axis.path for axis in sweep.axes))
    ordered = [outcomes[i] for i in range(sweep.size)]
    kind = solution_of(sweep.solve)
    variables: dict[str, Any] = {}
    for i, observable in enumerate(sweep.observed):
        attributes = {"units": observable.unit(kind)}
        readings = [outcome.readings[i] for outcome in ordered]
        if any(isinstance(reading, str) for reading in readings):
            words = [reading if isinstance(reading, str) else "" for reading in readings]
            variables[observable.name] = (dims, _reshaped(words, sweep, object), {})
            continue
        variables[observable.name] = (dims, _reshaped(readings, sweep, float), attributes)
        errors = _reshaped([outcome.errors[i] for outcome in ordered], sweep, float)
        meaning = {"meaning": "error of sampling and numerical error together; nan where it is not known"}
        variables[f"{observable.name}_error"] = (dims, errors, attributes | meaning)
    status = _reshaped([outcome.status for outcome in ordered], sweep, np.int16)
    variables["status"] = (dims, status, status_attributes())
    variables["residual"] = (dims, _reshaped([outcome.residual for outcome in ordered], sweep, float), {"units": "1"})
    variables["error"] = (
        dims,
        _reshaped([outcome.error for outcome in ordered], sweep, float),
        {
            "units": "1",
            "meaning": "bound on the relative error of the solution, in a network of C(0); nan where it is not known",
        },
    )
    variables["message"] = (dims, _reshaped([outcome.message for outcome in ordered], sweep, object), {})
    coordinates: dict[str, Any] = {axis.path: coordinate_of(axis) for axis in sweep.axes}
    if sweep.directions:
        coordinates["direction"] = (("direction",), np.array(sweep.directions, dtype=object))
    attributes = {
        "theory": getattr(verb_of(sweep.solve), "__name__", "solve"),
        "continuation": sweep.continuation or "none",
        "dmft_version": question["version"],
        **attributes_of(sweep.statement, sweep.solve, question),
    }
    return xarray.Dataset(variables, coords=coordinates, attrs=attributes)


def coordinate_of(axis: Axis) -> Any:
    """Return an axis as a coordinate of a dataset."""
    return (axis.path,), axis.grid, {"units": axis.unit, "long_name": axis.meaning}


def attributes_of(network: Any, solve: Solver, question: Mapping[str, Any]) -> dict[str, str]:
    """Return what a dataset says of its origin: the network, the question, the papers of the theory.

    `inputs` is the network as the text that `dmft.storage.network_of` reads back, left out if it holds a user's own
    code.
    """
    attributes = {"network": repr(network), "question": canonical(question)}
    references = getattr(solution_of(solve), "references", ())
    if references:
        attributes["references"] = ", ".join(references)
    with suppress(TypeError):
        attributes["inputs"] = json.dumps(network_to_mapping(network))
    return attributes


def status_attributes() -> dict[str, Any]:
    """Return the attributes that spell out the status codes (as the CF conventions have it)."""
    words = status_words()
    return {
        "flag_values": np.array(list(words), dtype=np.int16),
        "flag_meanings": " ".join(words.values()),
        "long_name": "how the point ended; 0 = converged",
    }


def _reshaped(values: list[Any], sweep: Sweep, dtype: Any) -> Any:
    return np.array(values, dtype=dtype).reshape(sweep.shape)
