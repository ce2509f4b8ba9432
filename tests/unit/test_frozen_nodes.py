"""Averages over a frozen field: the trapezoidal rule and panels agree, and with closed forms where nothing moves."""

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian import frozen_nodes as rule
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs


@pytest.mark.parametrize(
    "phi", [dmft.Tanh(), dmft.ReLU(), dmft.Symbolic("tanh(20*x)"), dmft.Symbolic("Max(0, Min(1, 5*x))")]
)
@pytest.mark.parametrize("moving", [0.3, 1e-2, 1e-4])
def test_two_rules(phi, moving, monkeypatch):
    series = MehlerPairs(phi)
    found = []
    for most in (10**6, 0):
        monkeypatch.setattr(rule, "_MOST", most)
        for other in (False, True):
            mu, weights = rule.frozen_nodes(series, 0.3, 1.7, moving, 1e-13, other=other)
            values, slopes = series.averaged(mu, np.full(len(mu), moving), 0.5)
            found.append((weights @ values**2, weights @ slopes**2))
    np.testing.assert_allclose(found, np.broadcast_to(found[0], (4, 2)), rtol=1e-12)


def test_next_to_nothing_moves():
    """Then <phi'|mu>^2 is phi'(mu)^2: of ReLU its mean is the part above threshold."""
    from scipy.special import ndtr

    series = MehlerPairs(dmft.ReLU())
    mu, weights = rule.frozen_nodes(series, 0.3, 1.7, 1e-14, 1e-13)
    slopes = series.averaged(mu, np.full(len(mu), 1e-14), 0.5)[1]
    assert len(mu) < 2000
    assert weights @ slopes**2 == pytest.approx(ndtr(0.3 / np.sqrt(1.7)), abs=1e-7)
