"""rtol is honoured, or refused where rounding forbids it."""

import inspect
import math

import pytest

import dmft

STATES = [
    dmft.RandomNetwork(2.0),
    dmft.RandomNetwork(0.8, dmft.Symbolic("tanh(x)+0.3")),
    dmft.RandomNetwork(1.5, drive=dmft.WhiteNoise(0.5)),
    dmft.RandomNetwork(1.5, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0)),
    dmft.BalancedNetwork(2.0, 1000),
]


@pytest.mark.parametrize("rtol", [1e-20, 0.0, -1.0, math.inf, math.nan, 2.0])
@pytest.mark.parametrize("network", STATES[::4], ids=repr)
def test_out_of_range(network, rtol):
    with pytest.raises(ValueError, match=r"rtol must be .*got"):
        solve(network, rtol)


@pytest.mark.parametrize("rtol", ["a", None, 1j, [1e-9]])
def test_not_a_number(rtol):
    with pytest.raises(TypeError, match="rtol must be a real number"):
        solve(STATES[0], rtol)


@pytest.mark.parametrize("rtol", [1e-4, 1e-11, 1e-14])
@pytest.mark.parametrize("network", STATES, ids=repr)
def test_converged_means_below_it(network, rtol):
    if rtol < 1e-12 and isinstance(network, dmft.BalancedNetwork):
        pytest.skip("refused: at least 1e-12 there")
    outcome = solve(network, rtol).convergence
    assert outcome.converged == (outcome.residual <= rtol)


def test_the_command_has_the_default_of_the_function():
    from dmft.commands.solve import stationary

    own = next(option.default for option in stationary.params if option.name == "rtol")
    assert own == inspect.signature(dmft.solve_stationary).parameters["rtol"].default


def solve(network, rtol):
    if isinstance(network, dmft.BalancedNetwork):
        return dmft.solve_stationary(network, rtol=rtol, on_failure="ignore")
    return dmft.solve_stationary(network, rtol=rtol, on_failure="ignore")
