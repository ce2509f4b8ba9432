"""What is misspelt gets what there is, and what was meant; copies of statements stay what they are."""

import copy
import pickle

import numpy as np
import pytest

import dmft
import validation


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dmft.RandomNetwork(gain=2.0), r"no field 'gain' \(gain is stated by g\); its fields are: g, nonlin"),
        (lambda: dmft.RandomNetwork(2.0, nonlinearty="tanh"), r"did you mean 'nonlinearity'\?"),
        (lambda: dmft.Population(tau=2.0), r"tau is stated by dynamics=Leaky\(tau\)"),
        (lambda: dmft.WhiteNoise(sigma=1.0), "its fields are: intensity"),
        (lambda: dmft.Sinusoid(1.0, 0.2, phaze=0.0), r"did you mean 'phase'\?"),
        (lambda: dmft.Random(gain=1.0), "its fields are: g, symmetry"),
        (lambda: dmft.Couplings(rand=dmft.Random(1.0)), r"did you mean 'random'\?"),
        (lambda: dmft.LowRank(overlp=2.0), r"no field 'overlp' \(did you mean 'overlap'\?\)"),
        (
            lambda: dmft.Sampled(path=64),
            r"no field 'path' \(did you mean 'paths'\?\); its fields are: paths, seed",
        ),
        (lambda: dmft.TwoTimeMarch(step=0.1), "its fields are: dt, window"),
        (lambda: dmft.Leaky(t=1.0), "its fields are: tau"),
        (lambda: dmft.Adaptation(c=1.0, tau=5.0), r"did you mean 'ta'\?"),
        (
            lambda: dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(2.0)), metod="riccati"),
            r"no setting 'metod' \(did you mean 'method'\?\); it has: method",
        ),
    ],
)
def test_a_name_that_is_none_is_refused_with_those_that_are(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_a_line_knows_the_names_that_a_map_knows():
    net = dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(1.0))
    asked = {"along": {"g": [1.5]}, "over": {"drive.intensity": (0.1, 1.0)}}
    with pytest.raises(ValueError, match=r"one of lyapunov_exponent, .*; got 'lyapunov_exponnt' \(did you mean"):
        dmft.critical_line(net, **asked, observable="lyapunov_exponnt")
    by_name = dmft.critical_line(net, **asked, observable="lyapunov_exponent")
    by_function = dmft.critical_line(net, **asked, observable=dmft.lyapunov_exponent)
    assert np.array_equal(by_name["drive.intensity"], by_function["drive.intensity"])


@pytest.mark.parametrize(
    ("text", "same"),
    [("tanh", dmft.Tanh()), ("relu", dmft.ReLU()), ("tanh(x)**3", dmft.Symbolic("tanh(x)**3")), ("Erf", dmft.Erf())],
)
def test_a_text_is_the_nonlinearity_that_it_names(text, same):
    assert dmft.RandomNetwork(2.0, text) == dmft.RandomNetwork(2.0, same)
    assert dmft.Population(text).nonlinearity == same


@pytest.mark.parametrize(
    "statement",
    [
        dmft.RandomNetwork(2.0, "tanh(x - 0.3)", dmft.WhiteNoise(0.5)),
        dmft.Network({"E": dmft.Population(fraction=0.8), "I": dmft.Population("erf")}, dmft.Random(1.5)),
        dmft.Dynamics({"x": "-x + s*tanh(x) + h"}, output="tanh(x)", s=0.5),
        dmft.Filter("1/(1 + s*t)", t=3.0),
    ],
)
def test_copies_are_equal(statement):
    for one in (copy.copy(statement), copy.deepcopy(statement), pickle.loads(pickle.dumps(statement))):
        assert one == statement


def test_references_tell_by_which_papers_the_input_enters():
    def keys(drive):
        return dmft.solve_stationary(dmft.RandomNetwork(1.8, drive=drive)).references

    assert keys(None) == ("sompolinsky1988",)
    assert keys(dmft.WhiteNoise(0.5)) == ("sompolinsky1988", "schuecker2018")
    assert keys(dmft.Sinusoid(1.0, 0.2, "random")) == ("sompolinsky1988", "rajan2010")


def test_a_phi_that_is_bounded_does_not_grow_without_bound():
    lost = dmft.solve_stationary(
        dmft.RandomNetwork(1e4, "tanh(x - 0.5)", dmft.OrnsteinUhlenbeck(1.0, 3.0)), on_failure="ignore"
    )
    assert lost.convergence.converged or "without bound" not in lost.convergence.message
    grown = dmft.solve_stationary(dmft.RandomNetwork(3.0, "relu"), on_failure="ignore")
    assert "grows without bound" in grown.convergence.message


@pytest.mark.parametrize(
    ("verb", "misspelt", "words"),
    [
        (
            dmft.solve_stationary,
            "tol",
            r"solve_stationary has no argument 'tol' \(did you mean 'rtol'\?\); it takes network,",
        ),
        (dmft.branches, "max_step", r"did you mean 'max_steps'"),
        (dmft.solve_nonstationary, "length", r"no argument 'length'; it takes network, duration"),
        (dmft.phase_diagram, "observ", r"phase_diagram has no argument 'observ' \(did you mean 'observe'\?\)"),
        (validation.simulate, "n_realization", r"did you mean 'n_realizations'"),
        (validation.compare, "tolerence", r"compare has no argument 'tolerence' \(did you mean 'tolerance'\?\)"),
    ],
)
def test_a_verb_says_what_it_takes(verb, misspelt, words):
    with pytest.raises(TypeError, match=words):
        verb(dmft.RandomNetwork(2.0), **{misspelt: 1})
