"""Pictures of solutions: which curves, what error, what range."""

import math

import numpy as np
import pytest

import dmft
from dmft.plotting import solution as draw


def test_curves_of_a_stationary_solution_are_drawn():
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    panels = draw(solution).axes
    assert len(panels) == 3
    curve = panels[0].lines[-1]
    assert np.array_equal(curve.get_ydata(), solution.corr_x)
    # Up to where something is seen: the correlation is gone at the end, and not long before.
    low, high = panels[0].get_xlim()
    assert low == 0
    assert 1e-4 < float(solution.corr_x_at(high)) / solution.variance < 5e-3
    assert "lag" in panels[0].get_xlabel()


def test_what_is_sampled_has_a_band():
    network = dmft.PlasticNetwork(2.0, 0.5, 2.5)
    solution = dmft.solve_plastic(network, samples=32, accuracy=0.1)
    panel = draw(solution).axes[0]
    (band,) = panel.collections
    vertices = band.get_paths()[0].vertices
    assert np.ptp(vertices[vertices[:, 0] == 0][:, 1]) == pytest.approx(2 * solution.corr_x_error[0], rel=1e-6)


def test_what_vanishes_by_symmetry_is_left_out():
    figure = draw(dmft.solve_nonstationary(dmft.RandomNetwork(2.0), 5.0))
    assert [panel.get_ylabel() for panel in figure.axes] == [r"variance of $x$"]


def test_what_has_no_curve_is_refused():
    import xarray

    with pytest.raises(ValueError, match="no function of lag"):
        draw(xarray.Dataset({"a": 1.0}))
    with pytest.raises(TypeError, match="float"):
        draw(1.0)


SOLVED = {
    "stationary": lambda: dmft.solve_stationary(dmft.RandomNetwork(2.0)),
    "at rest": lambda: dmft.solve_stationary(dmft.RandomNetwork(0.5)),
    "two-site": lambda: dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(2.0))),
    "balanced": lambda: dmft.solve_stationary(dmft.BalancedNetwork(2.0, 5000)),
    "transient": lambda: dmft.solve_nonstationary(dmft.RandomNetwork(2.0), 3.0),
    "periodic": lambda: dmft.solve_periodic(dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(85, 0.2)), n=32),
    "fixed points": lambda: dmft.fixed_points(dmft.PlasticNetwork(2.0, 1.0, 2.5)),
    "none": lambda: dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Linear()), on_failure="ignore"),
}


@pytest.mark.parametrize("name", SOLVED)
def test_every_solution_plots_itself_and_so_does_a_stored_one(name, tmp_path):
    solution = SOLVED[name]()
    figure = solution.plot()
    figure.savefig(tmp_path / "own.png")
    assert len(figure.axes) >= 1
    dmft.save(solution, tmp_path / "solution.nc")
    again = dmft.load(tmp_path / "solution.nc").plot()
    for one, two in zip(figure.axes, again.axes, strict=True):
        assert [text.get_text() for text in one.texts] == [text.get_text() for text in two.texts]
        if solution.convergence.status is dmft.Status.NO_SOLUTION:
            assert not one.lines
            assert "no bounded solution" in one.texts[0].get_text().replace("\n", " ")
        else:
            np.testing.assert_array_equal(one.lines[-1].get_ydata(), two.lines[-1].get_ydata())


@pytest.mark.parametrize(
    ("perceptron", "limits", "labels", "bars"),
    [
        (dmft.Perceptron(excitatory=0.5), None, ["excitatory", "inhibitory"], 2),
        (dmft.Perceptron(excitatory=0.5), (0.1, 2.0), ["excitatory", "inhibitory"], 4),
        (dmft.Perceptron(excitatory=1.0), None, ["excitatory"], 1),
        (dmft.Perceptron(), (-1.0, math.inf), ["of either sign"], 1),
    ],
)
def test_a_regression_draws_its_weights_and_bars_at_the_bounds(perceptron, limits, labels, bars):
    solved = dmft.solve_regression(perceptron, 0.7, limits=limits)
    densities, right = solved.plot().axes
    assert [text.get_text() for text in densities.get_legend().get_texts()] == labels
    heights = [bar.get_height() for bar in right.patches]
    assert heights == pytest.approx(solved.at_bounds[np.isfinite(solved.at_bounds) & (solved.at_bounds > 0)][:bars])
    assert len(heights) == bars


@pytest.mark.parametrize("size", [None, 40])
def test_a_picture_of_no_weights_shows_the_reason(size, tmp_path):
    solved = dmft.solve_robustness(dmft.Perceptron(excitatory=0.5), 40.0, size=size)
    figure = solved.plot()
    figure.savefig(tmp_path / "none.png")
    title = " ".join(figure.axes[0].get_title().split())
    assert title == f"{solved.convergence.message} (weights of the best iterate)"
    assert not dmft.solve_robustness(dmft.Perceptron(excitatory=0.5), 0.4, size=size).plot().axes[0].get_title()


def test_a_picture_of_no_weights_at_all_shows_the_reason(tmp_path):
    solved = dmft.solve_robustness(dmft.Perceptron(excitatory=0.0), 0.1)
    figure = solved.plot()
    figure.savefig(tmp_path / "none.png")
    (text,) = figure.axes[0].texts
    assert " ".join(text.get_text().split()) == solved.convergence.message
