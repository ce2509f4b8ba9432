"""States of random plus low-rank couplings against an independent script (make_low_rank_reference.py)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import dmft

NUMBERS = json.loads(Path(__file__).with_name("low_rank_reference.json").read_text())


def network(g, overlap, *, population=None, **more):
    random = dmft.Random(g) if g else None
    return dmft.Network(population or dmft.Population(), dmft.Couplings(random, low_rank=dmft.LowRank(overlap, **more)))


def rotating(g, a, b):
    return network(g, [[a, -b], [b, a]])


STATES = {
    "R-static-g0.8-l1.5": (network(0.8, 1.5), "structured static"),
    "R-chaos-g2-l2.3": (network(2.0, 2.3), "structured chaotic"),
    "R-chaos-g2.5-l3": (network(2.5, 3.0), "structured chaotic"),
    "R-rot-g0.5-a1.5-b0.8": (rotating(0.5, 1.5, 0.8), "rotating"),
    "R-rot-g1.5-a2.5-b1.5": (rotating(1.5, 2.5, 1.5), "rotating"),
    "R-rotchaos": (rotating(2.5, 3.0, 0.6), "rotating chaotic"),
    "R-corrX": (
        dmft.Network(
            dmft.Population(),
            dmft.Couplings(dmft.Random(0.8), low_rank=dmft.LowRank.correlated((0.0, 4.0), g=0.8)),
        ),
        "structured static",
    ),
}


@pytest.mark.parametrize("case", sorted(STATES))
def test_states(case):
    statement, name = STATES[case]
    expected = NUMBERS[case]
    solution = dmft.solve_stationary(statement)
    assert solution.state == name
    assert solution.stable
    assert solution.variance == pytest.approx(expected["c0"], rel=1e-11)
    assert solution.kappa == pytest.approx(expected["kappa"], rel=1e-10)
    assert abs(solution.variance / expected["c0"] - 1.0) <= solution.convergence.error + 1e-12
    assert abs(solution.kappa - expected["kappa"]) <= solution.kappa_error + 1e-11
    if "c_inf" in expected:
        assert solution.static_variance == pytest.approx(expected["c_inf"], rel=1e-10)
    if "omega" in expected:
        assert 2.0 * math.pi * solution.frequency == pytest.approx(expected["omega"], rel=1e-14)
        assert solution.cov_x_at(0.125 / solution.frequency) == pytest.approx(expected["c_eighth_period"], rel=1e-9)
    if "lyapunov" in expected:
        exponent = dmft.lyapunov_exponent(solution)
        assert exponent == pytest.approx(expected["lyapunov"], abs=1e-9 if name != "rotating chaotic" else 5e-7)
        assert exponent.numerical_error < 1e-9


def test_the_printed_digits_of_the_literature_case():
    """g = 0.8, lam = 1.5; and the outliers of the fixed point, inside its disc, by two routes."""
    solution = dmft.solve_stationary(network(0.8, 1.5))
    expected = NUMBERS["R-static-g0.8-l1.5"]
    assert solution.variance == pytest.approx(0.7113529089, abs=1e-10)
    assert solution.kappa == pytest.approx(0.7057050202, abs=1e-10)
    found = dmft.fixed_point_outliers(solution)
    assert found.values.real + 1.0 == pytest.approx([expected["outlier"][0]] * 2, abs=1e-10)
    assert np.abs(found.values.imag) == pytest.approx([expected["outlier"][1]] * 2, abs=1e-10)
    assert dmft.coupling_outliers(solution.network).values == pytest.approx([1.5])
    assert found.radius == pytest.approx(expected["radius"], abs=1e-10)
    assert not found.visible.any()


@pytest.mark.long
def test_vectors_with_means():
    expected = NUMBERS["R-means"]
    solution = dmft.solve_stationary(network(2.8, 0.0, mean_left=1.0, mean_right=4.0))
    assert solution.state == "structured chaotic"
    assert abs(solution.mean_x) == pytest.approx(expected["mu"], abs=1e-8)
    assert solution.variance == pytest.approx(expected["c0"], rel=1e-9)
    assert solution.static_variance == pytest.approx(expected["c_inf"], rel=1e-9)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(expected["lyapunov"], abs=1e-8)


def test_input_along_a_vector():
    expected = NUMBERS["R-input"]
    solution = dmft.solve_stationary(
        network(
            1.0,
            0.8,
            population=dmft.Population(threshold_variance=0.89),
            input_overlap=0.89,
            left_input=0.8,
            right=0.89,
        )
    )
    assert solution.variance == pytest.approx(expected["c0"], rel=1e-10)
    assert solution.kappa == pytest.approx(expected["kappa"], rel=1e-10)
    assert solution.corr_phi[0] == pytest.approx(expected["square"], rel=1e-10)
