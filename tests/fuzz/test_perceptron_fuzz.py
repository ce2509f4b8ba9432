"""Any perceptron, load and size: an answer that holds up, a status, or one of our errors; nothing else."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import dmft

positive = st.floats(-2.0, 2.0).map(lambda x: 10.0**x)
anything = st.sampled_from(
    [5e-324, 1e-150, 1e-20, 1e-3, 0.5, 1.0, 3.0, 1e6, 1e100, 1e150, math.nan, math.inf, -1.0, 0.0]
)
fractions = st.one_of(st.none(), st.floats(0.0, 1.0), st.sampled_from([1e-300, 1e-9, 1.0 - 1e-9]))


@st.composite
def perceptrons(draw):
    fraction = draw(fractions)
    pairs = [draw(st.tuples(positive, positive)) for _ in range(2)]
    cv, sd = pairs if fraction is not None else [(a, a) for a, _ in pairs]
    labels = draw(st.one_of(st.floats(0.01, 0.99), st.sampled_from([1e-9, 1.0 - 1e-9])))
    return dmft.Perceptron(excitatory=fraction, cv=cv, sd=sd, positive=labels, norm_bound=draw(positive))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(perceptrons(), st.floats(0.02, 0.98))
def test_margins_give_back_their_loads(perceptron, part):
    """What was found is the load at which that margin is the largest: the two verbs are each other's check."""
    top = dmft.solve_capacity(perceptron)
    assert top.convergence.converged
    assert 0.0 <= top.balanced_capacity <= top.capacity * (1.0 + 1e-12)
    if top.capacity < 1e-140:
        return
    load = part * top.capacity
    solved = dmft.solve_robustness(perceptron, load)
    assert solved.convergence.converged
    assert dmft.solve_capacity(perceptron, margin=solved.margin).capacity == pytest.approx(load, rel=1e-8)
    outward = dmft.solve_robustness(perceptron, load, to="output")
    assert outward.convergence.converged
    assert outward.input_margin <= solved.input_margin * (1.0 + 1e-9)
    assert (outward.state == "balanced") == (load < top.balanced_capacity or perceptron.excitatory is None)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(perceptrons(), st.floats(0.05, 0.9), st.integers(2, 3000), st.sampled_from(["input", "output"]))
def test_the_finite_form_says_how_it_ended(perceptron, part, size, to):
    top = dmft.solve_capacity(perceptron, size=size)
    if not (top.convergence.converged and top.capacity > 1e-140):
        return
    solved = dmft.solve_robustness(perceptron, part * top.capacity, to=to, size=size)
    if solved.convergence.converged:
        assert solved.margin > 0.0
        if to == "output":
            assert solved.weight_norm <= perceptron.norm_bound * (1.0 + 1e-8)
        if math.isfinite(solved.weight_norm):
            assert solved.input_margin == pytest.approx(solved.output_margin / solved.weight_norm, rel=1e-9)
    else:
        assert math.isnan(solved.margin)
        assert len(solved.convergence.message) > 30


@settings(max_examples=120, deadline=None, derandomize=True)
@given(fractions, st.tuples(anything, anything), st.tuples(anything, anything), anything, anything, anything)
def test_hostile_numbers_are_refused_or_answered(fraction, cv, sd, labels, load, ridge):
    try:
        perceptron = dmft.Perceptron(excitatory=fraction, cv=cv, sd=sd, positive=labels)
        for call in (dmft.solve_robustness, lambda p, a: dmft.solve_regression(p, a, ridge=ridge)):
            solved = call(perceptron, load)
            number = getattr(solved, "margin", None) if hasattr(solved, "margin") else solved.residual
            assert not solved.convergence.converged or (math.isfinite(number) and number >= 0.0)
    except (ValueError, dmft.DMFTError):
        return  # in our words: a wrong kind of error would pass through
