from __future__ import annotations

import pickle

import phase_toys as toys
import pytest

import dmft
from dmft.phases.classify import Phase
from dmft.phases.noise_boundary import noise_boundary

EDGE = noise_boundary(dmft.RandomNetwork(g=2.0))


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (dmft.RandomNetwork(g=0.99), "quiescent"),
        (dmft.RandomNetwork(g=1.01), "chaotic"),
        (dmft.RandomNetwork(g=1.41, nonlinearity=dmft.ReLU()), "quiescent"),
        (dmft.RandomNetwork(g=1.42, nonlinearity=dmft.ReLU()), "unbounded"),
        (dmft.RandomNetwork(g=0.9, nonlinearity=dmft.Linear()), "quiescent"),
        (dmft.RandomNetwork(g=1.1, nonlinearity=dmft.Linear()), "unbounded"),
        (dmft.RandomNetwork(g=0.9, drive=dmft.WhiteNoise(0.0)), "quiescent"),
        (dmft.RandomNetwork(g=0.9, drive=dmft.WhiteNoise(0.1)), "driven, stable"),
        (dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(0.99 * EDGE)), "driven, chaotic"),
        # between the two, perturbations grow at first and die out in the end [Schuecker, Goedeke & Helias 2018]
        (dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.01 * EDGE)), "driven, locally expanding"),
        (dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(20.0)), "driven, stable"),
        (dmft.RandomNetwork(g=0.5, nonlinearity=dmft.Symbolic("tanh(x) + 1/2")), "fixed point"),
        (dmft.BalancedNetwork(g=2.0, size=5000), "chaotic"),
        (dmft.BalancedNetwork(g=1.0, size=5000), "fixed point"),
        # critical amplitude 4.0 [Engelken et al. 2022 model, N = 5000, f = .2]
        (dmft.BalancedNetwork(g=2.0, size=5000, drive=dmft.Sinusoid(3.8, 0.2, "random")), "driven, chaotic"),
        (dmft.BalancedNetwork(g=2.0, size=5000, drive=dmft.Sinusoid(4.2, 0.2, "random")), "driven, stable"),
        (dmft.BalancedNetwork(g=2.0, size=5000, drive=dmft.Sinusoid(80.0, 0.2)), "driven, stable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names(network, name):
    phase = dmft.classify_phase(network)
    assert phase == name
    assert phase.criterion


def test_what_decided_is_said():
    phase = dmft.classify_phase(dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.5)))
    assert phase.numbers["lyapunov_exponent"] < 0 < phase.numbers["growth"] - 1
    assert "largest Lyapunov exponent -0.0" in phase.criterion
    assert "g sqrt<phi'^2> = 1.15" in phase.criterion


def test_a_phase_is_a_text_that_travels():
    phase = pickle.loads(pickle.dumps(Phase("chaotic", "because", {"a": 1})))
    assert (phase, phase.criterion, phase.numbers) == ("chaotic", "because", {"a": 1.0})


def test_without_a_theory():
    with pytest.raises(TypeError, match="no theory is known"):
        dmft.classify_phase(toys.ToyNetwork())


@pytest.mark.long
@pytest.mark.parametrize(
    ("g", "k", "name"),
    [
        (0.8, 0.5, "quiescent"),
        (2.0, -1.0, "chaotic"),
        # k_semi = .667, k_freeze = 1.082, k_c = 1.209 at g = 2, p = 2.5
        (2.0, 0.85, "semi-freezable chaos"),
        (2.0, 1.35, "freezable chaos, fixed points coexist"),
    ],
)
def test_plastic_names(g, k, name):
    assert dmft.classify_phase(dmft.PlasticNetwork(g=g, k=k, p=2.5)) == name


def test_plastic_names_at_a_glance():
    assert dmft.classify_phase(dmft.PlasticNetwork(g=0.5, k=0.2, p=2.5)) == "quiescent"
