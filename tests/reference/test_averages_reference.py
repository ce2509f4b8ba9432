"""Averages of steep, kinked and oscillating nonlinearities against `make_averages_reference.py`; no code shared.

The numbers there are nested quadrature over panels set by hand, held against lattice sums or other panels; sin and x^3
are closed forms.
"""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian import averages
from dmft.numerics.gaussian.graded import GradedAverages
from dmft.numerics.gaussian.mehler import MehlerAverages
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.numerics.gaussian.second_rule import second_mean_square

ROWS = json.loads(Path(__file__).with_name("averages_reference.json").read_text())
CASES = {
    f"{name}, variance {variance}": list(rows)
    for (name, variance), rows in itertools.groupby(ROWS, key=lambda row: (row["nonlinearity"], row["variance"]))
}
# A series over all covariances of these takes seconds.
SLOW = ("tanh(50*x)", "tanh(20*(x-1))", "tanh(200*(x-1))", "sin(20*x), variance 4.0")
REFERENCE = 5e-14  # to which the script holds its own numbers, <phi phi>; ten times that for <phi' phi'>


def of(rows):
    row = rows[0]
    return averages(dmft.Symbolic(row["nonlinearity"]), row["variance"])


def column(rows, name):
    return np.array([row[name] for row in rows])


def worst(own, right, scale):
    return float(np.max(np.abs(own - right) / scale))


def slope_scale(rows):
    """Its own size, but not below a millionth of <phi'^2>: that is of no account beside 1 - g^2 <phi' phi'>."""
    slopes = column(rows, "slope")
    return np.maximum(np.abs(slopes), 1e-6 * np.max(slopes))


@pytest.mark.parametrize("case", CASES)
def test_at_one_covariance(case):
    rows = CASES[case]
    own = of(rows)
    direct = np.array([own.at(row["ratio"] * row["variance"]) for row in rows])
    assert worst(direct[:, 0], column(rows, "phi"), rows[0]["phi"]) <= 1e-12
    assert worst(direct[:, 1], column(rows, "slope"), slope_scale(rows)) <= 1e-11


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.long if case.startswith(SLOW) else ()) for case in CASES]
)
def test_at_all_covariances_within_the_stated_error(case):
    rows = CASES[case]
    own = of(rows)
    c = column(rows, "ratio") * own.variance
    phi = worst(own.corr_phi(c), column(rows, "phi"), rows[0]["phi"])
    slope = worst(own.corr_slope(c), column(rows, "slope"), slope_scale(rows))
    potential = worst(own.potential(c), column(rows, "potential"), rows[0]["phi"] * own.variance)
    assert phi <= 1e-12
    assert slope <= 1e-11
    assert potential <= 1e-12
    differ = own.disagreement
    assert phi <= own.error + differ[0] + REFERENCE
    assert slope <= own.slope_error + differ[1] + 10.0 * REFERENCE
    # An error that is told must not be so large as to be of no use either.
    assert own.error + differ[0] <= 1e-11
    assert own.slope_error + differ[1] <= 1e-10


@pytest.mark.parametrize("case", ["x/(1+abs(x)), variance 4.0", "tanh(Max(x,0)), variance 0.3"])
def test_a_series_that_is_cut_tells_what_it_lost(case):
    # A Mehler series of a kinked phi falls like a power, that of phi' more slowly. Both errors must bound the truth.
    rows = CASES[case]
    nonlinearity, variance = dmft.Symbolic(rows[0]["nonlinearity"]), rows[0]["variance"]
    own = MehlerAverages(nonlinearity, variance, resolve(nonlinearity, math.sqrt(variance)))
    c = column(rows, "ratio") * variance
    phi = worst(own.corr_phi(c), column(rows, "phi"), rows[0]["phi"])
    slope = worst(own.corr_slope(c), column(rows, "slope"), slope_scale(rows))
    assert slope > 1e-7  # otherwise the test is empty
    differ = own.disagreement
    assert phi <= own.error + differ[0] + REFERENCE
    assert slope <= own.slope_error + differ[1] + 10.0 * REFERENCE


def test_too_few_nodes_are_seen_by_the_second_rule():
    # Panels of 4 nodes, never bisected: the error must come from the other rule.
    nonlinearity, variance = dmft.Symbolic("tanh(20*(x-1))"), 4.0
    rows = CASES["tanh(20*(x-1)), variance 4.0"]
    fine = resolve(nonlinearity, 2.0)
    coarse = resolve(dmft.Linear(), 2.0, nodes=4)
    x = coarse.x
    blind = type(fine)(
        nonlinearity,
        2.0,
        coarse.edges,
        np.empty(0),
        x,
        coarse.density,
        nonlinearity(x),
        nonlinearity.derivative(x),
        (0.0, 0.0),
    )
    own = GradedAverages(nonlinearity, variance, blind)
    missed = abs(own.mean_square / rows[0]["phi"] - 1.0)
    assert missed > 1e-7
    seen = abs(second_mean_square(nonlinearity, variance) / own.mean_square - 1.0)
    assert seen == pytest.approx(missed, rel=1e-3)
