"""Discrete time against numbers by plain grids (`make_discrete_reference.py`), table 8 of the sheet among them."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft

CASES = json.loads(Path(__file__).with_name("discrete_reference.json").read_text())
SHEET = {  # c0, lambda, PRphi to the digits printed there
    "D1": ([1.669554, 1.465076], 0.0606135, None),
    "D2": ([4.288234, 2.937808], -0.0217364, None),
    "D3": ([1.2685135, 1.3345976], 0.1033820, 0.1360082),
}
PHI = {
    "tanh": dmft.Tanh(),
    "erf": dmft.Erf(),
    "sigmoid": dmft.Symbolic("(1 + tanh(x))/2"),
    "relu": dmft.ReLU(),
}


def network(model):
    n = len(model["f"])
    populations = {}
    for a, fraction in enumerate(model["f"]):
        drive = None
        if model.get("sigma2", [0.0] * n)[a]:
            drive = dmft.WhiteNoise(model["sigma2"][a])
        if "ou" in model:
            variance, tau = model["ou"]
            drive = dmft.OrnsteinUhlenbeck(variance, tau)
        populations["abc"[a]] = dmft.Population(
            PHI[model["phi"][a]],
            dmft.Map(),
            drive=drive,
            bias=model.get("h", [0.0] * n)[a],
            fraction=fraction,
            threshold_variance=model.get("s", [0.0] * n)[a],
        )
    mean = dmft.Mean(model["M"]) if "M" in model else None
    return dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt(model["G"]).tolist()), mean))


@pytest.fixture(scope="module")
def solutions():
    return {name: dmft.solve_stationary(network(case["model"])) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_state(solutions, name):
    numbers, solution = CASES[name]["numbers"], solutions[name]
    np.testing.assert_allclose(solution.mean_x, numbers["mean"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(solution.variance, numbers["variance"], rtol=1e-10)
    off = np.max(np.abs(solution.variance - numbers["variance"])) / np.max(numbers["variance"])
    assert off <= solution.convergence.error + 2e-14 + 1e-11 * ("relu" in CASES[name]["model"]["phi"])
    if "frozen" in numbers:
        np.testing.assert_allclose(solution.static_variance, numbers["frozen"], rtol=1e-9, atol=1e-12)
    exponent = dmft.lyapunov_exponent(solution)
    assert abs(exponent - numbers["exponent"]) <= exponent.error + 1e-12
    assert exponent.error < 1e-9
    for lag, covariance in zip((1.0, 2.0, 5.0), numbers.get("covariance", ())):
        np.testing.assert_allclose(solution.cov_x_at(lag), covariance, rtol=1e-10)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "dimension_phi" in case["numbers"]])
@pytest.mark.parametrize("of", ["phi", "x"])
def test_dimension(solutions, name, of):
    numbers = CASES[name]["numbers"]
    value = dmft.effective_dimension(solutions[name], of)
    assert value == pytest.approx(numbers[f"dimension_{of}"], rel=1e-9)
    assert abs(value - numbers[f"dimension_{of}"]) <= value.error + 1e-12 * value
    blocks = dmft.covariance_blocks(solutions[name], of)
    np.testing.assert_allclose(blocks, numbers[f"blocks_{of}"], rtol=1e-9)
    f = solutions[name].blocks.fractions
    assert (f @ blocks.variance) ** 2 / blocks.matrix.sum() == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("name", SHEET)
def test_table_of_the_sheet(solutions, name):
    variance, exponent, dimension = SHEET[name]
    np.testing.assert_allclose(solutions[name].variance, variance, atol=6e-7)
    assert dmft.lyapunov_exponent(solutions[name]) == pytest.approx(exponent, abs=6e-8)
    if dimension is not None:
        assert dmft.effective_dimension(solutions[name]) == pytest.approx(dimension, abs=6e-8)
