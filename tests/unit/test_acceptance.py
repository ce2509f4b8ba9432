"""CONVERGED means that the residual is below `rtol`; what can't be reached is refused or told; jumps are refused."""

import math

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian import second_rule

R, S = dmft.RandomNetwork, dmft.Symbolic


@pytest.mark.parametrize("rtol", [math.inf, -1.0, 0.0, 0, 1e-20, 1.0, math.nan])
def test_rtol_out_of_range_is_refused(rtol):
    with pytest.raises(ValueError, match=r"rtol must be in \[1e-14, 1\)"):
        dmft.solve_stationary(R(2.0), rtol=rtol)
    with pytest.raises(ValueError, match="rtol must be in"):
        dmft.branches(R(2.0), rtol=rtol)


@pytest.mark.parametrize("rtol", ["a", None, True, 1j, [1e-9]])
def test_rtol_that_is_no_number_is_refused(rtol):
    with pytest.raises(TypeError, match="rtol must be a real number"):
        dmft.solve_stationary(R(2.0), rtol=rtol)


NETWORKS = [
    R(0.5),
    R(1.0),
    R(1.0001),
    R(1.05),
    R(2.0),
    R(30.0),
    R(1e4),
    R(2.0, dmft.Erf()),
    R(1.3, dmft.ReLU()),
    R(1.2, dmft.ReLU(), dmft.WhiteNoise(0.5)),
    R(0.9, dmft.Linear(), dmft.WhiteNoise(0.5)),
    R(0.9, dmft.Linear(), dmft.OrnsteinUhlenbeck(1.0, 1.0)),
    R(2.0, drive=dmft.WhiteNoise(1e-10)),
    R(2.0, drive=dmft.WhiteNoise(3.0)),
    R(2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0)),
    R(0.5, S("1+tanh(x)")),
    R(5000.0, S("1e-4*(1+tanh(x))")),
    R(0.999999, S("1+x")),
    R(0.99, S("tanh(x)+0.0003")),
    R(0.019, S("tanh(50*x)")),
    R(1.27, S("Max(-1,Min(1,x))")),
    R(1.5, S("1/(1+exp(-x))")),
    R(4.0, S("x*exp(-x**2)")),
    R(1.5, S("sin(x)")),
    R(1.27, dmft.ThresholdPower(1.5)),
]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("rtol", [1e-6, 1e-9, 1e-13])
def test_converged_means_below_rtol(network, rtol):
    solution = dmft.solve_stationary(network, rtol=rtol, on_failure="ignore")
    outcome = solution.convergence
    assert outcome.converged == (outcome.residual <= rtol)
    if rtol >= 1e-9:
        assert outcome.converged
        assert outcome.error >= 0.0  # known, not nan
    elif not outcome.converged:
        assert "rtol" in outcome.message
        assert math.isfinite(outcome.residual)


class Wrong:
    """tanh whose <phi phi>, given by hand, is off by a part."""

    def __init__(self, part):
        self.part = part

    def __call__(self, x):
        return np.tanh(x)

    def derivative(self, x):
        return 1.0 / np.cosh(np.clip(x, -300, 300)) ** 2

    def gaussian_kernel(self, variance, covariance):
        from dmft.numerics.gaussian import averages

        return (1.0 + self.part) * averages(dmft.Tanh(), variance).corr_phi(covariance)


def test_averages_that_are_wrong_are_not_accepted():
    right = dmft.solve_stationary(R(2.0, Wrong(0.0)))
    assert right.convergence.converged
    wrong = dmft.solve_stationary(R(2.0, Wrong(1e-6)), on_failure="ignore")
    assert not wrong.convergence.converged
    assert wrong.convergence.error >= 1e-7
    # asked for less, it is accepted, with an error that bounds the truth
    coarse = dmft.solve_stationary(R(2.0, Wrong(1e-6)), rtol=1e-4, on_failure="ignore")
    assert abs(coarse.variance / right.variance - 1.0) <= coarse.convergence.error


def test_a_second_rule_that_disagrees_is_not_accepted(monkeypatch):
    network = R(3.3, S("Max(-1,Min(1,x))"))
    assert dmft.solve_stationary(network).convergence.converged
    resolve = second_rule.resolve

    def other(nonlinearity, sigma, nodes):
        return resolve(nonlinearity, sigma * (1.0 + 1e-6), nodes)

    monkeypatch.setattr(second_rule, "resolve", other)
    outcome = dmft.solve_stationary(network, on_failure="ignore").convergence
    assert outcome.status is dmft.Status.UNRESOLVED
    assert 1e-8 < outcome.residual < 1e-5
    assert "rtol" in outcome.message


class Jump:
    """A black box that jumps by `size` at `place`; its derivative does not tell."""

    def __init__(self, place, size):
        self.place, self.size = place, size

    def __call__(self, x):
        return np.tanh(x) + self.size * (np.asarray(x) > self.place)

    def derivative(self, x):
        return 1.0 / np.cosh(np.clip(x, -300, 300)) ** 2


@pytest.mark.parametrize(("place", "size"), [(0.1234, 1.0), (-1.7, 1e-3), (0.3, 1e-5)])
@pytest.mark.parametrize("drive", [None, dmft.WhiteNoise(0.1)])
def test_a_jump_of_a_black_box_is_never_accepted(place, size, drive):
    try:
        solution = dmft.solve_stationary(R(2.0, Jump(place, size), drive), on_failure="ignore")
    except (dmft.DMFTError, ValueError, TypeError):
        return
    assert not solution.convergence.converged


@pytest.mark.parametrize("text", ["Abs(x-0.1234)/(x-0.1234)", "atan(1/(x-0.1234))", "tan(x)"])
def test_jumps_however_written_are_refused(text):
    with pytest.raises((ValueError, TypeError)):
        S(text)
