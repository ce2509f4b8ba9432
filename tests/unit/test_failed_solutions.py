"""A search that comes to nothing holds no number that could be taken for a result."""

import dataclasses
import json

import numpy as np
import pytest

import dmft
from dmft.cli import main

FAILING = {
    "no state of an even phi": dmft.RandomNetwork(1.1, "abs(x)/(1 + abs(x))"),
    "growth without bound": dmft.RandomNetwork(3.0, "relu"),
    "growth of balanced units": dmft.BalancedNetwork(g=9.0, size=100),
    "growth of several populations": dmft.Network(
        {"E": dmft.Population("relu"), "I": dmft.Population("relu")}, dmft.Random([[3.0, 2.0], [2.0, 3.0]])
    ),
    "growth of filters": dmft.Network(dmft.Population("relu", dmft.Adaptation(1, 5)), dmft.Random(5.0)),
    "growth under a sinusoid": dmft.RandomNetwork(3.0, "relu", drive=dmft.Sinusoid(1.0, 0.2, "random")),
    "growth under noise": dmft.RandomNetwork(3.0, "relu", drive=dmft.WhiteNoise(1.0)),
}


@pytest.mark.parametrize("network", FAILING.values(), ids=FAILING.keys())
def test_no_field_of_a_failed_solution_is_a_number(network):
    solution = dmft.solve_stationary(network, on_failure="ignore")
    assert not solution.convergence.converged
    assert solution.state == "none"
    known = {
        field.name: value
        for field in dataclasses.fields(solution)
        if isinstance(value := getattr(solution, field.name), float | np.ndarray) and field.name != "lags"
    }
    assert {"corr_x", "corr_phi", "corr_slope", "mean_x", "variance"} <= set(known)
    assert [name for name, value in known.items() if np.any(np.isfinite(value))] == []


def test_nor_is_one_in_json(capsys):
    with pytest.raises(SystemExit) as left:
        main(["solve", "stationary", "--g", "1.1", "--nonlinearity", "abs(x)/(1+abs(x))", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (left.value.code, told["status"]) == (3, "STALLED")
    numbers = {name: value for name, value in told.items() if name.startswith(("corr", "mean", "variance"))}
    assert numbers
    assert set(numbers.values()) == {None}
