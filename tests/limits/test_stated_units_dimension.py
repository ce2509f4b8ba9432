"""Dimension of the activity of sampled units: known of plain networks, and of linear units under smooth noise."""

from dataclasses import dataclass

import numpy as np
import pytest

import dmft
from dmft.models.drives.drive import Drive


@dataclass(frozen=True)
class Smooth(Drive):
    """Private noise of spectrum 4/(1 + w^2)^2."""

    def covariance(self, lags):
        return (1.0 + np.abs(lags)) * np.exp(-np.abs(lags))

    def spectrum(self, omega):
        return 4.0 / (1.0 + np.asarray(omega) ** 2) ** 2

    def filtered(self, rate, lags):
        """What `check_complete` asks for; units that state their equations filter their input themselves."""
        return np.exp(-np.abs(lags))


COLOURED = dmft.OrnsteinUhlenbeck(1.0, 1.0)


def _solved(unit, g, **more):
    network = dmft.Network(dmft.Population(dynamics=unit, **more), dmft.Random(g))
    return dmft.solve_stationary(network, method=dmft.Sampled())


def _agree(found, known):
    whole = np.hypot(found.standard_error, 0.5 * found.numerical_error)
    assert abs(found - known) < 4.0 * whole
    assert whole < 0.05 * known or known < 0.05  # close to a transition pairs amplify what sampling leaves


@pytest.mark.long
@pytest.mark.parametrize("frequency", [None, 0.1])
def test_first_order_units_have_the_dimension_of_the_plain_network(frequency):
    plain = dmft.solve_stationary(dmft.Network(dmft.Population(drive=COLOURED), dmft.Random(1.5)))
    known = dmft.effective_dimension(plain, frequency=frequency)
    _agree(dmft.effective_dimension(_solved(dmft.Dynamics("-x + h"), 1.5, drive=COLOURED), frequency=frequency), known)


@pytest.mark.long
def test_chaos_without_noise():
    known = dmft.effective_dimension(dmft.solve_stationary(dmft.RandomNetwork(2.0)))
    _agree(dmft.effective_dimension(_solved(dmft.Dynamics("-x + h"), 2.0)), known)


@pytest.mark.long
def test_linear_units_under_smooth_noise():
    """units.md, A7: .4027 in theory; here as the double integral, on a grid of its own."""
    found = dmft.effective_dimension(_solved(dmft.Dynamics("-x - e*x**3 + h", "x", e=1e-12), 0.7, drive=Smooth()))
    w = np.linspace(-40.0, 40.0, 4001)
    h, c = 1.0 / (1.0 + 1j * w), 4.0 / (1.0 + w**2) ** 2
    c = np.abs(h) ** 2 * c / (1.0 - 0.49 * np.abs(h) ** 2)
    sums = np.sum(np.multiply.outer(c, c) / np.abs(1.0 - 0.49 * np.multiply.outer(h, h)) ** 2)
    known = np.sum(c) ** 2 / sums
    assert known == pytest.approx(0.4027, abs=1e-4)
    _agree(found, known)
    assert abs(found - known) < 2e-3


@pytest.mark.parametrize(
    ("solution", "of", "words"),
    [
        (lambda: _solved(dmft.DivisiveNorm(2.0), 3.0), "x", "what they send"),
        (lambda: _solved(dmft.SelfCoupled(0.5), 0.3), "phi", "quiescent"),
        (lambda: _solved(dmft.SelfCoupled(0.5), 2.0, bias=0.2), "phi", "mean zero"),
    ],
)
def test_what_is_not_known_of_pairs_is_refused(solution, of, words):
    with pytest.raises(ValueError, match=words):
        dmft.effective_dimension(solution(), of)
