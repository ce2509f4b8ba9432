"""The lines of |kappa| in the report: they begin at the onset, and between its points they are where the theory is."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest

import dmft
from validation.cases.structure_networks import low_rank
from validation.cases.structure_pictures import structured

G, SIZE = 2.0, 100


class Measured:
    """What networks of outlier 2.4 would have."""

    def values(self, word, size):
        return np.array([2.4, 2.4]) if word == "outlier" else np.array([1.0, 1.0])


@pytest.fixture
def lines():
    mpl.use("Agg")
    figure = structured({0.8: [Measured()], G: [Measured()]}, SIZE, low_rank, points=10)
    return [[line.get_xydata() for line in panel.lines if len(line.get_xydata()) > 2] for panel in figure.axes]


def test_the_onset_is_a_point_of_the_line(lines):
    kappa = lines[1][0]
    onset = 1.0 / dmft.solve_stationary(low_rank(G, 0.5)).mean_slope
    assert onset == pytest.approx(2.054139, abs=1e-6)
    corner = int(np.argmin(np.abs(kappa[:, 0] - onset)))
    assert kappa[corner] == pytest.approx([onset, 0.0], abs=1e-9)
    assert np.all(kappa[: corner + 1, 1] == 0.0)
    assert np.all(np.diff(kappa[corner:, 1]) > 0.0)


@pytest.mark.parametrize("panel", [0, 1])
def test_between_its_points_a_line_is_where_the_theory_is(lines, panel):
    kappa, g = lines[panel][0], (0.8, G)[panel]
    top = float(kappa[:, 1].max())
    for left, right in itertools.pairwise(kappa):
        middle = 0.5 * (left + right)
        theory = dmft.solve_stationary(low_rank(g, float(middle[0]))).kappa
        assert abs(theory - middle[1]) < 0.025 * top
