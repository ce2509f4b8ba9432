"""Least norms against `make_implicit_bias_reference.py`: all features written out, Newton's method in 40 digits."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft

ROWS = json.loads(Path(__file__).with_name("implicit_bias_reference.json").read_text())


def solved(row, rtol=1e-10):
    given = {"contexts": row["contexts"]}
    gates = dmft.Contexts(len(row["contexts"][0]), row["of"])
    if "weights" in row:
        gates, given = dmft.RectifierGates(row["weights"]), {}
    kind = {"readout": row["norm"], "norm": "parameters"} if "gated" in row["norm"] else {"norm": row["norm"]}
    network = dmft.GatedLinear(gates, readout=kind.get("readout", "ungated"))
    return dmft.solve_implicit_bias(
        network, row["inputs"], row["labels"], **given, norm=kind["norm"], rtol=rtol, max_steps=60
    )


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row['norm']} {i}") for i, row in enumerate(ROWS)])
def test_norms_and_their_errors(row):
    solution = solved(row)
    value = float(row["value"])
    assert solution.state == "optimum"
    # The primal bound is from above; it and its error hold the true number, but for rounding.
    assert abs(solution.norm - value) <= solution.norm_error + 1e-13 * value
    assert solution.norm >= value * (1.0 - 1e-13)
    assert solution.gap <= 1e-10
    if row["dual"] is not None:
        assert np.max(np.abs(solution.dual - row["dual"])) < 2e-5 * np.max(row["dual"])


def test_they_are_all_there():
    assert len(ROWS) == 15
    assert {row["norm"] for row in ROWS} == {"zeta", "function", "ungated", "gated"}
