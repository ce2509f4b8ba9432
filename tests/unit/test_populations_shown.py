"""Solutions of several populations in files, datasets, pictures, notebooks and maps."""

import numpy as np
import pytest

import dmft

TWO = dmft.Network(
    {"E": dmft.Population(dmft.Erf(), fraction=0.4), "I": dmft.Population(dmft.Erf(), dmft.Leaky(2.0), fraction=0.6)},
    dmft.Random([[2.0, 1.4], [2.4, 1.0]]),
)
UNNAMED = dmft.Network(dmft.Population(dmft.Erf(), dmft.Leaky(2.0)), dmft.Random(1.5))


@pytest.fixture(scope="module")
def solved():
    return dmft.solve_stationary(TWO)


@pytest.mark.parametrize("network", [TWO, UNNAMED])
def test_a_stored_solution_is_the_same(network, tmp_path):
    solution = dmft.solve_stationary(network)
    dmft.save(solution, tmp_path / "two.nc")
    read = dmft.load(tmp_path / "two.nc")
    np.testing.assert_array_equal(read.variance, solution.variance)
    np.testing.assert_array_equal(read.corr_x_at([0.0, 3.3]), solution.corr_x_at([0.0, 3.3]))
    assert dmft.lyapunov_exponent(read) == dmft.lyapunov_exponent(solution)
    assert type(read.variance) is type(solution.variance)


def test_a_dataset_has_the_names(solved):
    dataset = solved.to_xarray()
    assert dataset["corr_x"].dims == ("population", "lags")
    assert list(dataset["population"].values) == ["E", "I"]
    assert dataset["variance"].sel(population="I") == solved.variance[1]


def test_a_picture_has_a_curve_each(solved):
    axes = solved.plot().axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["E", "I"]


def test_a_notebook_shows_numbers_and_a_figure(solved):
    text = solved._repr_html_()
    assert "<th>E</th><th>I</th>" in text
    assert f"<td>{solved.variance[1]:.6g}</td>" in text
    assert "data:image/png" in text
    assert "<th>E</th>" not in dmft.solve_stationary(UNNAMED)._repr_html_()


def test_a_map_reads_a_number_of_one_population(solved):
    over = {"couplings.random.g.E.E": [2.0, 2.2]}
    found = dmft.phase_diagram(TWO, over=over, observe=["variance.I", "state", dmft.lyapunov_exponent])
    assert found["variance.I"][0] == solved.variance[1]
    assert found["variance.I_error"][0] < 1e-10
    with pytest.raises(TypeError, match=r"name one of its parts, 'variance.E' or 'variance.I'"):
        dmft.phase_diagram(TWO, over=over, observe=["variance"])
    with pytest.raises(TypeError, match="is not known of 'X'; known are E, I"):
        dmft.phase_diagram(TWO, over=over, observe=["variance.X"])
    with pytest.raises(
        ValueError, match=r"must be a number of the solution, one of lyapunov_exponent, .*; got 'volume'"
    ):
        dmft.phase_diagram(TWO, over=over, observe=["volume.E"])


@pytest.mark.long
def test_a_line_on_which_chaos_begins():
    along, over = {"couplings.random.g.I.I": [0.4, 0.8]}, {"couplings.random.g.E.E": (0.2, 2.5)}
    weak = TWO.replace(**{"couplings.random.g.E.I": 0.8, "couplings.random.g.I.E": 1.2})
    line = dmft.critical_line(weak, along=along, over=over, observable=dmft.lyapunov_exponent, search=0)
    for i, own in enumerate(along["couplings.random.g.I.I"]):
        place, error = (float(line[f"couplings.random.g.E.E{word}"][i]) for word in ("", "_error"))
        edge = [
            np.max(np.linalg.eigvals(np.array([[g, 0.8], [1.2, own]]) ** 2 * [0.4, 0.6]).real)
            for g in (place - error, place, place + error)
        ]
        assert edge[1] == pytest.approx(1.0, abs=1e-6)
        assert edge[0] <= 1.0 <= edge[2]
        assert error < 2e-5  # the exponent rises with the square of the distance, and is told to 2e-12


def test_init_continues_from_a_neighbour(solved):
    near = TWO.replace(**{"couplings.random.g.E.E": 2.1})
    fresh, continued = dmft.solve_stationary(near), dmft.solve_stationary(near, init=solved)
    np.testing.assert_allclose(continued.variance, fresh.variance, rtol=1e-9)
    assert continued.convergence.steps < fresh.convergence.steps
    with pytest.raises(ValueError, match="init must be a solution of 2 populations, got one of 1"):
        dmft.solve_stationary(near, init=dmft.solve_stationary(dmft.RandomNetwork(1.5)))
