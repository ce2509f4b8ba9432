"""Averages by the series of what moves: against the graded quadrature of other code, their errors, who is refused."""

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian import averages
from dmft.numerics.gaussian.frozen_series import frozen_series
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.theories.stationary.populations.shifted import shifted

STEEP = dmft.Symbolic("(1 + tanh(3*x))/2")


@pytest.mark.parametrize(
    ("phi", "mean", "variance", "frozen"),
    [
        (STEEP, 0.2427, 15.26656, 14.16216),  # S9 of the sheet
        (dmft.Symbolic("(1 + tanh(2*x))/2"), 0.4087, 16.194, 15.19),
        (dmft.Tanh(), 0.5, 2.0, 1.5),
        (dmft.Symbolic("sin(2*x)"), -0.3, 2.0, 1.0),
    ],
)
def test_they_are_those_of_graded_quadrature_within_their_error(phi, mean, variance, frozen):
    found = frozen_series(MehlerPairs(phi), mean, variance, frozen)
    known = averages(shifted(phi, mean), variance)
    c = np.linspace(frozen, variance, 40)
    scale, steep = known.mean_square, known.mean_square_slope
    assert np.max(np.abs(found.corr_phi(c) - known.corr_phi(c))) < (found.error + known.error + 1e-14) * scale
    assert np.max(np.abs(found.corr_slope(c) - known.corr_slope(c))) < (found.slope_error + known.slope_error) * steep
    assert found.error < 1e-12
    assert found.slope_error < 2e-11


@pytest.mark.parametrize(
    ("phi", "variance", "frozen"),
    [
        (STEEP, 4.0, 0.5),  # little is frozen
        (dmft.ReLU(), 4.0, 3.0),
        (dmft.Symbolic("tanh(200*x)"), 4.0, 2.0),
        (STEEP, 4.0, 4.0),  # nothing moves
    ],
)
def test_others_are_left_to_quadrature(phi, variance, frozen):
    assert frozen_series(MehlerPairs(phi), 0.1, variance, frozen) is None
