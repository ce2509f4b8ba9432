"""Outcomes of a sweep as a labelled dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.models.serialization import network_to_mapping
from dmft.phases.fingerprint import canonical
from dmft.phases.outcome import Outcome, status_words
from dmft.phases.sweep import Sweep
from dmft.phases.theory import Theory

if TYPE_CHECKING:
    import xarray


def dataset_of(sweep: Sweep, outcomes: Mapping[int, Outcome], question: Mapping[str, Any]) -> xarray.Dataset:
    """Return the outcomes of all points of a sweep over its axes."""
    import xarray

    dims = (*(("direction",) if sweep.directions else ()), *(axis.path for axis in sweep.axes))
    ordered = [outcomes[i] for i in range(sweep.size)]
    variables: dict[str, Any] = {}
    for i, observable in enumerate(sweep.observed):
        attributes = {"units": observable.unit(_kind_of_solution(sweep))}
        readings = [outcome.readings[i] for outcome in ordered]
        if any(isinstance(reading, str) for reading in readings):
            words = [reading if isinstance(reading, str) else "" for reading in readings]
            variables[observable.name] = (dims, _reshaped(words, sweep, object), {})
            continue
        variables[observable.name] = (dims, _reshaped(readings, sweep, float), attributes)
        errors = _reshaped([outcome.errors[i] for outcome in ordered], sweep, float)
        meaning = {"meaning": "error of sampling and numerical error together; nan where it is not known"}
        variables[f"{observable.name}_error"] = (dims, errors, attributes | meaning)
    variables["status"] = (
        dims,
        _reshaped([outcome.status for outcome in ordered], sweep, np.int16),
        status_attributes(),
    )
    variables["residual"] = (dims, _reshaped([outcome.residual for outcome in ordered], sweep, float), {"units": "1"})
    variables["error"] = (
        dims,
        _reshaped([outcome.error for outcome in ordered], sweep, float),
        {
            "units": "1",
            "meaning": "bound on the relative error of the correlations at lag 0; nan where it is not known",
        },
    )
    variables["message"] = (dims, _reshaped([outcome.message for outcome in ordered], sweep, object), {})
    coordinates: dict[str, Any] = {
        axis.path: ((axis.path,), axis.grid, {"units": axis.unit, "long_name": axis.meaning}) for axis in sweep.axes
    }
    if sweep.directions:
        coordinates["direction"] = (("direction",), np.array(sweep.directions, dtype=object))
    attributes = {
        "theory": sweep.solve.name if isinstance(sweep.solve, Theory) else getattr(sweep.solve, "__name__", "solve"),
        "network": repr(sweep.network),
        "continuation": sweep.continuation or "none",
        "dmft_version": question["version"],
        "question": canonical(question),
    }
    references = getattr(_kind_of_solution(sweep), "references", ())
    if references:
        attributes["references"] = ", ".join(references)
    inputs = inputs_of(sweep.network)
    if inputs is not None:
        attributes["inputs"] = inputs
    return xarray.Dataset(variables, coords=coordinates, attrs=attributes)


def inputs_of(network: Any) -> str | None:
    """Return the network as the text that `dmft.storage.network_of` reads back; None if it holds a user's own code."""
    try:
        return json.dumps(network_to_mapping(network))
    except TypeError:
        return None


def status_attributes() -> dict[str, Any]:
    """Return the attributes that spell out the status codes (as the CF conventions have it)."""
    words = status_words()
    return {
        "flag_values": np.array(list(words), dtype=np.int16),
        "flag_meanings": " ".join(words.values()),
        "long_name": "how the point ended; 0 = converged",
    }


def _kind_of_solution(sweep: Sweep) -> type | None:
    return sweep.solve.solution if isinstance(sweep.solve, Theory) else None


def _reshaped(values: list[Any], sweep: Sweep, dtype: Any) -> Any:
    return np.array(values, dtype=dtype).reshape(sweep.shape)
