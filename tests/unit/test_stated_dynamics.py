"""Units stated by their equations: the rule of names, slopes, named cases, refusals by name, files."""

import ast
import json
import pickle

import numpy as np
import pytest

import dmft
from dmft.models.expressions.several import names_in, read, replaced, slope, value
from dmft.models.serialization import network_from_mapping, network_to_mapping

TEXTS = [
    "-x + s*tanh(x) + h",
    "(-x + h)/(1 + exp(-s*x))",
    "-x + h/(1 + (x/s)**2)",
    "x**s + s**x + log(x + h)*sqrt(s)",
    "sigmoid(x*h) + relu(x - h) + softplus(s*x) + sech(h)",
    "max(x, h, s)*min(x, 2*s) + abs(x - h)",
    "erf(x) - atan(h*x) + sinh(x)/cosh(s) + asinh(x) + cos(x)*sin(h) + tan(x/9)",
]


@pytest.mark.parametrize("text", TEXTS)
def test_slopes_are_those_of_finite_differences(text):
    tree = read(text)
    rng = np.random.default_rng(3)
    at = {name: rng.uniform(0.3, 2.0, 50) for name in names_in(tree)}
    for name in at:
        step = 1e-6
        ahead, behind = ({**at, name: at[name] + sign * step} for sign in (1.0, -1.0))
        expected = (value(tree, ahead) - value(tree, behind)) / (2 * step)
        assert value(slope(tree, name), at) == pytest.approx(expected, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("text", TEXTS)
def test_values_are_those_of_python_and_the_text_reads_back(text):
    tree = read(text)
    assert ast.unparse(read(ast.unparse(tree))) == ast.unparse(tree)
    known = {
        **{name: getattr(np, name) for name in ("tanh", "exp", "log", "sqrt", "sinh", "cosh", "cos", "sin", "tan")},
        "atan": np.arctan,
        "asinh": np.arcsinh,
        "erf": np.vectorize(__import__("math").erf),
        "abs": np.abs,
        "max": max,
        "min": min,
        "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
        "relu": lambda u: max(u, 0.0),
        "softplus": lambda u: np.log1p(np.exp(u)),
        "sech": lambda u: 1 / np.cosh(u),
    }
    at = {"x": 0.7, "h": 1.1, "s": 1.4}
    ours = {name: at[name] for name in names_in(tree)}
    assert value(tree, ours) == pytest.approx(float(eval(text, {}, known | at)), rel=1e-14)  # a text of this file


def test_names_are_replaced_in_canonical_form():
    assert ast.unparse(replaced(read("a*tanh(x) - x"), {"a": ast.Constant(0)})) == "-x"


def test_the_rule_of_names():
    unit = dmft.Dynamics({"x": "-x + s*tanh(x) + h"}, output="tanh(x)", s=1.2)
    assert unit == dmft.Dynamics("h - x + s*tanh(x)", "tanh(x)", parameters={"s": 1.2})
    assert hash(unit) == hash(pickle.loads(pickle.dumps(unit)))
    assert (unit.stated.states, unit.stated.fields, dict(unit.parameters)) == (("x",), ("h",), {"s": 1.2})
    two = dmft.Dynamics({"x": "-x + u", "z": "-z + v"}, output={"v": "tanh(x)", "u": "z**3"})
    assert two.stated.fields == ("v", "u")  # in the order of the outputs: a drive adds to the first
    assert eval(repr(unit), {"Dynamics": dmft.Dynamics}) == unit
    assert eval(repr(two), {"Dynamics": dmft.Dynamics}) == two
    assert "1.2345678901" in repr(dmft.Dynamics("-x + s*tanh(x) + h", s=1.2345678901))


@pytest.mark.parametrize(
    ("named", "stated"),
    [
        (dmft.SelfCoupled(1.2), dmft.Dynamics("-x + s*tanh(x) + h", s=1.2)),
        (dmft.DivisiveNorm(2), dmft.Dynamics("-x + h/(1 + (x/c)**2)", c=2)),
        (dmft.NonlinearAdaptation(2, 4), dmft.Dynamics({"x": "-x-w+h", "w": "(-w+c*tanh(x))/ta"}, c=2, ta=4)),
        (
            dmft.Gated(2),
            dmft.Dynamics({"x": "(-x + u)/(1+exp(-a*z))", "z": "-z + v"}, output={"u": "tanh(x)", "v": "tanh(x)"}, a=2),
        ),
    ],
)
def test_named_units_are_their_equations(named, stated):
    assert named.dynamics() == stated
    assert named.sampled
    assert stated.sampled


def test_linear_units_are_filters():
    unit = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*x)/ta"}, c=1, ta=5)
    assert not unit.sampled
    assert unit.transfer == dmft.Adaptation(1, 5).transfer
    assert dmft.SelfCoupled(0.0).transfer == dmft.Leaky(1.0).transfer
    oscillator = dmft.Dynamics({"x": "v", "v": "-gamma*v - w0**2*x + w0**2*h"}, w0=2, gamma=0.5)
    assert oscillator.transfer == dmft.Oscillator(2, 0.5).transfer
    with pytest.raises(ValueError, match="no linear filter"):
        _ = dmft.SelfCoupled(1.2).transfer


def test_a_linear_unit_with_an_output_of_its_first_state_is_solved_as_a_filter():
    stated = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*x)/ta"}, "tanh(k*x)", c=1, ta=5, k=1)
    by_equations = dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=stated), dmft.Random(2.0)))
    by_filter = dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=dmft.Adaptation(1, 5)), dmft.Random(2.0)))
    assert by_equations.variance == pytest.approx(by_filter.variance, rel=1e-9)
    assert not by_equations.sampled


def test_files_and_paths():
    gate = dmft.Network(
        dmft.Population(dynamics=dmft.Gated(2)), dmft.Couplings({"u": dmft.Random(2.0), "v": dmft.Random(1.5)})
    )
    own = dmft.Network(
        dmft.Population(dynamics=dmft.Dynamics("-x + s*tanh(x) + h", "x", s=1.2), drive=dmft.OrnsteinUhlenbeck(1, 1)),
        dmft.Random(2.0),
    )
    bare = dmft.Network(dmft.Population(dynamics=dmft.Dynamics("-x**3 - x + h")), dmft.Random(2.0))
    for network in (gate, own, bare):
        assert network_from_mapping(json.loads(json.dumps(network_to_mapping(network)))) == network
    assert own.replace(**{"populations.dynamics.parameters.s": 1.5}).populations.dynamics.parameters["s"] == 1.5
    assert gate.replace(**{"couplings.random.u.g": 3.0}).couplings.random["u"] == dmft.Random(3.0)
    assert own.number("populations.dynamics.parameters.s")[0] == 1.2


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (("-x + s*tanh(x) + h",), {}, "h, s .*each is a field"),
        (("-x",), {}, "must hear a field"),
        (("-x + h",), {"h": 2.0}, "must hear a field"),
        (("-x + h", "h"), {}, "asks for h"),
        (("-x + h", "2"), {}, "depend on a state"),
        (("-x + h",), {"s": 1}, "'s' stands in no equation"),
        (("-x + h",), {"x": 1}, "'x' is a state"),
        (("-x + h + sign(x)",), {}, "jumps"),
        (("-x + h", "heaviside(x)"), {}, "jumps"),
        (("-x + sqrt(x) + h",), {}, "real number everywhere.*x = -"),
        (("-x + h", "log(x)"), {}, "real number everywhere"),
        (("-x + 1j*h",), {}, "no place"),
        (("__import__('os') + h",), {}, "no place"),
        (("-x + h + (1",), {}, "not an expression.*; allowed are the state x, fields and parameters of any other"),
        (({"x": "-x + h", "a": "x a"},), {}, "the equation of 'a'.*; allowed are the states x, a, fields"),
        (("-x + s*h", "tanh(x"), {"s": 2.0}, "the output of 'h'.*; allowed are the state x, the parameter s, numbers"),
        (("-x + f(x) + h",), {}, "not a known function|f"),
        (({"x": "-x + u + v"}, {"u": "tanh(x)"}), {}, "each of the fields u, v"),
        (({"x": "-x + u"}, {"u": "x", "w": "x"}), {}, "each of the fields u and no other"),
        (({"tanh": "-tanh + h"},), {}, "function"),
        (({"pi": "-pi + h"},), {}, "pi"),
        (({"a_b": "-x + h"},), {}, "letters and digits"),
        (({f"x{k}": "h" for k in range(7)},), {}, "6 states"),
        (("-x + h",), {"output": "x + " * 400 + "x"}, "characters"),
    ],
)
def test_what_is_no_unit_is_refused_by_name(arguments, settings, words):
    with pytest.raises(ValueError, match=words):
        dmft.Dynamics(*arguments, **settings)


@pytest.mark.parametrize("given", [3, None, {}, {"x": 3}, ["-x + h"]])
def test_what_is_no_text_is_refused(given):
    with pytest.raises(TypeError):
        dmft.Dynamics(given)


def test_what_does_not_go_together_is_refused():
    own = dmft.Dynamics("-x + s*tanh(x) + h", "tanh(x)", s=1.2)
    with pytest.raises(ValueError, match="nonlinearity must be left out"):
        dmft.Population(dmft.Tanh(), own)
    with pytest.raises(ValueError, match=r"stable.*1"):
        dmft.Population(dynamics=dmft.Dynamics("x + h"))
    with pytest.raises(ValueError, match="stable"):  # though no field reaches what grows
        dmft.Population(dynamics=dmft.Dynamics({"x": "-x + h", "y": "y"}))
    with pytest.raises(ValueError, match=r"mapping of fields, random=\{'u'"):
        dmft.Network(dmft.Population(dynamics=dmft.Gated(1)), dmft.Random(2.0))
    with pytest.raises(ValueError, match=r"one dmft\.Random"):
        dmft.Network(dmft.Population(), dmft.Couplings({"u": dmft.Random(2.0)}))
    with pytest.raises(TypeError, match="each field to a Random"):
        dmft.Couplings({"u": 2.0})
    network = dmft.Network(dmft.Population(dynamics=own), dmft.Random(2.0))
    with pytest.raises(ValueError, match="leaky units"):
        dmft.solve_nonstationary(network, duration=5.0, method=dmft.TwoTimeMarch())


def _with(unit=None, random=2.0, **more):
    couplings = {name: more.pop(name) for name in ("mean", "plastic") if name in more}
    return dmft.Network(
        dmft.Population(dynamics=unit or dmft.SelfCoupled(1.2), **more),
        dmft.Couplings(dmft.Random(random) if random else None, **couplings),
    )


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (lambda: _with(drive=dmft.Sinusoid(1.0, 0.1)), "of random phase, got .*'common'"),
        (lambda: _with(drive=dmft.Sinusoid(1.0, 0.1, "random") + dmft.Sinusoid(1.0, 0.2, "random")), "one frequency"),
        (lambda: _with(drive=dmft.Sinusoid(1.0, 1e-3, phases="random")), "once in 106.667 at least, got once in 1000"),
        (lambda: _with(plastic=dmft.Hebbian(1.0, 2.0)), "couplings.plastic"),
        (lambda: _with(random=None), "without random couplings"),
        (lambda: _with(dmft.DivisiveNorm(1.0), drive=dmft.WhiteNoise(1.0)), "white noise.*constants"),
        (
            lambda: dmft.Network(
                dmft.Population(dynamics=dmft.Gated(1)),
                dmft.Couplings({"u": dmft.Random(2.0), "v": dmft.Random(2.0)}, mean=dmft.Mean(1.0)),
            ),
            "couplings.mean",
        ),
        (
            lambda: dmft.Network(
                {
                    "E": dmft.Population(dynamics=dmft.SelfCoupled(1.2)),
                    "I": dmft.Population(dynamics=dmft.Adaptation(1, 2)),
                },
                dmft.Random(2.0),
            ),
            "Adaptation.*states no equations",
        ),
    ],
)
def test_what_the_sampled_theory_does_not_know_is_refused_by_name(network, words):
    with pytest.raises(ValueError, match=words):
        dmft.solve_stationary(network())


def test_a_unit_that_blows_up_says_when_and_in_what_field():
    network = _with(dmft.Dynamics("-x + x**3 + h", "x"))
    with pytest.raises(dmft.NotConvergedError, match=r"not finite at a time of .*hears h = .*NON_FINITE"):
        dmft.solve_stationary(network)


@pytest.mark.parametrize("settings", [{"accuracy": 0.0}, {"accuracy": 1.0}, {"paths": 0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError):
        dmft.Sampled(**settings)


def test_few_paths_are_refused():
    with pytest.raises(ValueError, match="at least 64"):
        dmft.solve_stationary(_with(), method=dmft.Sampled(paths=8))
