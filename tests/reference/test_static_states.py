"""Fixed points of populations, the bulk of their Jacobian and its outliers, beside numbers of an independent script.

The cases are F1, F2, F3 and F5 of the structure sheet. Two of its fractions (.5117598, .5269272) are wrong in the fifth
digit: a rule of even steps around a circle does not see where it meets the edge of the bulk; those here do.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft
from dmft.theories.blocks import blocks_of
from dmft.theories.static_states import static_states

CASES = json.loads(Path(__file__).with_name("static_states_reference.json").read_text())
PHI = {
    "tanh": dmft.Tanh(),
    "sigmoid": dmft.Symbolic("(1+tanh(x))/2"),
    "tanh1.2": dmft.Symbolic("tanh(1.2*x)"),
}


def network(model):
    p = len(model["f"])
    tau, bias, spread = (model.get(name, [usual] * p) for name, usual in (("tau", 1.0), ("h", 0.0), ("s", 0.0)))
    populations = {
        f"p{a}": dmft.Population(
            PHI[model["phi"][a]],
            dmft.Leaky(tau[a]),
            bias=bias[a],
            fraction=model["f"][a],
            threshold_variance=spread[a],
        )
        for a in range(p)
    }
    mean = dmft.Mean(model["M"]) if "M" in model else None
    return dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt(model["G"])), mean))


@pytest.fixture(scope="module", params=sorted(CASES))
def case(request):
    net = network(CASES[request.param]["model"])
    return request.param, net, static_states(blocks_of(net)), CASES[request.param]["states"]


def nearest(states, right):
    return min(states, key=lambda s: np.max(np.abs(s.m - right["m"])) + np.max(np.abs(s.c0 - right["c0"])))


def test_states_and_their_eigenvalues(case):
    _, _, found, states = case
    assert found.complete
    for right in states:
        state = nearest(found.states, right)
        np.testing.assert_allclose(state.m, right["m"], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(state.c0, right["c0"], rtol=1e-10)
        assert state.spread == pytest.approx(right["rho"], rel=1e-9)
        assert state.bulk.abscissa == pytest.approx(right["edge"], abs=1e-9)
        assert state.sign == right["sign"]
        np.testing.assert_allclose(state.eigenvalues.real, right["rates"], atol=1e-8)
        np.testing.assert_allclose(state.eigenvalues.imag, 0.0, atol=1e-8)
        assert state.residual < 1e-12


def test_outliers_are_those_outside_of_the_bulk(case):
    name, _, found, states = case
    right = {"F1": (-0.5634066008, -0.365566448), "F2": (-0.6597598251, -0.5706962627)}
    state = nearest(found.states, states[0])
    if name not in right:  # F3, F5: all within
        assert not len(state.outliers)
        assert not len(state.naive_outliers)
        return
    assert state.outliers == pytest.approx([right[name][0]], abs=1e-9)
    assert state.naive_outliers == pytest.approx([right[name][1]], abs=1e-9)


def test_all_states_of_the_sheet(case):
    name, _, found, _ = case
    number = {"F1": 3, "F2": 1, "F3": 1, "F5": 4}
    assert len(found.states) == number[name]
    if name == "F5":
        # Of the state at rest K phi'^2 = 9 > 1: the least threshold variance ends it, and it does not count.
        assert [s.sign for s in found.states if not np.any(s.c0)] == [0]


def test_fractions_in_discs(case):
    name, net, _, states = case
    if not states[0]["fractions"]:
        return
    spectrum = dmft.jacobian_spectrum(dmft.branches(net)[0].solution)
    for centre, radius, right in states[0]["fractions"]:
        assert spectrum.fraction(centre, radius) == pytest.approx(right, abs=2e-10)
        assert spectrum.fraction_error(centre, radius) < 1e-10
    assert name == "F3"


def test_the_branches_of_the_sheet():
    f5 = dmft.branches(network(CASES["F5"]["model"]))
    assert [b.solution.state for b in f5] == ["quiescent", "chaotic", "fixed point", "fixed point", "fixed point"]
    assert [b.stable for b in f5] == [False, False, False, True, True]
    assert f5.complete
    chaotic = f5[1]
    assert "the means leave 0" in chaotic.criterion
    assert sorted(float(b.solution.mean_x[0]) for b in f5.stable) == pytest.approx([-3.391689094, 3.391689094])
