"""Which state of a balanced network is meant, that it is followed, found and named, and that its error bounds it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import dmft
from dmft.numerics.walk import walk
from dmft.theories.reduction import reduced
from dmft.theories.stationary.balanced import balanced_branches, newton
from dmft.theories.stationary.balanced.mean_averages import site_of
from dmft.theories.stationary.balanced.static import static_states

CHAOTIC = dmft.BalancedNetwork(2.0, 1000)
STILL = dmft.BalancedNetwork(1.0, 1000)
RESTING = dmft.BalancedNetwork(1.5, 100, I0=-1.0)
ERF = dmft.BalancedNetwork(2.0, 1000, I0=0.3, nonlinearity=dmft.Erf())


def sine(amplitude: float, frequency: float = 0.2) -> dmft.Sinusoid:
    return dmft.Sinusoid(amplitude, frequency, phases="random")


@pytest.mark.parametrize("network", [CHAOTIC, STILL, RESTING, ERF], ids=["chaotic", "still", "resting", "erf"])
@pytest.mark.parametrize(
    "drive",
    [dmft.WhiteNoise(1e-6), dmft.OrnsteinUhlenbeck(1e-12, 3.0), sine(1e-6)],
    ids=["white", "OU", "sinusoid"],
)
def test_state_does_not_flip_with_a_drive_of_next_to_nothing(network: dmft.BalancedNetwork, drive: Any) -> None:
    without, driven = (dmft.solve_stationary(n) for n in (network, network.replace(drive=drive)))
    assert driven.variance == pytest.approx(without.variance, rel=1e-6, abs=1e-6)
    assert driven.mean_x == pytest.approx(without.mean_x, rel=1e-6)
    assert driven.state == ("driven, chaotic" if without.state == "chaotic" else "driven, stable")


@pytest.mark.parametrize("drive", [dmft.WhiteNoise(0), dmft.OrnsteinUhlenbeck(0, 1), sine(0.0)])
def test_drive_of_no_strength_is_none(drive: Any) -> None:
    for network in (CHAOTIC, STILL, RESTING):
        without, driven = (dmft.solve_stationary(n) for n in (network, network.replace(drive=drive)))
        assert (driven.variance, driven.process.branch, driven.state) == (
            without.variance,
            without.process.branch,
            without.state,
        )


def test_init_is_followed_whatever_the_drives() -> None:
    drives = [sine(1.0), sine(8.0), dmft.WhiteNoise(1.0), None, dmft.OrnsteinUhlenbeck(2.0, 5.0), sine(2.0, 0.5)]
    before = dmft.solve_stationary(CHAOTIC)
    for drive in drives:
        network = CHAOTIC.replace(drive=drive)
        before, anew = dmft.solve_stationary(network, init=before), dmft.solve_stationary(network)
        assert before.variance == pytest.approx(anew.variance, rel=1e-9)
        assert before.process.branch == anew.process.branch
    before = dmft.solve_stationary(CHAOTIC.replace(g=2.5), init=before)
    assert before.variance == pytest.approx(dmft.solve_stationary(CHAOTIC.replace(g=2.5)).variance, rel=1e-9)


def test_noise_driven_states_are_told_apart() -> None:
    weak, strong = (dmft.solve_stationary(CHAOTIC.replace(drive=dmft.WhiteNoise(d))) for d in (2.0, 20.0))
    assert weak.process.branch == strong.process.branch == "noisy"
    assert (weak.state, strong.state) == ("driven, chaotic", "driven, stable")


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(2.0), dmft.OrnsteinUhlenbeck(1.0, 0.1), sine(2.0), sine(15.0)])
def test_error_bounds_the_distance_from_a_better_solution(drive: Any, rtol: float) -> None:
    network = CHAOTIC.replace(drive=drive)
    rough, fine = (dmft.solve_stationary(network, rtol=r) for r in (rtol, 1e-11))
    conditional = rough.process.conditional[0] / fine.process.conditional[0] - 1.0
    assert abs(conditional) <= rough.convergence.error
    assert rough.convergence.residual <= rtol
    assert fine.convergence.error < 1e-8


def test_rescaling_of_a_steep_nonlinearity() -> None:
    """tanh(2 x) at g, J0, I0 is tanh at 2 g, 2 J0, 2 I0 in units of h/2."""
    steep = dmft.BalancedNetwork(1.0, 1000, J0=0.5, I0=0.15, nonlinearity=dmft.Symbolic("tanh(2*x)"))
    plain = dmft.BalancedNetwork(2.0, 1000, I0=0.3, nonlinearity=dmft.Tanh())
    one, two = (dmft.solve_stationary(n) for n in (steep, plain))
    assert one.process.branch == two.process.branch == "chaotic"
    assert 4.0 * one.variance == pytest.approx(two.variance, rel=3e-9)
    assert dmft.lyapunov_exponent(one) == pytest.approx(float(dmft.lyapunov_exponent(two)), abs=1e-7)


def test_threshold_power_of_one_is_relu() -> None:
    for drive in (None, sine(2.0)):
        network = CHAOTIC.replace(drive=drive)
        other = dmft.solve_stationary(network.replace(nonlinearity=dmft.ThresholdPower(1)))
        assert other.variance == dmft.solve_stationary(network).variance


@pytest.mark.parametrize(
    ("drive", "added"),
    [
        (None, 0.0),
        (dmft.WhiteNoise(1.0), 0.5 / 0.6),  # D/(2 kappa), kappa^2 = 1 - g^2
        (sine(1.0, 0.1), 0.5 / (0.36 + (0.2 * math.pi) ** 2)),
        (sine(50.0, 30.0), 1250.0 / (0.36 + (60 * math.pi) ** 2)),
    ],
)
def test_linear_networks_in_closed_form(drive: Any, added: float) -> None:
    """C = g^2 m^2/(1 - g^2) + the response to the drive; there is no state from g = 1 on."""
    network = dmft.BalancedNetwork(0.8, 100.0, nonlinearity=dmft.Linear(), drive=drive)
    solution = dmft.solve_stationary(network)
    m = 10.0 / 11.0
    assert solution.mean_x == pytest.approx(m, rel=1e-8)
    assert solution.variance == pytest.approx(0.64 * m * m / 0.36 + added, rel=1e-8)
    failed = dmft.solve_stationary(network.replace(g=1.2), on_failure="ignore")
    assert failed.convergence.status is dmft.Status.NO_SOLUTION


def test_exponent_of_a_spreading_mode_is_that_of_the_continuum() -> None:
    """Silent networks under noise: no slope at all, lambda = -1; linear ones g - 1, whatever the window."""
    silent = dmft.solve_stationary(RESTING.replace(drive=dmft.WhiteNoise(0.1)))
    assert dmft.lyapunov_exponent(silent) == pytest.approx(-1.0, abs=1e-12)
    linear = dmft.BalancedNetwork(0.8, 100.0, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.0))
    value = dmft.lyapunov_exponent(dmft.solve_stationary(linear))
    assert abs(value + 0.2) <= value.numerical_error < 1e-8


def test_fast_drives_are_averaged_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two scales against all the lags of the same drive, 15 cycles per tau: apart by order w^-4."""
    from dmft.theories.stationary.balanced import branches, windows

    network = CHAOTIC.replace(drive=sine(100.0, 15.0))
    two_scales = dmft.solve_stationary(network, rtol=1e-6)
    for module in (newton, branches, windows):
        monkeypatch.setattr(module, "FAST", 1e9)
    resolved = dmft.solve_stationary(network, rtol=1e-6, method=dmft.Balanced(window=40.0))
    assert two_scales.process.branch == resolved.process.branch == "chaotic"
    assert len(resolved.lags) > 5 * len(two_scales.lags)
    assert two_scales.variance == pytest.approx(resolved.variance, rel=1e-6)
    static = dmft.solve_stationary(CHAOTIC).variance
    assert abs(resolved.variance / static - 1.0) > 1e-3  # the drive does something


@pytest.mark.parametrize(
    ("frequency", "amplitude"), [(1e-3, 30.0), (0.01, 1.0), (0.1, 5.0), (3.0, 30.0), (100.0, 300.0), (1000.0, 1e4)]
)
def test_sinusoids_of_any_frequency(frequency: float, amplitude: float) -> None:
    solution = dmft.solve_stationary(CHAOTIC.replace(drive=sine(amplitude, frequency)))
    assert solution.convergence.converged
    assert solution.convergence.error < 1e-7
    # in the response to a slow or fast sinusoid the sum of both parts of the variance
    response = 0.5 * amplitude**2 / (1.0 + (2.0 * math.pi * frequency) ** 2)
    assert float(solution.cov_x_at(0.0)) == pytest.approx(solution.process.conditional[0] + response, rel=1e-12)


def test_all_states_of_networks_that_have_several() -> None:
    states = balanced_branches(dmft.BalancedNetwork(4.0, 10, I0=0.0, nonlinearity=dmft.Erf()))
    assert [(s.state, s.stable) for s in states] == [("quiescent", False), ("fixed point", False), ("chaotic", True)]
    assert all(s.others == 2 and s.convergence.converged for s in states)
    # h = 0 on average: the random network's own states
    random = dmft.RandomNetwork(4.0, nonlinearity=dmft.Erf())
    assert states[2].variance == pytest.approx(dmft.solve_stationary(random).corr_x[0], rel=1e-9)


@pytest.mark.filterwarnings("ignore::dmft.AccuracyWarning")
def test_static_states_are_all_there() -> None:
    """Roots of c0 = g^2 <phi^2>, m = sqrt(K) (I0 - J0 <phi>) on a plain grid of c0 and m, by changes of sign."""
    network = dmft.BalancedNetwork(6.0, 1.0, J0=0.2, I0=-0.5, nonlinearity=dmft.Symbolic("(1+tanh(3*(x-1)))/2"))
    z = np.linspace(-6, 6, 121)
    w = np.exp(-0.5 * z * z)
    w /= w.sum()
    c0, m = np.meshgrid(np.exp(np.linspace(-25, 5, 181)), np.linspace(-1.5, 0.5, 101), indexing="ij")
    phi = 0.5 * (1 + np.tanh(3 * (m[..., None] + np.sqrt(c0)[..., None] * z - 1)))
    one = np.log(36.0 * (phi**2 @ w) / c0)
    two = m + 0.5 + 0.2 * (phi @ w)
    corners = [(slice(a, a - 1 or None), slice(b, b - 1 or None)) for a in (0, 1) for b in (0, 1)]

    def changes(f: np.ndarray) -> np.ndarray:
        values = np.stack([f[i] for i in corners])
        return (values.min(axis=0) < 0) & (values.max(axis=0) > 0)

    cells = np.argwhere(changes(one) & changes(two))
    groups = {tuple(cell // 6) for cell in cells}
    found = static_states(site_of(reduced(network))).states
    assert len(found) == 3
    places = [(math.log(s.c0), s.m) for s in found]
    for i, j in groups:
        assert any(abs(y - math.log(c0[6 * i + 3, 0])) < 1.5 and abs(x - m[0, 6 * j + 3]) < 0.2 for y, x in places)
    for y, x in places:
        assert any(abs(y - math.log(c0[6 * i + 3, 0])) < 1.5 and abs(x - m[0, 6 * j + 3]) < 0.2 for i, j in groups)
    assert [s.stable for s in found][:2] == [True, False]  # at rest all but for a tail, and the barrier above it


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"rtol": math.inf}, ValueError, "rtol"),
        ({"rtol": -1.0}, ValueError, "rtol"),
        ({"rtol": "a"}, TypeError, "rtol"),
        ({"rtol": None}, TypeError, "rtol"),
        ({"rtol": 1e-20}, ValueError, "rtol must be in"),
        ({"rtol": 0.5}, ValueError, "rtol"),
        ({"max_steps": 0}, ValueError, "max_steps"),
        ({"max_steps": 2.5}, TypeError, "max_steps"),
        ({"init": 3}, TypeError, "init"),
        ({"on_failure": "shout"}, ValueError, "on_failure"),
    ],
)
def test_refuses(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        dmft.solve_stationary(CHAOTIC, **arguments)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"window": 0.0}, ValueError, "window"),
        ({"window": -3.0}, ValueError, "window"),
        ({"window": 1e300}, ValueError, "window"),
        ({"window": 1e100}, ValueError, "window of 1e\\+100 tau"),
        ({"window": "long"}, TypeError, "window"),
        ({"branch": "noisy"}, ValueError, "branch"),
    ],
)
def test_settings_of_the_method_are_refused(settings: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        dmft.solve_stationary(CHAOTIC, method=dmft.Balanced(**settings))


@pytest.mark.long
def test_outcomes_other_than_converged() -> None:
    with pytest.raises(dmft.NotConvergedError, match="inhibition cannot balance the input"):
        dmft.solve_stationary(dmft.BalancedNetwork(6.0, 10))
    short = dmft.solve_stationary(CHAOTIC, method=dmft.Balanced(window=3.0), on_failure="ignore")
    assert short.convergence.status is dmft.Status.GRID_TOO_SHORT
    none = dmft.solve_stationary(STILL, method=dmft.Balanced(branch="chaotic"), on_failure="ignore")
    assert none.convergence.status is dmft.Status.NO_SOLUTION
    kinked = CHAOTIC.replace(nonlinearity=dmft.Symbolic("Max(x, 0)"))
    rough = dmft.solve_stationary(kinked, rtol=1e-5)
    truth = dmft.solve_stationary(CHAOTIC).variance
    assert abs(rough.variance / truth - 1.0) <= rough.convergence.error < 1e-4


def test_walk_halves_its_steps_and_stops_where_the_branch_ends() -> None:
    def root(part: float, near: float | None) -> float | None:  # x^2 = 1 - part/2, by Newton from a near one only
        x = 1.0 if near is None else near
        goal = 1.0 - 0.5 * part
        return math.sqrt(goal) if goal > 0 and abs(math.sqrt(goal) - x) < 0.1 else None

    state, part = walk(root, 0.0, 1.0, stride=1.0)
    assert part == 1.0
    assert state == pytest.approx(math.sqrt(0.5))
    state, part = walk(root, 0.0, 4.0, stride=0.1)
    assert 0.45 < part < 0.5
    assert walk(lambda part, near: None, 0.0, 1.0) == (None, 0.0)
