"""A comparison as plain data, and back: its rows to the last bit, the theory as its numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from dmft.numerics.value import Value
from validation.comparison import Comparison
from validation.finite_size import LargeN
from validation.row import Row
from validation.simulation import Simulation
from validation.verdict import Judgement

_KEPT = ("tolerance", "false_alarm", "own_errors")


def comparison_to_mapping(comparison: Comparison) -> dict[str, Any]:
    """Return the rows and the criteria as what JSON holds."""
    rows = [_plain(dataclasses.asdict(row)) for row in comparison.rows]
    return {"rows": rows, **{name: getattr(comparison, name) for name in _KEPT}}


def comparison_from_mapping(told: Mapping[str, Any], simulation: Simulation) -> Comparison:
    """Return the comparison of the mapping with its simulation.

    Raises
    ------
    KeyError, TypeError : for what `comparison_to_mapping` has not made.
    """
    rows = tuple(_row(row) for row in told["rows"])
    theory = {row.quantity: Value(row.theory, standard_error=row.theory_error) for row in rows}
    return Comparison(rows, **{name: told[name] for name in _KEPT}, simulation=simulation, theory=theory)


def _row(told: Mapping[str, Any]) -> Row:
    estimate: dict[str, Any] = {name: np.array(x) if isinstance(x, list) else x for name, x in told["estimate"].items()}
    return Row(**{**told, "estimate": LargeN(**estimate), "judgement": Judgement(**told["judgement"])})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
