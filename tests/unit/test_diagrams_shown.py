"""Diagrams show themselves: `.dmft.plot()`, a page for a notebook, and where an observable changes its sign."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import phase_toys as toys
import pytest

import dmft
from dmft.plotting.edge import crossings

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def height(solution):
    return solution.network.y - 0.5 * solution.network.x - 1.0


TOY = toys.ToyNetwork()


def grid_of(network=TOY, **over):
    observe = {"other": lambda solution: 3.0 + solution.network.x, "height": height}
    return dmft.phase_diagram(network, over, observe, solve=toys.solve_unless_negative)


def test_zeros_of_a_function_on_a_grid():
    at = np.array([0.0, 1.0, 3.0, 4.0, 6.0])
    assert crossings(at, [1.0, -1.0, 3.0, 0.0, 2.0]) == [0.5, 1.5, 4.0]
    assert crossings(at, [1.0, np.nan, -1.0, -2.0, -1.0]) == []  # a gap is no crossing


def test_a_map_marks_where_another_observable_changes_sign():
    grid = grid_of(x=np.linspace(0.0, 6.0, 7), y=np.linspace(0.0, 4.0, 5))
    figure = grid.dmft.plot(of="other", edge="height")
    _, line = figure.axes[0].collections[-2:]
    (path,) = line.get_paths()
    np.testing.assert_allclose(path.vertices[:, 1], 1.0 + 0.5 * path.vertices[:, 0], atol=1e-12)
    assert "height = 0" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_critical_line_goes_into_the_map_of_its_plane():
    grid = grid_of(x=np.linspace(0.0, 6.0, 7), y=np.linspace(0.0, 4.0, 5))
    along = {"x": grid["x"].values}
    line = dmft.critical_line(toys.ToyNetwork(), along, over={"y": (0.0, 4.0)}, observable=height, solve=toys.solve_toy)
    drawn = grid.dmft.plot(edge=line).axes[0].lines[-1]
    inside = np.isfinite(drawn.get_ydata())
    np.testing.assert_allclose(drawn.get_ydata()[inside], 1 + 0.5 * drawn.get_xdata()[inside], atol=1e-6)
    assert line.dmft.plot().axes


def test_a_sweep_over_one_field_marks_its_zero_and_its_failures():
    sweep = grid_of(toys.ToyNetwork(y=3.0), x=np.array([-1.0, 0.0, 3.0, 6.0]))
    axes = sweep.dmft.plot(of="height", edge="height").axes[0]
    assert [text.get_text() for text in axes.texts] == ["4"]  # 2 - x/2
    assert "failed" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_notebook_sees_how_many_points_were_solved(tmp_path):
    sweep = grid_of(x=np.array([-1.0, 0.0, 1.0]))
    page = sweep.dmft._repr_html_()
    assert page.startswith("<p>2 of 3 points solved")
    assert "data:image/png;base64," in page
    dmft.save(sweep, tmp_path / "sweep.nc")
    assert dmft.load(tmp_path / "sweep.nc").dmft._repr_html_().startswith("<p>2 of 3 points solved")


def test_what_is_no_edge_is_refused():
    grid = grid_of(x=np.linspace(0.0, 6.0, 3), y=np.linspace(0.0, 4.0, 3))
    with pytest.raises(ValueError, match="edge must be one of the diagram's observables"):
        grid.dmft.plot(edge="depth")
    with pytest.raises(TypeError, match="edge must be the name"):
        grid.dmft.plot(edge=3)
