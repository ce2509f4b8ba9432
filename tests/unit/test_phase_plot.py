from __future__ import annotations

import matplotlib as mpl
import numpy as np
import phase_toys as toys
import pytest

import dmft
import dmft.plotting
from dmft.phases.lines import lines_of, with_critical_line, with_line

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def grid_of(**settings):
    arguments = {"observe": {"height": height, "phase": side}, "solve": toys.solve_unless_negative} | settings
    over = arguments.pop("over", {"x": np.linspace(-1, 6, 8), "y": np.linspace(0, 4, 5)})
    return dmft.phase_diagram(toys.ToyNetwork(), over, **arguments)


def height(solution):
    return solution.network.y - 0.5 * solution.network.x - 1.0


def side(solution):
    return "above" if height(solution) > 0 else "below the line"


def line_of(grid):
    line = dmft.critical_line(
        toys.ToyNetwork(), {"x": grid["x"].values}, over={"y": (0.0, 4.0)}, observable=height, solve=toys.solve_toy
    )
    return with_critical_line(grid, line, "edge", label="height = 0")


def words(ax):
    return {text.get_text().replace("\n", " ") for text in ax.texts}


def test_a_figure_has_its_parts(tmp_path):
    grid = line_of(grid_of())
    ax = dmft.plotting.phase_diagram(grid)
    ax.figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000
    assert ax.get_xlabel() == r"x ($\tau$)"
    assert words(ax) == {"above", "below the line"}
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["height = 0", "failed"]
    assert sum(patch.get_hatch() is not None for patch in ax.patches) == 5  # x = -1 failed, for each y
    np.testing.assert_allclose(ax.get_xlim(), (-1.5, 6.5))
    _, edge = ax.lines  # on a white one, to be seen on dark ground
    inside = np.isfinite(edge.get_ydata())
    np.testing.assert_allclose(edge.get_ydata()[inside], 1 + 0.5 * edge.get_xdata()[inside], atol=1e-6)


def test_axes_of_the_user_keep_their_figure():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(ncols=2)
    assert dmft.plotting.phase_diagram(line_of(grid_of()), ax=axes[1]) is axes[1]
    assert not figure.legends
    assert len(axes[1].get_legend().get_texts()) == 2


def test_names_stand_in_their_regions():
    grid = grid_of()
    ax = dmft.plotting.phase_diagram(grid)
    for text in ax.texts:
        x, y = text.get_position()
        here = grid["phase"].sel(x=x, y=y, method="nearest").item()
        assert here == text.get_text().replace("\n", " ")


def test_colour_follows_the_value():
    ax = dmft.plotting.phase_diagram(grid_of())
    colours = ax.collections[0]
    assert colours.cmap.name == "signed"
    assert colours.norm.vcenter == 0
    low, middle, high = (np.array(colours.to_rgba(v)[:3]) for v in (-3.0, 0.0, 3.0))
    assert low[2] > low[0]  # blue
    assert high[0] > high[2]  # orange
    assert middle.min() > 0.9
    ax = dmft.plotting.phase_diagram(grid_of(observe={"size": toys.area}, over={"x": [1.0, 2.0], "y": [1.0, 2.0]}))
    assert ax.collections[0].cmap.name == "cividis_r"


def test_words_become_regions_and_axes_can_be_swapped():
    ax = dmft.plotting.phase_diagram(grid_of(), of="phase", x="y")
    assert ax.get_xlabel() == "y"
    assert ax.collections[0].get_array().shape == (8, 5)


def test_geometric_grids_get_logarithmic_axes():
    ax = dmft.plotting.phase_diagram(grid_of(over={"x": np.geomspace(0.1, 10, 5), "y": [1.0, 2.0, 4.5]}))
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")


def test_one_way_of_two():
    grid = dmft.phase_diagram(
        toys.ToyNetwork(),
        {"y": [0.0, 1.0], "x": [-2.0, 0.0, 2.0]},
        observe="branch",
        solve=toys.solve_hysteretic,
        continuation="both",
    )
    values = {
        way: dmft.plotting.phase_diagram(grid, direction=way).collections[0].get_array().ravel()
        for way in ("up", "down")
    }
    assert list(values["up"]) != list(values["down"])


def test_a_diagram_with_lines_goes_to_disk(tmp_path):
    grid = line_of(grid_of())
    dmft.save(grid, tmp_path / "grid.nc")
    back = dmft.load(tmp_path / "grid.nc")
    assert list(lines_of(back)) == ["edge"]
    np.testing.assert_array_equal(back["edge_y"], grid["edge_y"])
    dmft.plotting.phase_diagram(back)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"of": "depth"}, "no observable 'depth'; it has height, phase"), ({"x": "z"}, "no dimension 'z'; it has x, y")],
)
def test_refusals(settings, words):
    with pytest.raises(ValueError, match=words):
        dmft.plotting.phase_diagram(grid_of(), **settings)


def test_three_dimensions_are_no_plane():
    over = {"x": [1.0, 2.0], "y": [1.0], "drive.strength": [0.0]}
    with pytest.raises(ValueError, match=r"needs two swept fields, got x, y, drive\.strength"):
        dmft.plotting.phase_diagram(grid_of(over=over))


def test_lines_of_another_plane_are_refused():
    grid = grid_of()
    with pytest.raises(ValueError, match="no dimension 'g'"):
        with_line(grid, "a", x=("g", [1.0]), y=("y", [1.0]), label="")
    with pytest.raises(ValueError, match="equal length"):
        with_line(grid, "a", x=("x", [1.0]), y=("y", [1.0, 2.0]), label="")
    with pytest.raises(ValueError, match="a line 'edge' already"):
        line_of(line_of(grid))


def test_a_sweep_over_one_field_is_a_curve(tmp_path):
    from dmft.numerics.value import Value

    x = np.linspace(-1, 2, 7)
    grid = grid_of(over={"x": x}, observe={"height": lambda s: Value(height(s), 0.1), "phase": side})
    ax = dmft.plotting.phase_diagram(grid)
    curve = ax.lines[0]
    np.testing.assert_array_equal(curve.get_xdata(), x)
    np.testing.assert_allclose(curve.get_ydata()[x >= 0], -0.5 * x[x >= 0] - 1)
    (band,) = ax.collections
    assert np.ptp(band.get_paths()[0].vertices[:, 1]) > 0.2
    failed = next(line for line in ax.lines if line.get_label() == "failed")
    np.testing.assert_array_equal(failed.get_xdata(), x[x < 0])
    assert ax.get_xlabel() == r"x ($\tau$)"
    ax.figure.savefig(tmp_path / "curve.png")
    names = dmft.plotting.phase_diagram(grid, of="phase")
    assert [label.get_text() for label in names.get_yticklabels()] == ["below the line"]
    with pytest.raises(ValueError, match="no dimension 'y'; it has x"):
        dmft.plotting.phase_diagram(grid, x="y")


def test_a_sweep_both_ways_is_two_curves():
    x = np.linspace(-2, 2, 9)
    grid = grid_of(over={"x": x}, observe="branch", solve=toys.solve_hysteretic, continuation="both")
    ax = dmft.plotting.phase_diagram(grid)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["up", "down"]
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), np.where(x < -1, -1, 1))


def test_a_critical_line_is_drawn_branch_by_branch():
    line = dmft.critical_line(
        toys.ToyNetwork(),
        {"x": np.linspace(-1, 1, 11)},
        over={"y": (0.0, 2.0)},
        observable=lambda s: s.network.x - 0.5 + (s.network.y - 1) ** 2,
        solve=toys.solve_toy,
    )
    ax = dmft.plotting.phase_diagram(line)
    assert len([curve for curve in ax.lines if curve.get_label().startswith("branch")]) == line.sizes["branch"]


def test_figures_are_found_by_completion():
    assert {"solution", "phase_diagram"} <= set(dir(dmft.plotting))
