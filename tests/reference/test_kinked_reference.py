"""Chaotic states of kinked and steep nonlinearities against `make_kinked_reference.py`; no code shared.

There C(0) is a root of the energy by nested quadrature, and the exponent a Riccati equation with C as its variable: no
lags, no mesh, no series of the orbit.
"""

import json
from pathlib import Path

import pytest

import dmft

ROWS = json.loads(Path(__file__).with_name("kinked_reference.json").read_text())

CASES = [
    pytest.param(
        row,
        id=f"{row['nonlinearity']} at g={row['g']}",
        marks=pytest.mark.long if row["nonlinearity"] == "tanh(Max(x,0))" else (),  # 5 s
    )
    for row in ROWS
]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    row = request.param
    network = dmft.RandomNetwork(row["g"], dmft.Symbolic(row["nonlinearity"]))
    if row["nonlinearity"] == "tanh(x)**3":  # beside x = 0, which is stable
        near = dmft.solve_stationary(dmft.RandomNetwork(row["g"]))
        return row, dmft.solve_stationary(network, init=near)
    return row, dmft.solve_stationary(network)


def test_variance(case):
    row, solution = case
    assert solution.state == "chaotic"
    assert solution.variance == pytest.approx(row["variance"], rel=1e-11)
    assert solution.corr_x[0] == pytest.approx(row["variance"], rel=1e-11)
    # What the solver says of its error bounds it, to the digits of the reference's root.
    assert abs(solution.variance / row["variance"] - 1.0) <= solution.convergence.error + 2e-14


def test_exponent(case):
    row, solution = case
    exponent = dmft.lyapunov_exponent(solution)
    assert exponent == pytest.approx(row["exponent"], abs=1e-9)
    assert abs(exponent - row["exponent"]) <= exponent.error + row["uncertainty"] + 1e-12
    assert exponent.error <= 1e-8  # and is of use


def test_exponent_by_shooting(case):
    row, solution = case
    assert dmft.lyapunov_exponent(solution, method="riccati") == pytest.approx(row["exponent"], abs=1e-8)
