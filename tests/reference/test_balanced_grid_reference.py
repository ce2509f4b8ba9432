"""Balanced ReLU networks at every gain and size against the energy of their orbit (make_balanced_reference.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dmft
from dmft.theories.stationary.balanced import balanced_branches

REFERENCE: dict[str, Any] = json.loads(Path(__file__).with_name("balanced_reference.json").read_text())


def agrees(network: dmft.BalancedNetwork, state: list[float] | None, rtol: float) -> dmft.Convergence:
    solution = dmft.solve_stationary(network, on_failure="ignore")
    outcome = solution.convergence
    if state is None:
        assert outcome.status is dmft.Status.NO_SOLUTION, network
        assert "inhibition cannot balance the input" in outcome.message
        return outcome
    assert outcome.converged, (network, outcome)
    assert solution.variance == pytest.approx(state[1], rel=rtol), network
    assert solution.mean_x == pytest.approx(state[0], rel=rtol), network
    assert abs(solution.variance / state[1] - 1.0) <= outcome.error + 1e-11, network  # the error bounds the truth
    return outcome


@pytest.mark.parametrize("gain", sorted({entry["g"] for entry in REFERENCE["undriven"]}))
def test_undriven_state_or_none_at_every_size(gain: float) -> None:
    for entry in REFERENCE["undriven"]:
        if entry["g"] == gain:
            agrees(dmft.BalancedNetwork(gain, entry["size"]), entry["state"], 2e-9)


def test_reference_knows_both_outcomes() -> None:
    found = [entry["state"] is None for entry in REFERENCE["undriven"]]
    assert 10 < sum(found) < len(found) - 10


@pytest.mark.parametrize("gain", sorted({entry["g"] for entry in REFERENCE["white"]}))
def test_white_noise_at_every_size_and_intensity(gain: float) -> None:
    """2 E(x) s^4 = (D/2)^2: nothing of it is in the solver, which walks there by Newton's method."""
    for entry in REFERENCE["white"]:
        if entry["g"] == gain:
            drive = dmft.WhiteNoise(entry["D"])
            agrees(dmft.BalancedNetwork(gain, entry["size"], drive=drive), entry["state"], 2e-8)


def test_state_where_the_search_used_to_stall() -> None:
    """Variance 84.15363178, mean -6.223389, exponent .1926304, twelve digits by the energy elsewhere."""
    solution = dmft.solve_stationary(dmft.BalancedNetwork(2.7, 300))
    assert solution.process.branch == solution.state == "chaotic"
    assert solution.variance == pytest.approx(84.15363178, rel=1e-9)
    assert solution.mean_x == pytest.approx(-6.223389, abs=1e-6)
    value = dmft.lyapunov_exponent(solution)
    assert value == pytest.approx(0.1926304, abs=1e-7)
    assert value.numerical_error < 1e-9
    solution = dmft.solve_stationary(dmft.BalancedNetwork(3.0, 1000))
    assert (solution.mean_x, solution.variance) == (
        pytest.approx(-7.520916, abs=1e-6),
        pytest.approx(95.42597, abs=1e-5),
    )
    solution = dmft.solve_stationary(dmft.BalancedNetwork(2.0, 10))
    assert (solution.mean_x, solution.variance) == (pytest.approx(-3.639, abs=1e-3), pytest.approx(85.47, abs=1e-2))


@pytest.mark.parametrize("gain", [1.6, 2.0, 2.7, 3.0, 6.0])
def test_exponents_by_differences_along_the_orbit(gain: float) -> None:
    value = dmft.lyapunov_exponent(dmft.solve_stationary(dmft.BalancedNetwork(gain, 1e4)))
    assert value == pytest.approx(REFERENCE["exponents"][str(gain)], abs=2e-5)


@pytest.mark.parametrize(("J0", "I0"), [(0.7, 2.0), (3.0, 0.01), (1e-3, 1e3)])
def test_constant_input_and_inhibition_only_set_the_scale(J0: float, I0: float) -> None:
    one = dmft.solve_stationary(dmft.BalancedNetwork(2.2, 900.0, J0=J0, I0=I0), on_failure="ignore")
    x = next(e["x"] for e in REFERENCE["undriven"] if e["g"] == 2.0)
    if not one.convergence.converged:
        assert one.convergence.status is dmft.Status.NO_SOLUTION
        assert J0 == 1e-3
        return
    two = dmft.solve_stationary(dmft.BalancedNetwork(2.2, 4.0 * 900.0, J0=0.5 * J0, I0=I0))
    # K I0^2 four times as large at the same sqrt(K) J0: c0 is, too
    assert two.variance == pytest.approx(4.0 * one.variance, rel=1e-9)
    assert two.mean_x / two.variance**0.5 == pytest.approx(one.mean_x / one.variance**0.5, rel=1e-9)
    assert one.mean_x / one.variance**0.5 < x  # x(g) falls with g


def test_negative_input_rests_and_has_a_moving_state_only_as_a_barrier() -> None:
    """With I0 < 0 the tension must be negative: the state exists where none does at I0 > 0, and is not stable."""
    at = next(e for e in REFERENCE["undriven"] if e["g"] == 3.0 and e["size"] == 1.0)
    assert at["state"] is None
    rest, static, moving = balanced_branches(dmft.BalancedNetwork(3.0, 1.0, I0=-1.0))
    assert (rest.state, rest.variance, rest.mean_x, rest.stable) == ("quiescent", 0.0, -1.0, True)
    assert (static.state, static.stable) == ("fixed point", False)
    assert (moving.state, moving.stable) == ("chaotic", False)
    assert moving.mean_x / moving.variance**0.5 == pytest.approx(at["x"], rel=1e-9)
    assert dmft.solve_stationary(dmft.BalancedNetwork(3.0, 1.0, I0=-1.0)).state == "quiescent"
