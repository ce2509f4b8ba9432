"""Low-rank couplings at another time constant: all times scale, and nothing else changes."""

import numpy as np
import pytest

import dmft

TAU = 2.5
CASES = {
    "static": (0.8, dmft.LowRank([[1.5]]), None),
    "chaotic": (2.5, dmft.LowRank([[3.0]]), None),
    "rotating": (1.5, dmft.LowRank([[2.5, -1.5], [1.5, 2.5]]), None),
    "driven": (0.8, dmft.LowRank([[1.5]]), 0.4),
}


def network(case, tau):
    """A noise of intensity sigma^2 tau is one of sigma^2 in units of tau."""
    g, term, noise = CASES[case]
    drive = None if noise is None else dmft.WhiteNoise(noise * tau)
    unit = dmft.Population(dynamics=dmft.Leaky(tau), drive=drive)
    return dmft.Network(unit, dmft.Couplings(dmft.Random(g), low_rank=term))


@pytest.mark.parametrize("case", CASES)
def test_times_scale(case):
    one, slow = (dmft.solve_stationary(network(case, tau)) for tau in (1.0, TAU))
    assert slow.state == one.state
    for name in ("variance", "static_variance", "kappa", "mean_slope"):
        assert getattr(slow, name) == pytest.approx(getattr(one, name), rel=1e-12, abs=1e-13)
    assert slow.decay_rate == pytest.approx(one.decay_rate / TAU, rel=1e-10)
    assert slow.frequency == pytest.approx(one.frequency / TAU, rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(
        slow.corr_x_at(TAU * np.linspace(0, 5, 11)), one.corr_x_at(np.linspace(0, 5, 11)), rtol=1e-10
    )
    np.testing.assert_allclose(slow.lags, TAU * one.lags, rtol=1e-10)
    exponents = [dmft.lyapunov_exponent(s) for s in (one, slow)]
    assert exponents[1] == pytest.approx(exponents[0] / TAU, abs=1e-9)
    if case != "rotating":
        f = np.array([0.0, 0.05, 0.3])
        np.testing.assert_allclose(
            np.asarray(dmft.power_spectrum(slow, f / TAU)),
            TAU * np.asarray(dmft.power_spectrum(one, f)),
            rtol=1e-8,
            atol=1e-12,
        )
    if case in ("chaotic", "driven"):
        assert dmft.effective_dimension(slow) == pytest.approx(dmft.effective_dimension(one), rel=1e-5)
        assert dmft.correlation_time(slow) == pytest.approx(TAU * dmft.correlation_time(one), rel=1e-8)


def test_branches_and_what_is_in_units_of_tau_alone():
    one, slow = (dmft.branches(network("static", tau)) for tau in (1.0, TAU))
    assert [b.stable for b in one] == [b.stable for b in slow]
    state = dmft.solve_stationary(network("static", TAU))
    for ask in (dmft.jacobian_spectrum, dmft.fixed_point_outliers):
        with pytest.raises(ValueError, match="in units of tau"):
            ask(state)
    with pytest.raises(ValueError, match="in units of tau"):
        dmft.solve_nonstationary(network("static", TAU), 10.0)
    np.testing.assert_allclose(dmft.coupling_outliers(network("static", TAU)).values, [1.5])
