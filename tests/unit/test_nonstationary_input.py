"""What solve_nonstationary refuses, and how it says that a window is too short."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import dmft

NET = dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(20.0, 0.2))


@pytest.mark.parametrize(
    ("net", "duration", "settings", "message"),
    [
        (NET, -1.0, {}, "duration must be finite and positive, got -1"),
        (NET, 10.0, {"method": dmft.TwoTimeMarch(dt=0.4)}, "dt must be at most 0.3125, got 0.4: the mean"),
        (NET.replace(drive=None), 10.0, {"method": dmft.TwoTimeMarch(dt=0.6)}, "dt must be at most 0.5, got 0.6"),
        (NET, 10.0, {"method": dmft.TwoTimeMarch(window=4.0)}, "window must be longer than 5"),
        (NET, 10.0, {"init": (0.0, -1.0)}, "variance of x.0. must be finite and not negative, got -1"),
        (NET, 10.0, {"init": (math.nan, 1.0)}, "mean of x.0. must be finite, got nan"),
        (NET, 10.0, {"init": 3.0}, "init must be a pair"),
        (
            NET.replace(drive=lambda t: math.nan if t > 4 else 0.0),
            10.0,
            {},
            "drive must return finite numbers, got nan at t = ",
        ),
        (
            NET.replace(drive=math.sin),
            40.0,
            {"method": dmft.TwoTimeMarch(window=30.0)},
            "a window needs a drive that is periodic or constant",
        ),
        (dmft.RandomNetwork(1.5, symmetry=0.5), 10.0, {"method": dmft.TwoTimeMarch()}, "symmetry must be 0"),
        (NET, 10.0, {"method": dmft.SampledPaths()}, "knows no mean input"),
        (dmft.PlasticNetwork(1.5, 1.0, 2.0), 10.0, {}, "TwoTimeMarch: plastic.*SampledPaths: plastic.*solve_plastic"),
        (
            NET.replace(drive=dmft.Sinusoid(1.0, 0.2, "random") + dmft.Sinusoid(1.0, 0.3, "random")),
            10.0,
            {},
            "x is conditioned on one random phase: give one Sinusoid of random phases, got 2",
        ),
        (NET, 10.0, {"method": "march"}, "method must be None or an instance of TwoTimeMarch"),
        (NET, 10.0, {"rtol": math.inf}, "rtol must be finite and positive, got inf"),
        (NET, 10.0, {"rtol": None}, "rtol must be a real number"),
        (NET, 10.0, {"rtol": -1.0}, "rtol must be finite and positive, got -1"),
        (NET, math.inf, {}, "duration must be finite and positive, got inf"),
        (NET, "a", {}, "duration must be a real number"),
        (NET, 10.0, {"on_failure": "shout"}, "on_failure must be one of"),
        (NET, 1e12, {}, "would take about .* GB of memory.*shorten duration"),
        (NET, 1e12, {"method": dmft.TwoTimeMarch(window=20.0)}, "would take about"),
        (NET.replace(drive=dmft.Sinusoid(1.0, 1e3)), 1e3, {}, "would take about .*a fast drive needs"),
        ("network", 10.0, {}, "the network must be a dmft.Network, or a short name of one"),
    ],
)
def test_refuses(net, duration: float, settings: dict, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        dmft.solve_nonstationary(net, duration, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dt": 0.0}, "dt must be finite and positive"),
        ({"window": math.inf}, "window must be finite and positive, got inf"),
        ({"window": "a"}, "window must be a real number"),
    ],
)
def test_a_march_refuses_its_settings(settings: dict, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        dmft.TwoTimeMarch(**settings)


def test_window_shorter_than_the_memory_is_reported_with_the_figure() -> None:
    with pytest.raises(dmft.NotConvergedError, match=r"window of 11 is shorter than the memory.*try window=18") as info:
        dmft.solve_nonstationary(NET, 60.0, method=dmft.TwoTimeMarch(window=11.0))
    assert info.value.solution.convergence.status is dmft.Status.GRID_TOO_SHORT
    with pytest.warns(dmft.NotConvergedWarning, match="GRID_TOO_SHORT"):
        sol = dmft.solve_nonstationary(NET, 60.0, method=dmft.TwoTimeMarch(window=11.0), on_failure="warn")
    assert sol.convergence.residual > 1e-3


def test_last_period_needs_one() -> None:
    sol = dmft.solve_nonstationary(NET, 4.0)
    with pytest.raises(ValueError, match="duration must be at least one period, 5; got 4"):
        sol.last_period()
    assert dmft.solve_nonstationary(NET, 6.0).last_period() == slice(10, 60)
    with pytest.raises(ValueError, match="no period"):
        dmft.solve_nonstationary(NET.replace(drive=None), 4.0).last_period()


@pytest.mark.long
def test_divergence_is_reported() -> None:
    net = dmft.RandomNetwork(3.0, nonlinearity=dmft.Linear())
    with pytest.raises(dmft.NotConvergedError, match="not finite"):
        dmft.solve_nonstationary(net, 400.0, method=dmft.TwoTimeMarch(dt=0.5, window=5.0))


def test_solution_is_labelled_read_only_and_pickles() -> None:
    sol = dmft.solve_nonstationary(NET, 6.0)
    data = sol.to_xarray()
    assert data["band"].dims == ("times", "lags")
    assert data.attrs["state"] == sol.state == "transient"
    with pytest.raises(ValueError, match="read-only"):
        sol.mean_x[0] = 1.0
    again = pickle.loads(pickle.dumps(sol))
    np.testing.assert_array_equal(again.variance, sol.variance)


@dataclass(frozen=True)
class Ending:
    """tanh, which is not a number beyond `end` on the left."""

    end: float = 4.5

    def __call__(self, x):
        return np.where(np.asarray(x) < -self.end, np.nan, np.tanh(x))

    def derivative(self, x):
        return np.where(np.asarray(x) < -self.end, np.nan, 1.0 - np.tanh(x) ** 2)


def test_a_nonlinearity_that_is_not_finite_is_named_with_the_place() -> None:
    net = dmft.RandomNetwork(2.0, Ending())
    with pytest.raises(dmft.NotConvergedError, match=r"Ending\(end=4.5\) is not finite at x = -") as info:
        dmft.solve_nonstationary(net, 5.0)
    assert info.value.solution.convergence.status is dmft.Status.NON_FINITE
    late = dmft.RandomNetwork(0.5, Ending(), dmft.WhiteNoise(1.0))  # finite at first
    sol = dmft.solve_nonstationary(late, 5.0, init=(0.0, 0.01), on_failure="ignore")
    assert sol.convergence.status is dmft.Status.NON_FINITE
    assert 0 < sol.convergence.steps < len(sol.times)
    assert np.all(np.isfinite(sol.variance[: sol.convergence.steps]))
    with pytest.raises(ValueError, match="no static state to start from"):
        dmft.solve_nonstationary(dmft.BalancedNetwork(2.0, 100, nonlinearity=Ending()), 5.0)
    driven = dmft.RandomNetwork(2.0, Ending(), dmft.Sinusoid(1.0, 0.2))
    with pytest.raises(dmft.NotConvergedError, match="not finite at x"):
        dmft.solve_periodic(driven)


def test_a_locked_state_refuses_a_process_with_memory() -> None:
    with pytest.raises(ValueError, match="symmetry must be 0"):
        dmft.solve_periodic(dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(1.0, 0.2), symmetry=0.5))


@pytest.mark.parametrize("settings", [{"n": 1e9}, {"n": math.inf}, {"rtol": "a"}, {"max_steps": -1}, {"n": 8}])
def test_locked_state_refuses(settings: dict) -> None:
    with pytest.raises((ValueError, TypeError)):
        dmft.solve_periodic(NET, **settings)


def test_command_ends_with_a_message(capsys) -> None:
    from dmft.cli import main

    with pytest.raises(SystemExit) as info:
        main(["solve", "nonstationary", "--g", "2", "--duration", "5", "--nonlinearity", "sqrt(x)"])
    assert info.value.code == 2
    assert "sqrt(x), whose slope diverges at x = 0" in capsys.readouterr().err
