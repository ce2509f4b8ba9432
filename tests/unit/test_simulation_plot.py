"""Simulations and comparisons show themselves: what the figure draws is what was measured."""

import numpy as np
import pytest

import dmft
import validation


@pytest.fixture(scope="module")
def simulation():
    return validation.simulate(
        dmft.RandomNetwork(g=2.0), (40, 80), n_realizations=2, duration=10.0, burn_in=5.0, seed=1
    )


def labelled(figure, label):
    return next(axes for axes in figure.axes if axes.get_ylabel() == label)


def test_curves_and_numbers_are_those_measured(simulation):
    figure = simulation.plot()
    curves = labelled(figure, r"$C^\phi(\ell)$").get_lines()
    assert np.array_equal(curves[0].get_ydata(), simulation.mean("corr_phi", 80))
    assert np.array_equal(curves[1].get_ydata(), simulation.mean("corr_phi", 40))
    symbols = labelled(figure, "variance").containers[0].lines[0]
    assert np.array_equal(symbols.get_xdata(), [1 / 40, 1 / 80])
    assert np.array_equal(symbols.get_ydata(), [simulation.mean("variance", 40), simulation.mean("variance", 80)])


def test_populations_have_a_curve_each():
    network = dmft.Network(
        {"E": dmft.Population(fraction=0.5), "I": dmft.Population(fraction=0.5)},
        dmft.Couplings(random=dmft.Random([[1.5, 1.0], [2.0, 1.0]])),
    )
    found = validation.simulate(network, 40, n_realizations=1, duration=10.0, burn_in=5.0, seed=1)
    axes = labelled(found.plot(), r"$C^x(\ell)$")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["E, N = 40", "I, N = 40"]
    assert np.array_equal(axes.get_lines()[1].get_ydata(), found.mean("corr_x", 40)[1])


def test_eigenvalues_are_points():
    found = validation.simulate(
        dmft.RandomNetwork(g=2.0), 30, measure="jacobian", n_realizations=1, duration=5.0, burn_in=5.0, seed=1
    )
    points = found.plot().axes[0].get_lines()[0]
    assert np.array_equal(points.get_xdata(), found.values("jacobian_eigenvalues", 30)[0].ravel().real)


@pytest.mark.long
def test_a_notebook_shows_text_and_picture(simulation):
    compared = validation.compare(dmft.solve_stationary(dmft.RandomNetwork(g=2.0)), simulation)
    for result, words in ((simulation, "2 x N=40"), (compared, "verdict: ")):
        page = result._repr_html_()
        assert words in page
        assert '<img src="data:image/png;base64,' in page
