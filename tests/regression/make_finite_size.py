"""Measure how networks of finite size deviate from the theory, quantity by quantity: `finite_size.json`.

    python tests/regression/make_finite_size.py CASE ... [--scale 1.0]

The theory is solved by `dmft`, whose numbers are held elsewhere (mpmath, closed forms, sampling with other steps); the
networks are those of `validation.simulate`. What is kept for each size is the mean over networks relative to the scale
of the quantity, and its standard error: from these `validation.finite_size_law` has its bounds, and
`tests/unit/test_finite_size_law.py` holds that no bound is below what was measured here. One case takes minutes of
a core; cases that are named replace those in the file, the others stay. The numbers in the file were made with --scale
0.5 or 0.6 (each entry: deviation, its error, number of networks).
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

import dmft
import validation
from validation.cases.dimension_numbers import dimension_numbers
from validation.estimators.period import OverPeriod
from validation.finite_size import selected
from validation.quantities import split_name, theory_numbers

TARGET = Path(__file__).with_name("finite_size.json")

R, P, B = dmft.RandomNetwork, dmft.PlasticNetwork, dmft.BalancedNetwork
BOTH = ("correlation", "lyapunov")
SINE = {n: dmft.Sinusoid(a, f, "random") for n, a, f in (("1", 0.5, 0.2), ("2", 1.5, 0.2), ("3", 3.0, 0.1))}

# Name -> network, number of networks of each size, settings of the simulation.
CASES: dict[str, tuple[Any, dict[int, int], dict[str, Any]]] = {
    "chaos 1.5": (
        R(1.5),
        {500: 100, 1000: 100, 2000: 48, 4000: 10},
        {"burn_in": 200, "duration": 200, "measure": BOTH, "initial_states": 4},
    ),
    "chaos 2": (
        R(2.0),
        {250: 160, 500: 120, 1000: 80, 2000: 32},
        {"burn_in": 100, "duration": 150, "measure": BOTH, "initial_states": 4},
    ),
    "chaos 3": (
        R(3.0),
        {250: 120, 500: 80, 1000: 40, 2000: 16},
        {"burn_in": 80, "duration": 120, "measure": BOTH, "initial_states": 4},
    ),
    "white noise": (
        R(2.0, drive=dmft.WhiteNoise(1.0)),
        {250: 160, 500: 120, 1000: 50},
        {"burn_in": 40, "duration": 100, "measure": BOTH, "initial_states": 4},
    ),
    "noise below one": (
        R(0.9, drive=dmft.WhiteNoise(1.0)),
        {125: 160, 250: 100, 500: 50},
        {"burn_in": 20, "duration": 100, "measure": BOTH, "initial_states": 4},
    ),
    "coloured noise": (
        R(2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0)),
        {250: 160, 500: 120, 1000: 50},
        {"burn_in": 60, "duration": 100, "initial_states": 4},
    ),
    "sine 0.5": (
        R(2.0, drive=SINE["1"]),
        {250: 64, 500: 64, 1000: 40},
        {"burn_in": 80, "duration": 100, "initial_states": 8},
    ),
    "sine 1.5": (
        R(2.0, drive=SINE["2"]),
        {250: 160, 500: 120, 1000: 50},
        {"burn_in": 60, "duration": 100, "initial_states": 4},
    ),
    "sine 3": (
        R(1.5, drive=SINE["3"]),
        {125: 160, 250: 120, 500: 60},
        {"burn_in": 40, "duration": 60, "initial_states": 4},
    ),
    "plastic -2": (
        P(2.0, -2.0, 2.5),
        {250: 160, 500: 100, 1000: 40, 2000: 12},
        {"burn_in": 60, "duration": 150, "measure": BOTH},
    ),
    "plastic 0": (P(2.0, 0.0, 2.5), {250: 160, 500: 100, 1000: 40}, {"burn_in": 80, "duration": 150, "measure": BOTH}),
    "plastic 1": (P(2.0, 1.0, 2.5), {250: 160, 500: 100, 1000: 40}, {"burn_in": 100, "duration": 200, "measure": BOTH}),
    "balanced locked": (
        B(2.0, 1000.0, drive=dmft.Sinusoid(10.0, 0.2, "random")),
        {250: 160, 500: 120, 1000: 48},
        {"burn_in": 60, "duration": 40, "measure": BOTH},
    ),
    "balanced period": (
        B(2.0, 1000.0, drive=dmft.Sinusoid(0.6 * math.sqrt(1000.0), 0.2)),
        {250: 160, 500: 120, 1000: 60},
        {"burn_in": 40, "duration": 80, "measure": ("correlation", OverPeriod(5.0)), "initial_states": 4},
    ),
    "dimension 3": (
        R(3.0),
        {250: 120, 500: 80, 1000: 20},
        {"burn_in": 60, "duration": 60, "measure": "dimension", "initial_states": 32},
    ),
    "dimension noise": (
        R(2.0, drive=dmft.WhiteNoise(3.0)),
        {125: 120, 250: 80, 500: 40, 1000: 12},
        {"burn_in": 20, "duration": 40, "measure": "dimension", "initial_states": 16},
    ),
}


def theory(network: Any, simulation: validation.Simulation) -> dict[str, float]:
    """Return name -> number of the theory."""
    if isinstance(network, P):
        solution = dmft.solve_plastic(network, accuracy=1e-3)
        return {**theory_numbers(solution, simulation), "lyapunov_exponent": dmft.lyapunov_exponent(solution)}
    if isinstance(network, B) and network.drive.phases == "common":
        return theory_numbers(
            dmft.solve_nonstationary(network, 150.0, method=dmft.TwoTimeMarch(dt=0.05, window=50.0)), simulation
        )
    solution = dmft.solve_stationary(network)
    if "inverse_dimension_x" in simulation.variables:
        numbers = dimension_numbers(dmft.solve_two_site(solution), simulation)
        return {name: number for name, number in numbers.items() if name.startswith("inverse")}
    return theory_numbers(solution, simulation)


def measured(name: str, scale: float, seed: int = 71) -> dict[str, Any]:
    """Return what `finite_size.json` holds of a case."""
    network, counts, settings = CASES[name]
    found: dict[str, Any] = {}
    numbers: dict[str, float] = {}
    for size, count in counts.items():
        n = max(4, round(scale * count))
        simulation = validation.simulate(network, size, n_realizations=n, seed=seed, **settings)
        numbers = numbers or theory(network, simulation)
        for quantity, number in numbers.items():
            word, at = split_name(quantity)
            unit = max(abs(float(v)) for q, v in numbers.items() if split_name(q)[0] == word)
            samples = selected(simulation, word, at, size) / unit
            entry = found.setdefault(quantity, {"theory": float(number), "scale": unit, "sizes": {}})
            entry["theory_error"] = float(np.nan_to_num(getattr(number, "error", 0.0)))
            error = samples.std(ddof=1) / math.sqrt(n)
            deviation = samples.mean() - number / unit
            entry["sizes"][str(size)] = [round(float(deviation), 7), round(float(error), 7), n]
        print(name, size, {q: e["sizes"][str(size)][:2] for q, e in found.items()}, flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--scale", type=float, default=1.0)
    asked = parser.parse_args()
    for case in asked.cases:
        result = measured(case, asked.scale)
        kept = json.loads(TARGET.read_text()) if TARGET.exists() else {}
        TARGET.write_text(json.dumps({**kept, case: result}, indent=1, sort_keys=True) + "\n")
