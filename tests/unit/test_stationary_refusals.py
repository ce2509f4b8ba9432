"""Bad input to models and to the stationary solver: what was given, what is allowed, nothing lost."""

import math

import numpy as np
import pytest

import dmft


@pytest.mark.parametrize("g", [0.0, -1.0, math.inf, math.nan])
def test_gain(g):
    with pytest.raises(ValueError, match=f"g must be finite and positive, got {g}"):
        dmft.RandomNetwork(g)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: dmft.RandomNetwork("2"), TypeError, "g must be a real number"),
        (lambda: dmft.RandomNetwork(2, dmft.Tanh), TypeError, r"write Tanh\(\.\.\.\)"),
        (lambda: dmft.RandomNetwork(2, np.tanh), TypeError, "derivative"),
        (lambda: dmft.RandomNetwork(2, symmetry=1.5), ValueError, r"symmetry must be in \[-1, 1\], got 1.5"),
        (lambda: dmft.RandomNetwork(2, drive=0.3), TypeError, "drive must be None, an instance of WhiteNoise"),
        (lambda: dmft.WhiteNoise(-0.1), ValueError, "intensity must be finite and not negative, got -0.1"),
        (lambda: dmft.OrnsteinUhlenbeck(1, -2), ValueError, "correlation_time must be finite and positive, got -2"),
        (lambda: dmft.Sinusoid(1, 0), ValueError, "frequency must be finite and positive, got 0"),
        (lambda: dmft.Sinusoid(1, 1, "none"), ValueError, "phases must be one of 'common', 'random'; got 'none'"),
        (lambda: dmft.ThresholdPower(0.5), ValueError, "n must be at least 1"),
        (lambda: dmft.RandomNetwork(2).replace(gain=3), ValueError, "has no field 'gain'; its fields are g, "),
        (lambda: dmft.RandomNetwork(2).replace(**{"drive.intensity": 1}), ValueError, "which is None.*WhiteNoise"),
        (
            lambda: dmft.RandomNetwork(2, drive=dmft.WhiteNoise(1)).replace(**{"drive.variance": 1}),
            ValueError,
            "no field 'variance'; it has intensity",
        ),
    ],
)
def test_models_say_what_is_wrong(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_a_common_phase_names_the_other_solver():
    with pytest.raises(ValueError, match="solve_nonstationary"):
        dmft.solve_stationary(dmft.RandomNetwork(2, drive=dmft.Sinusoid(1, 0.2)))


@pytest.mark.parametrize("lags", [[1.0, 2.0], [0.0, 0.0, 1.0], [0.0], [[0.0, 1.0]], [0.0, math.nan]])
def test_lags_must_increase_from_zero(lags):
    with pytest.raises(ValueError, match="increases from 0"):
        dmft.solve_stationary(dmft.RandomNetwork(2), lags=lags)


@pytest.mark.parametrize(
    ("lag", "kind"),
    [
        ("a", TypeError),
        (None, ValueError),
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        ([0.0, float("nan")], ValueError),
    ],
)
def test_a_lag_that_is_no_number_is_refused(lag, kind):
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    for asked in (solution.corr_x_at, solution.corr_phi_at, solution.cov_x_at):
        with pytest.raises(kind, match="lag must be"):
            asked(lag)


def test_a_short_window_is_refused_with_the_length_needed():
    network = dmft.RandomNetwork(2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0))
    with pytest.raises(dmft.NotConvergedError, match=r"got 10 tau, needed \d+") as caught:
        dmft.solve_stationary(network, method=dmft.LagEquation(window=10.0))
    assert caught.value.solution.convergence.status is dmft.Status.GRID_TOO_SHORT
    needed = float(caught.value.args[0].split("window=")[1].split(" ")[0])
    assert dmft.solve_stationary(network, method=dmft.LagEquation(window=needed)).convergence.converged


def test_too_few_steps_hand_back_the_best_iterate():
    network = dmft.RandomNetwork(2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0))
    with pytest.raises(dmft.NotConvergedError) as caught:
        dmft.solve_stationary(network, max_steps=1)
    best = caught.value.solution
    assert best.convergence.status is dmft.Status.MAX_STEPS
    assert best.variance == pytest.approx(dmft.solve_stationary(network).variance, rel=0.1)
    with pytest.warns(dmft.NotConvergedWarning, match="max_steps"):
        dmft.solve_stationary(network, max_steps=1, on_failure="warn")
    assert not dmft.solve_stationary(network, max_steps=1, on_failure="ignore").convergence.converged
    # ... and the iterate is a start
    assert dmft.solve_stationary(network, init=best).convergence.converged


def test_callback_sees_the_residual_fall():
    seen = []
    network = dmft.RandomNetwork(2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0))
    dmft.solve_stationary(network, rtol=1e-11, callback=lambda step, residual: seen.append(residual))
    assert seen[-1] < 1e-11 < seen[0]


def test_wrong_words():
    with pytest.raises(ValueError, match="on_failure must be one of 'raise', 'warn', 'ignore'; got 'stop'"):
        dmft.solve_stationary(dmft.RandomNetwork(2), on_failure="stop")
    with pytest.raises(ValueError, match="method must be one of 'collocation', 'riccati'; got 'qr'"):
        dmft.lyapunov_exponent(dmft.solve_stationary(dmft.RandomNetwork(2)), method="qr")
    with pytest.raises(TypeError, match=r"the network must be a dmft.Network, .*; got 3"):
        dmft.solve_stationary(3)
    with pytest.raises(TypeError, match="no Lyapunov exponent is known of a int"):
        dmft.lyapunov_exponent(3)


def test_kinks_without_closed_form_are_resolved():
    """An object of kinks at -1, 0 and 1, which are searched for; those of the same function as an expression are read
    off its tree."""

    class Tent:
        def __call__(self, x):
            return np.minimum(np.abs(x), 1.0)

        def derivative(self, x):
            return np.where(np.abs(x) < 1, np.sign(x), 0.0)

    found = dmft.solve_stationary(dmft.RandomNetwork(0.8, Tent(), dmft.WhiteNoise(1.0)))
    stated = dmft.solve_stationary(dmft.RandomNetwork(0.8, dmft.Symbolic("Min(Abs(x), 1)"), dmft.WhiteNoise(1.0)))
    assert found.variance == pytest.approx(stated.variance, rel=1e-11)
    assert found.convergence.error < 1e-9
    rule = dmft.solve_stationary(dmft.RandomNetwork(0.8, dmft.Symbolic("Max(x, 0)"), dmft.WhiteNoise(1.0)))
    closed = dmft.solve_stationary(dmft.RandomNetwork(0.8, dmft.ReLU(), dmft.WhiteNoise(1.0)))
    assert rule.variance == pytest.approx(closed.variance, rel=1e-11)


@pytest.mark.parametrize(
    "setting", [{"lags": [0.0, 1.0]}, {"method": dmft.LagEquation(window=50.0)}, {"method": dmft.EnergyOrbit()}]
)
def test_settings_of_another_theory_are_not_ignored(setting):
    with pytest.raises(ValueError, match=r"leave lags out|a memory: it is not Gaussian"):
        dmft.solve_stationary(dmft.RandomNetwork(3.0, symmetry=0.3), **setting)
