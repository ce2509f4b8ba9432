"""What a balanced network accepts, and its input on a grid of times."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft


def test_balance_scale() -> None:
    net = dmft.BalancedNetwork(g=2.0, size=400, J0=0.5, I0=1.5)
    composed = net.compose()
    assert composed.couplings.mean.strength * composed.couplings.mean.scale == -10.0
    assert composed.populations.bias == 30.0
    assert net.replace(size=100).compose().populations.bias == 15.0


def test_repr_evaluates_back() -> None:
    net = dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(3.0, 0.2, phases="random"))
    names = {"BalancedNetwork": dmft.BalancedNetwork, "Sinusoid": dmft.Sinusoid, "ReLU": dmft.ReLU}
    assert eval(repr(net), names) == net


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"g": 0.0}, "g must be finite and positive, got 0.0"),
        ({"size": -5.0}, "size must be finite and positive, got -5.0"),
        ({"J0": -1.0}, "J0 must be finite and positive, got -1.0"),
        ({"I0": math.inf}, "I0 must be finite, got inf"),
        ({"nonlinearity": dmft.ReLU}, "nonlinearity must be an instance"),
        ({"drive": 3.0}, "drive must be None, an instance of WhiteNoise, OrnsteinUhlenbeck, Sinusoid, Weighted"),
        (
            {"drive": dmft.Sinusoid},
            "drive must be None, an instance of WhiteNoise, OrnsteinUhlenbeck, Sinusoid, Weighted",
        ),
    ],
)
def test_refuses(change: dict, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        dmft.BalancedNetwork(**{"g": 2.0, "size": 100, **change})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, 0.2), "amplitude must be finite and not negative"),
        ((1.0, -0.2), "frequency must be finite and positive"),
        ((1.0, 0.0, "random"), "frequency must be finite and positive"),
    ],
)
def test_refuses_sinusoids(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dmft.Sinusoid(*arguments)


def test_common_input() -> None:
    t = np.array([0.0, 1.25, 2.5])
    np.testing.assert_allclose(dmft.Sinusoid(3.0, 0.2).at(t), [0.0, 3.0, 0.0], atol=1e-15)
    np.testing.assert_array_equal(dmft.Sinusoid(3.0, 0.2, "random").at(t), 0.0)
    np.testing.assert_allclose(dmft.OfTime(math.exp).at(t), np.exp(t))
    assert dmft.OfTime(math.exp).common
    assert dmft.Sinusoid(3.0, 0.2).common
    assert not dmft.OrnsteinUhlenbeck(1.0, 1.0).common


def test_refuses_a_drive_that_is_not_a_number() -> None:
    with pytest.raises(ValueError, match=r"drive must return finite numbers, got nan at t = 2"):
        dmft.OfTime(lambda t: math.nan if t >= 2 else 0.0).at([0.0, 1.0, 2.0, 3.0])
