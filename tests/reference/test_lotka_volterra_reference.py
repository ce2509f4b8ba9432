"""Lotka-Volterra equations against numbers in 17 digits (`make_lotka_volterra_reference.py`), and the sheet's table."""

import json
from pathlib import Path

import pytest

import dmft

CASES = json.loads(Path(__file__).with_name("lotka_volterra_reference.json").read_text())
SHEET = {  # mu, sigma, gamma: m, q, phi, chi or mu_div, to the digits printed in C3 of the sheet
    (4, 0.8, 0.0): (0.205076574, 0.074929981, 0.794054070, None, -0.87623),
    (4, 0.8, 0.5): (0.227170285, 0.124407476, 0.626890486, 0.867968876, None),
    (4, 1.2, -0.5): (0.193988727, 0.071468105, 0.757533358, 0.544257598, None),
}


def network(case):
    species = dmft.LotkaVolterra(case["immigration"])
    population = dmft.Population(dynamics=species, bias=case["capacity"] - 1.0)
    return dmft.Network(
        population, dmft.Couplings(dmft.Random(case["sigma"], case["symmetry"]), dmft.Mean(-case["mu"]))
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['mu']:g}-{case['sigma']:g}-{case['immigration']:g}")
def test_the_fixed_point(case):
    solution = dmft.solve_stationary(network(case))
    found = {
        "mean": solution.mean_x,
        "square": solution.corr_x[0],
        "response": solution.response,
        "survival": solution.survival,
        "growth": solution.process.growth,
    }
    error = solution.convergence.error
    assert error < 1e-11
    for name, number in found.items():
        true = float(case[name])
        assert number == pytest.approx(true, rel=1e-10), name
        if name != "growth":
            assert abs(number - true) <= error * (1.0 if name == "survival" else true), name
    assert solution.stable == (float(case["growth"]) < 1.0)


@pytest.mark.parametrize("point", SHEET)
def test_the_table_of_the_sheet(point):
    mean, square, survival, response, divergent = SHEET[point]
    solution = dmft.solve_stationary(dmft.LotkaVolterraNetwork(*point))
    assert solution.mean_x == pytest.approx(mean, abs=6e-10)
    assert solution.corr_x[0] == pytest.approx(square, abs=6e-10)
    assert solution.survival == pytest.approx(survival, abs=6e-10)
    if response is not None:
        assert solution.response == pytest.approx(response, abs=6e-10)
    if divergent is not None:
        assert solution.process.divergent_mu == pytest.approx(divergent, abs=6e-6)
