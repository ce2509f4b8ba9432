"""Capacities, margins and residuals against `make_capacity_reference.py`: roots of numerical gradients in 40 digits."""

import json
import math
from pathlib import Path

import pytest

import dmft

ROWS = json.loads(Path(__file__).with_name("capacity_reference.json").read_text())


def rows(*quantities):
    return [
        pytest.param(row, id=f"{row['quantity']} {i}") for i, row in enumerate(ROWS) if row["quantity"] in quantities
    ]


def stated(row, **fields):
    excitatory, cv, sd, positive = row["perceptron"]
    return dmft.Perceptron(excitatory=excitatory, cv=tuple(cv), sd=tuple(sd), positive=positive, **fields)


@pytest.mark.parametrize("row", rows("balanced capacity"))
def test_balanced_capacity(row):
    solved = dmft.solve_capacity(stated(row), margin=row["margin"])
    assert solved.balanced_capacity == pytest.approx(row["value"], rel=1e-12)
    assert abs(solved.balanced_capacity / row["value"] - 1.0) <= solved.convergence.error + 1e-15


@pytest.mark.parametrize("row", rows("free capacity"))
def test_capacity_is_the_free_one_where_the_threshold_can_be_reached(row):
    solved = dmft.solve_capacity(stated(row), margin=row["margin"])
    assert solved.capacity <= row["value"] * (1.0 + 1e-14)
    if solved.state == "unbalanced":
        assert solved.capacity == pytest.approx(row["value"], rel=1e-12)
    else:
        assert solved.capacity == solved.balanced_capacity


@pytest.mark.parametrize("row", rows("free input margin"))
def test_input_margin(row):
    solved = dmft.solve_robustness(stated(row), row["load"])
    assert solved.state == "unbalanced"
    assert solved.margin == pytest.approx(row["value"], rel=1e-12)
    assert abs(solved.margin / row["value"] - 1.0) <= solved.convergence.error + 1e-15


@pytest.mark.parametrize("row", rows("balanced input margin"))
def test_balanced_margin(row):
    solved = dmft.solve_robustness(stated(row), row["load"], to="output")
    assert solved.margin == pytest.approx(row["value"], rel=1e-12)


@pytest.mark.parametrize("row", rows("scaled output margin"))
def test_scaled_output_margin(row):
    solved = dmft.solve_robustness(stated(row), row["load"], to="output")
    assert solved.scaled_margin == pytest.approx(row["value"], rel=1e-12)


@pytest.mark.parametrize("row", rows("finite output margin"))
def test_output_margin_at_a_size(row):
    solved = dmft.solve_robustness(stated(row), row["load"], to="output", size=row["size"])
    assert solved.margin == pytest.approx(row["value"], rel=1e-12)


@pytest.mark.parametrize("row", rows("finite capacity"))
def test_capacity_at_a_size(row):
    assert dmft.solve_capacity(stated(row), size=row["size"]).capacity == pytest.approx(row["value"], rel=1e-12)


@pytest.mark.parametrize("row", rows("regression residual", "regression norm"))
def test_regression(row):
    kinds = row["kinds"]
    low, high = row["low"], row["high"]
    if low is None:  # free signs
        perceptron = dmft.Perceptron(sd=kinds[0][1])
        limits = None
    else:
        sd = (kinds[0][1], kinds[-1][1])
        perceptron = dmft.Perceptron(excitatory=kinds[0][0], sd=sd)
        limits = (low, math.inf if high is None else high)
    solved = dmft.solve_regression(perceptron, row["load"], limits=limits, ridge=row["ridge"])
    found = solved.residual if row["quantity"].endswith("residual") else solved.norm
    assert found == pytest.approx(row["value"], rel=1e-11)
