"""What a balanced network accepts, and its input on a grid of times."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft
from dmft.models.common_input import common_input, is_common


def test_balance_scale() -> None:
    net = dmft.BalancedNetwork(g=2.0, size=400, J0=0.5, I0=1.5)
    assert net.inhibition == 10.0
    assert net.excitation == 30.0
    assert net.replace(size=100).excitation == 15.0


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
        ({"drive": 3.0}, "drive must be None, a Sinusoid"),
        ({"drive": dmft.Sinusoid}, "drive must be None, a Sinusoid"),
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
    np.testing.assert_allclose(common_input(dmft.Sinusoid(3.0, 0.2), t), [0.0, 3.0, 0.0], atol=1e-15)
    np.testing.assert_array_equal(common_input(dmft.Sinusoid(3.0, 0.2, "random"), t), 0.0)
    np.testing.assert_array_equal(common_input(None, t), 0.0)
    np.testing.assert_allclose(common_input(math.exp, t), np.exp(t))
    assert is_common(math.exp)
    assert is_common(dmft.Sinusoid(3.0, 0.2))
    assert not is_common(None)
    assert not is_common(dmft.OrnsteinUhlenbeck(1.0, 1.0))


def test_refuses_a_drive_that_is_not_a_number() -> None:
    with pytest.raises(ValueError, match=r"drive must return finite numbers, got nan at t = 2"):
        common_input(lambda t: math.nan if t >= 2 else 0.0, [0.0, 1.0, 2.0, 3.0])
