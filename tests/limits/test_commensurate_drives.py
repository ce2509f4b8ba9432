"""Drives of different periods that come back together: the locked state against the march, and what has no period."""

import numpy as np
import pytest

import dmft


def _two(one, other):
    populations = {
        "E": dmft.Population(drive=dmft.Sinusoid(1.5, one), fraction=0.5, bias=0.2),
        "I": dmft.Population(dmft.Erf(), dmft.Leaky(1.5), drive=dmft.Sinusoid(1.0, other, phase=0.4), fraction=0.5),
    }
    couplings = dmft.Couplings(dmft.Random([[1.0, 0.8], [1.2, 0.5]]), dmft.Mean([[1.0, -2.0], [1.5, -1.0]]))
    return dmft.Network(populations, couplings)


@pytest.mark.long
def test_the_locked_state_of_two_periods_is_where_the_march_ends():
    net = _two(0.2, 0.3)
    locked = dmft.solve_periodic(net)
    march = dmft.solve_nonstationary(net, 40.0)
    assert locked.period == march.period == 10.0
    assert march.state == "locked"
    rows = march.last_period()
    for name in ("mean_x", "variance"):
        for late, of in zip(getattr(march, name)[:, rows], getattr(locked, name), strict=True):
            there = np.interp(march.times[rows], locked.times, of, period=10.0)
            np.testing.assert_allclose(late, there, atol=5e-3)
    half = np.interp(locked.times + 5.0, locked.times, locked.mean_x[0], period=10.0)
    assert np.max(np.abs(half - locked.mean_x[0])) > 0.1  # the periods of the drives, 5 and 10/3, are not the state's


@pytest.mark.long
def test_one_period_may_be_stated_twice_over():
    """A drive of no strength with three times the period only names a longer one."""
    plain = dmft.solve_periodic(dmft.RandomNetwork(1.2, drive=dmft.Sinusoid(1.5, 0.3)), n=128)
    weak = dmft.Sinusoid(1.5, 0.3) + dmft.Sinusoid(1e-12, 0.1)
    longer = dmft.solve_periodic(dmft.RandomNetwork(1.2, drive=weak), n=384)
    assert longer.period == pytest.approx(10.0, rel=1e-12)
    np.testing.assert_allclose(longer.variance[:128], plain.variance, atol=1e-8)
    assert dmft.lyapunov_exponent(longer) == pytest.approx(dmft.lyapunov_exponent(plain), abs=1e-7)


@pytest.mark.parametrize(("other", "period"), [(0.2, 10.0), (0.25, 20.0), (0.1, 10.0)])
def test_the_period_is_the_least_in_which_both_come_back(other, period):
    net = _two(0.1, other)
    assert dmft.solve_nonstationary(net, 0.2).period == pytest.approx(period, rel=1e-12)


@pytest.mark.parametrize("other", [0.1 * 2**0.5, 0.1001, 3.1])
def test_without_one_there_is_no_locked_state(other):
    with pytest.raises(ValueError, match="no period together"):
        dmft.solve_periodic(_two(0.1, other))
