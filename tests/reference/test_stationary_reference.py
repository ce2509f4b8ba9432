"""Chaotic states against `make_stationary_reference.py`: mpmath, Hermite series, sinc collocation; no code shared."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft

ROWS = json.loads(Path(__file__).with_name("stationary_reference.json").read_text())
IDS = [f"{row['nonlinearity']}-g{row['g']}" for row in ROWS]


@pytest.fixture(scope="module", params=ROWS, ids=IDS)
def case(request):
    row = request.param
    network = dmft.RandomNetwork(g=row["g"], nonlinearity=getattr(dmft, row["nonlinearity"])())
    return row, dmft.solve_stationary(network)


def test_variance(case):
    row, solution = case
    assert solution.corr_x_at(0.0) == pytest.approx(float(row["variance"]), rel=1e-11)


def test_correlation_function(case):
    # The reference integrates with rtol 1e-13; its error grows like exp(kappa lag) times that, below 1e-10 here.
    row, solution = case
    error = solution.corr_x_at(np.array(row["lags"])) - np.array(row["corr_x"])
    assert np.max(np.abs(error)) <= 1e-8 * solution.corr_x[0]


def test_lyapunov_exponent(case):
    row, solution = case
    assert dmft.lyapunov_exponent(solution) == pytest.approx(row["lyapunov_exponent"], abs=1e-8)


def test_the_two_methods_for_the_exponent_agree(case):
    _, solution = case
    collocation = dmft.lyapunov_exponent(solution, method="collocation")
    riccati = dmft.lyapunov_exponent(solution, method="riccati")
    assert collocation == pytest.approx(riccati, abs=1e-9)


def test_zero_mode(case):
    # C' solves the same Schroedinger equation at E = 0, in the odd sector.
    _, solution = case
    (_, zero_mode) = dmft.lyapunov_exponent(solution).history[-1]
    assert abs(zero_mode) < 1e-9


def test_told_errors_bound_the_truth(case):
    row, solution = case
    deviation = abs(solution.variance / float(row["variance"]) - 1.0)
    assert deviation <= solution.convergence.error + 2.3e-16  # the reference as a float
    assert solution.convergence.error < 1e-12
    if row["g"] < 10.0:  # where sinc collocation itself is good to 1e-12; at g = 10 it loses nine digits of ten
        exponent = dmft.lyapunov_exponent(solution)
        assert abs(exponent - row["lyapunov_exponent"]) <= exponent.numerical_error
