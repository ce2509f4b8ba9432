"""Any gates, layers and inputs: a predictor of margin one with its certificate, a proof of none, or a status."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

import dmft


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, length = draw(st.integers(1, 25)), draw(st.integers(1, 15))
    x = rng.standard_normal((n, length)) * 10.0 ** draw(st.floats(-4.0, 4.0))
    if draw(st.booleans()):  # ties, zeros, inputs that stand twice
        x = np.round(3.0 * x / np.abs(x).max())
        x[n // 2 :] = x[: n - n // 2]
    x = np.column_stack([x, np.full(n, draw(st.sampled_from([1.0, 0.01, 100.0])))])
    if draw(st.booleans()):  # long and short inputs
        x *= 10.0 ** rng.uniform(-4.0, 4.0, (n, 1))
    y = np.where(rng.random(n) < draw(st.floats(0.0, 1.0)), 1, -1)
    units, planes = draw(st.integers(1, 6)), draw(st.integers(0, 3))
    if draw(st.booleans()):
        gates = dmft.HalfSpaces(
            units, planes, draw(st.integers(0, 99)), offsets=draw(st.sampled_from(["normal", "median"]))
        )
    else:
        gates = dmft.RectifierGates.drawn(3 * units, x.shape[1], draw(st.integers(0, 99)))
    layers = draw(st.sampled_from([1, 2, 2, 2, 3, 6]))
    readout = draw(st.sampled_from(["ungated", "gated"])) if layers > 1 else "ungated"
    norm = draw(st.sampled_from(["parameters", "parameters", "zeta", "function"]))
    return dmft.GatedLinear(gates, layers=layers, readout=readout), x, y, norm


def largest_margin(network, x, y):
    """Margin of the best predictor whose components are at most one, features and inputs in units of their largest."""
    codes = network.gates.placed(x).contexts(x)
    columns = [x * (codes[:, [h]] == c) for h in range(codes.shape[1]) for c in np.unique(codes[codes[:, h] >= 0, h])]
    features = np.hstack([np.zeros((len(x), 1)), *columns]) * y[:, None]
    features /= np.maximum(np.abs(features).max(axis=0), 1e-300)
    features /= np.maximum(np.abs(features).max(axis=1, keepdims=True), 1e-300)
    cost = np.append(np.zeros(features.shape[1]), -1.0)
    bounds = [(-1.0, 1.0)] * features.shape[1] + [(None, 1.0)]
    return -linprog(cost, np.column_stack([-features, np.ones(len(x))]), np.zeros(len(x)), bounds=bounds).fun


@pytest.mark.filterwarnings("ignore:no input is constant")
@settings(max_examples=40, deadline=None, derandomize=True)
@given(problems())
def test_limits_hold_up(problem):
    network, x, y, norm = problem
    solved = dmft.solve_implicit_bias(network, x, y, norm=norm)
    if solved.state in ("optimum", "stationary"):
        margins = y * solved.predict(x)
        assert abs(margins.min() - 1.0) < 1e-6
        assert np.all(solved.dual >= 0.0)
        if solved.state == "optimum":
            assert solved.gap <= solved.convergence.error <= 1e-7
            assert 1.0 - 1e-9 <= solved.certificate <= 1.0 + 1e-6
            # Complementary slackness: what is not at the margin has little weight.
            assert solved.dual @ (margins - 1.0) <= 1e-4 * solved.dual.sum()
    elif solved.state == "none":
        assert solved.dual.sum() - 1.0 < 1e-12
        assert np.all(solved.dual >= 0.0)
        assert largest_margin(network, x, y) < 1e-6
    else:
        assert solved.convergence.message
        assert not solved.convergence.converged
