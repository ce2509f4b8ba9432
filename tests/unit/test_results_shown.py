"""Observables and branches as figures, in notebooks, as datasets and in files."""

import numpy as np
import pytest
import xarray

import dmft
from dmft.cli import main

EI = dmft.Network(
    {
        "E": dmft.Population(dmft.Tanh(), fraction=0.4, bias=0.3, threshold_variance=0.2),
        "I": dmft.Population(dmft.Erf(), dmft.Leaky(2.0), bias=0.1),
    },
    dmft.Couplings(dmft.Random([[2.0, 1.4], [2.4, 1.0]]), dmft.Mean([[0.6, -1.0], [0.8, -0.5]])),
)
ONE = dmft.Network(dmft.Population(dmft.ReLU(), bias=0.5), dmft.Couplings(dmft.Random(1.0), dmft.Mean(-1.0)))
STEPS = dmft.Network(dmft.Population(dmft.Tanh(), dmft.Map()), dmft.Couplings(dmft.Random(0.8), dmft.Mean(1.6)))
FREQUENCY = np.geomspace(1e-3, 3.0, 12)


@pytest.fixture(scope="module")
def results():
    both, one = dmft.solve_stationary(EI), dmft.solve_stationary(ONE)
    disc = dmft.solve_stationary(dmft.RandomNetwork(1.6))
    couplings = dmft.Couplings(dmft.Random(0.8), low_rank=dmft.LowRank([[1.5]]))
    ring = dmft.solve_stationary(dmft.Network(dmft.Population(), couplings))
    return {
        "power": dmft.power_spectrum(both, FREQUENCY),
        "power at one": dmft.power_spectrum(disc, 0.1, of="phi"),
        "response": dmft.susceptibility(both, FREQUENCY[:4]),
        "response at one": dmft.susceptibility(one, 0.0),
        "rates": dmft.rate_distribution(both),
        "rates with an atom": dmft.rate_distribution(one, time_averaged=True),
        "blocks": dmft.covariance_blocks(both),
        "disc": dmft.jacobian_spectrum(disc),
        "outlier": dmft.jacobian_spectrum(ring),
        "bulk": dmft.jacobian_spectrum(both),
        "bulk of a step": dmft.jacobian_spectrum(dmft.solve_stationary(STEPS)),
        "branches": dmft.branches(EI),
        "branches of one": dmft.branches(dmft.RandomNetwork(1.6)),
    }


NAMES = (
    "power",
    "power at one",
    "response",
    "response at one",
    "rates",
    "rates with an atom",
    "blocks",
    "disc",
    "outlier",
    "bulk",
    "bulk of a step",
    "branches",
    "branches of one",
)


def _numbers(result):
    """What a result answers, as one array."""
    if isinstance(result, dmft.RateDistribution):
        rates = np.linspace(result.low, result.high, 7)
        return np.concatenate([result.pdf(rates), result.cdf(rates), [result.mean, result.variance], *result.atoms])
    if isinstance(result, dmft.Branches):
        return np.concatenate([np.append(np.ravel(b.solution.corr_x_at([0.0, 1.3])), bool(b.stable)) for b in result])
    if isinstance(result, dmft.PopulationsSpectrum | dmft.SteppedSpectrum):
        return np.append(result.density([0.1, -1.0 + 0.2j]), [result.abscissa, *result.naive_outliers])
    if isinstance(result, dmft.JacobianSpectrum):
        return np.append(result.cdf(np.linspace(0, 1, 5)), getattr(result, "naive_outliers", []))
    return np.asarray(result)


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_result_is_the_same(results, name, tmp_path):
    result = results[name]
    dmft.save(result, tmp_path / "result.nc")
    read = dmft.load(tmp_path / "result.nc")
    assert type(read) is type(result)
    np.testing.assert_array_equal(_numbers(read), _numbers(result))
    if name == "branches":
        assert dmft.lyapunov_exponent(read[-1].solution) == dmft.lyapunov_exponent(result[-1].solution)
        assert [b.criterion for b in read] == [b.criterion for b in result]


@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_drawn(results, name, tmp_path):
    figure = results[name].plot()
    assert all(axes.get_xlabel() or name == "blocks" for axes in figure.axes if axes.get_label() != "<colorbar>")
    assert "data:image/png" in results[name]._repr_html_()
    dmft.save(results[name], tmp_path / "result.nc")
    with pytest.raises(SystemExit) as done:
        main(["plot", str(tmp_path / "result.nc"), "-o", str(tmp_path / "result.png")])
    assert done.value.code in (0, None)
    assert (tmp_path / "result.png").stat().st_size > 3000
    with pytest.raises(SystemExit) as done:
        main(["show", str(tmp_path / "result.nc")])
    assert done.value.code in (0, None)


@pytest.mark.long
def test_figures_show_what_there_is(results):
    lines = results["power"].plot().axes[0].get_legend().get_texts()
    assert [text.get_text() for text in lines] == ["E", "I"]
    labels = [text.get_text() for text in results["response"].plot().axes[0].get_legend().get_texts()]
    assert labels == ["E by E", "E by I", "I by E", "I by I"]
    axes = results["branches"].plot().axes[0]
    filled = {line.get_fillstyle() for line in axes.lines if len(line.get_xdata())}
    assert "full" in filled
    assert "filled: stable" in [text.get_text() for text in axes.get_legend().get_texts()]
    scale = results["bulk"].plot().axes[1]
    assert scale.get_ylabel() == "density of eigenvalues"
    (note,) = results["rates with an atom"].plot().axes[0].texts
    assert float(note.get_text()) == pytest.approx(results["rates with an atom"].atoms[0][1], rel=1e-2)


def test_datasets_have_names_and_units(results):
    power = results["power"].to_xarray()
    assert power["values"].dims == ("population", "frequency")
    assert list(power["population"].values) == ["E", "I"]
    np.testing.assert_allclose(results["power"].omega, 2.0 * np.pi * power["frequency"].values)
    response = results["response"].to_xarray()
    assert response["mean_phi_imag"].sel(population="E", input="I").shape == (4,)
    states = results["branches"].to_xarray()
    assert set(states["stable"].values) <= {0, 1}
    assert states["variance"].dims == ("branch", "population")
    assert all(isinstance(result.to_xarray(), xarray.Dataset) for result in results.values())


def test_frequencies_are_cycles(results):
    """Chaos of tanh: S(f) integrates to the variance over frequencies in cycles, without a factor 2 pi."""
    chaos = dmft.solve_stationary(dmft.RandomNetwork(1.6))
    edges = np.concatenate([[0.0], np.geomspace(1e-3, 10.0, 60)])
    nodes, weights = np.polynomial.legendre.leggauss(6)
    f = (edges[:-1, None] + np.diff(edges)[:, None] * (nodes + 1.0) / 2.0).ravel()
    df = (np.diff(edges)[:, None] * weights / 2.0).ravel()
    assert 2.0 * np.asarray(dmft.power_spectrum(chaos, f)) @ df == pytest.approx(chaos.variance, rel=1e-4)


def test_a_support_without_end_has_no_edge_where_its_picture_ends():
    network = dmft.Network(dmft.Population(dynamics=dmft.Leaky(1.0) * dmft.Delay(1.0)), dmft.Random(2.0))
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(network))
    (axes,) = spectrum.plot().axes
    edge = max(axes.lines, key=lambda line: len(line.get_xdata()))
    points = np.asarray(edge.get_xdata()) + 1j * np.asarray(edge.get_ydata())
    assert spectrum.reach(points) == pytest.approx(1.0, abs=0.02)
    assert abs(points[0] - points[-1]) > 1.0  # it is not closed


def test_no_frequency_is_left_out_of_a_picture():
    spectrum = dmft.power_spectrum(
        dmft.solve_stationary(dmft.RandomNetwork(1.5)), np.array([0.0, 0.001, 0.01, 0.1, 1.0])
    )
    (axes,) = spectrum.plot().axes
    assert axes.get_xscale() == "symlog"
    assert axes.get_xlim()[0] <= 0.0
