"""Susceptibility against differences of states at w = 0, and against a march under a weak sinusoid."""

import math

import numpy as np
import pytest

import dmft


def network(discrete=False):
    kind = [dmft.Map(), dmft.Map()] if discrete else [dmft.Leaky(1.0), dmft.Leaky(2.0)]
    return dmft.Network(
        {
            "E": dmft.Population(
                dmft.Symbolic("(1 + tanh(2*x))/2"),
                kind[0],
                fraction=0.6,
                bias=0.3,
                threshold_variance=0.3,
                drive=dmft.WhiteNoise(0.4),
            ),
            "I": dmft.Population(dmft.Tanh(), kind[1], bias=0.1, drive=dmft.WhiteNoise(0.3)),
        },
        dmft.Couplings(dmft.Random([[1.5, 1.0], [1.8, 0.7]]), dmft.Mean([[0.8, -1.2], [0.9, -0.4]])),
    )


@pytest.mark.parametrize(
    "statement",
    [
        network(),
        network(True),
        dmft.Network({"a": dmft.Population(bias=0.4)}, dmft.Couplings(dmft.Random(2.2), dmft.Mean(-0.5))),
        dmft.Network(
            {"a": dmft.Population(bias=0.4, threshold_variance=0.5)}, dmft.Couplings(dmft.Random(0.7), dmft.Mean(0.3))
        ),
    ],
    ids=["noise", "discrete", "chaos", "fixed point"],
)
def test_constant_input(statement):
    found = dmft.susceptibility(dmft.solve_stationary(statement), 0.0)
    step = 1e-4
    for b, name in enumerate(statement.named):
        path = f"populations.{name}.bias"
        up, down = (
            dmft.solve_stationary(statement.replace(**{path: statement.named[name].bias + sign * step}))
            for sign in (1, -1)
        )
        for word in ("mean_x", "mean_phi"):
            change = (getattr(up, word) - getattr(down, word)) / (2 * step)
            np.testing.assert_allclose(getattr(found, word)[:, b].real, change, atol=3e-7)
            np.testing.assert_allclose(getattr(found, word)[:, b].imag, 0.0, atol=1e-12)


@pytest.mark.parametrize("g", [0.8, pytest.param(2.0, marks=pytest.mark.long)])
def test_march_under_a_weak_sinusoid(g):
    """One population with noise and a mean: the variance goes along, without which the answer is 5 % off."""
    parts = {"nonlinearity": dmft.Symbolic("(1 + tanh(2*x))/2"), "bias": 0.6}
    couplings = dmft.Couplings(dmft.Random(g), dmft.Mean(-2.0))
    noise, size, frequency = dmft.WhiteNoise(0.6), 0.02, 0.1
    still = dmft.Network(dmft.Population(drive=noise, **parts), couplings)
    moved = dmft.Network(dmft.Population(drive=noise + dmft.Sinusoid(size, frequency), **parts), couplings)
    named = dmft.Network({"a": still.populations}, couplings)
    expected = dmft.susceptibility(dmft.solve_stationary(named), frequency).mean_x[0, 0]
    path = dmft.solve_nonstationary(moved, 50.0, method=dmft.TwoTimeMarch(dt=0.05))
    rows = path.last_period()
    wave = np.exp(-2j * math.pi * frequency * path.times[rows])
    found = 2 * np.mean(path.mean_x[rows] * wave) / size
    drive = 2 * np.mean(dmft.Sinusoid(1.0, frequency).at(path.times[rows]) * wave)
    assert found / drive == pytest.approx(expected, abs=3e-3 * abs(expected))


def test_discrete_time_against_its_map():
    statement = dmft.Network(
        dmft.Population(dmft.Symbolic("(1 + tanh(2*x))/2"), dmft.Map(), bias=0.3, drive=dmft.WhiteNoise(0.4)),
        dmft.Couplings(dmft.Random(1.2), dmft.Mean(-0.9)),
    )
    size, period = 1e-4, 5
    drive = dmft.OfTime(lambda t: size * np.cos(2 * np.pi * np.asarray(t) / period), period=float(period))
    moved = statement.replace(**{"populations.drive": dmft.WhiteNoise(0.4) + drive})
    path = dmft.solve_nonstationary(moved, 100, method=dmft.StepByStep(window=1))
    wave = np.exp(-2j * np.pi * path.times[-period:] / period)
    found = dmft.susceptibility(dmft.solve_stationary(statement), 1 / period)
    for word in ("mean_x", "mean_phi"):
        assert 2 * np.mean(getattr(path, word)[-period:] * wave) / size == pytest.approx(
            complex(getattr(found, word)), abs=1e-6
        )


def test_without_means_and_of_odd_units():
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    omega = np.array([0.0, 0.5, 3.0])
    found = dmft.susceptibility(solution, omega / (2 * math.pi))
    np.testing.assert_allclose(found.mean_x, 1 / (1 + 1j * omega), rtol=1e-12)
    np.testing.assert_allclose(found, solution.mean_slope / (1 + 1j * omega), rtol=1e-10)


def test_what_is_refused():
    wave = dmft.solve_stationary(dmft.RandomNetwork(0.8, drive=dmft.Sinusoid(0.5, 0.2, "random")))
    with pytest.raises(ValueError, match="sinusoid"):
        dmft.susceptibility(wave, 1.0)
    with pytest.raises(ValueError, match="finite"):
        dmft.susceptibility(dmft.solve_stationary(dmft.RandomNetwork(1.5)), np.inf)
    with pytest.raises(TypeError, match="solve_stationary"):
        dmft.susceptibility(dmft.RandomNetwork(1.5), 1.0)


@pytest.mark.long
def test_an_input_that_changes_kappa_is_refused():
    """With means of the vectors the mean of x answers by 2.01 to a change of bias here, and the blocks alone by 1."""
    low = dmft.LowRank(1.2, mean_left=1.0, mean_right=0.5)
    units = dmft.Population(bias=0.3, drive=dmft.WhiteNoise(0.1))
    with pytest.raises(ValueError, match="an input changes kappa"):
        dmft.susceptibility(
            dmft.solve_stationary(dmft.Network(units, dmft.Couplings(dmft.Random(0.8), None, low))), 0.0
        )
