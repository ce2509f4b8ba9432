"""Averages at two times of smooth, steep and kinked nonlinearities against graded quadrature in two dimensions."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.numerics.two_time.series import SeriesTable

ROWS = json.loads(Path(__file__).with_name("pair_reference.json").read_text())


@pytest.mark.parametrize("phi", sorted({row["phi"] for row in ROWS}))
def test_pairs(phi: str) -> None:
    for row in (row for row in ROWS if row["phi"] == phi):
        m1, v1, m2, v2, r = row["at"]
        averages = pair_averages(dmft.Symbolic(phi))
        q, p = averages.pair(m1, v1, m2, v2, r * math.sqrt(v1 * v2))
        assert float(q) == pytest.approx(row["phi_phi"], rel=1e-8, abs=1e-9)
        assert float(p) == pytest.approx(row["slope_slope"], rel=1e-6, abs=1e-7)
        assert averages.error < 1e-8


@pytest.mark.parametrize("r", [0.5, -0.9, 0.99, 0.9999, 1 - 1e-8])
def test_kink_at_any_correlation(r: float) -> None:
    """max(0, x) as an expression against the closed form of ReLU; max(0, x)^1 too."""
    at = (0.3, 2.0, -0.7, 5.0, r * math.sqrt(10.0))
    exact = pair_averages(dmft.ReLU()).pair(*at)
    for phi in (dmft.Symbolic("Max(x,0)"), dmft.ThresholdPower(1.0)):
        np.testing.assert_allclose(pair_averages(phi).pair(*at), exact, rtol=0, atol=1e-7)


def test_steep_erf_against_its_closed_form() -> None:
    """erf(b y) at variance v is erf(y) at variance b^2 v, with b = 300; means, unequal variances, r to 0.9999."""
    b, a = 300.0, 0.5 * math.sqrt(math.pi)
    steep, plain = pair_averages(dmft.Symbolic(f"erf({b * a!r}*x)")), pair_averages(dmft.Erf())
    for r in (0.2, -0.8, 0.95, 0.9999):
        m1, v1, m2, v2 = 0.1, 1.5, -0.4, 0.6
        c = r * math.sqrt(v1 * v2)
        q, p = steep.pair(m1, v1, m2, v2, c)
        exact = plain.pair(b * m1, b * b * v1, b * m2, b * b * v2, b * b * c)
        assert float(q) == pytest.approx(float(exact[0]), abs=1e-9)
        assert float(p) == pytest.approx(b * b * float(exact[1]), rel=1e-6)


def test_what_a_short_series_loses_is_bounded_by_what_it_says() -> None:
    """A row of 128 terms for the kink of ReLU: the sum of the deviations, and its bound, which is not ten times it."""
    n = 200
    r = np.ascontiguousarray(1.0 - np.linspace(0.0, 0.1, n)[::-1] ** 2)
    table = SeriesTable.of(MehlerPairs(dmft.Symbolic("Max(x,0)")), np.full(n, 0.3), np.full(n, 2.0))
    q, p = np.zeros(n), np.zeros(n)
    bound, slope_bound = table.add_circle(n - 1, r, q, p)
    exact, slopes = pair_averages(dmft.ReLU()).pair(0.3, 2.0, 0.3, 2.0, 2.0 * r)
    lost = np.sum(np.abs(q - exact)) / exact[-1]
    assert lost <= bound <= 20.0 * lost
    assert np.sum(np.abs(p - slopes)) / np.sum(slopes) <= slope_bound


@pytest.mark.parametrize(
    ("phi", "place"),
    [("sqrt(Abs(x-0.3))", "x = 0.3"), ("sqrt(x)", "x = 0")],
)
def test_what_no_average_holds_is_refused_with_its_place(phi: str, place: str) -> None:
    """A slope that diverges, a jump, values that are not finite: named, by whoever sees it first."""
    with pytest.raises((ValueError, FloatingPointError), match=place):
        pair_averages(dmft.Symbolic(phi)).pair(0.0, 1.0, 0.0, 1.0, 0.5)


class _Step:
    """A jump that no expression shows."""

    def __call__(self, x):
        return np.where(np.asarray(x) > 0.1234, 1.0, -1.0)

    def derivative(self, x):
        return np.zeros_like(np.asarray(x, dtype=float))


def test_a_jump_of_a_black_box_is_found() -> None:
    with pytest.raises(ValueError, match=r"jumps at x = 0\.1234"):
        pair_averages(_Step()).pair(0.0, 1.0, 0.0, 1.0, 0.5)
