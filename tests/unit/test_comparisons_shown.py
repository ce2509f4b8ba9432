"""Comparisons of named populations are drawn, of one matrix say that its error is not known, of any method are made."""

import numpy as np
import pytest

import dmft
import validation
from validation import comparison_table

RUN = {"n_realizations": 2, "duration": 10.0, "burn_in": 5.0, "seed": 1}


def test_named_populations_have_a_curve_each():
    network = dmft.Network(
        {"E": dmft.Population(fraction=0.8, bias=0.3), "I": dmft.Population(fraction=0.2)},
        dmft.Couplings(dmft.Random([[1.5, 1.2], [1.4, 1.6]]), dmft.Mean([[0.3, -0.4], [0.5, -0.5]])),
    )
    found = validation.compare(dmft.solve_stationary(network), validation.simulate(network, [50, 100], **RUN))
    left = found.plot().axes[0]
    theory = {line.get_label(): line for line in left.lines if "theory" in str(line.get_label())}
    assert set(theory) == {"E, theory", "I, theory"}
    assert theory["E, theory"].get_ydata()[0] == pytest.approx(found.theory.corr_phi_at(0.0)[0])
    assert len(left.containers) == 4  # two populations of two sizes


def test_transients_have_their_courses():
    network = dmft.Network(
        {"E": dmft.Population(fraction=0.8, bias=0.3), "I": dmft.Population(fraction=0.2)},
        dmft.Couplings(dmft.Random([[1.5, 1.2], [1.4, 1.6]]), dmft.Mean([[0.3, -0.4], [0.5, -0.5]])),
    )
    run = {**RUN, "burn_in": 0.0, "measure": "transient"}
    simulation = validation.simulate(network, [50, 100], **run)
    found = validation.compare(dmft.solve_nonstationary(network, 10.0, init=(0.0, 1.0)), simulation)
    drawn = {axes.get_ylabel(): axes for axes in found.plot().axes}
    for label, name in (("mean of $x$", "mean_x"), ("variance of $x$", "variance")):
        axes = drawn[label]
        theory = {str(line.get_label()): line for line in axes.lines if "theory" in str(line.get_label())}
        assert set(theory) == {"E, theory", "I, theory"}
        assert theory["I, theory"].get_ydata()[-1] == pytest.approx(getattr(found.theory, name)[1, -1])
        assert len(axes.containers) == 4
    shown = [axes.get_ylabel() for axes in simulation.plot().axes]
    assert "transient mean" in shown


def test_the_method_of_populations_is_compared_like_any():
    network = dmft.RandomNetwork(2.0)
    state = dmft.solve_stationary(network, method=dmft.Populations())
    assert isinstance(state.corr_x_at(0.0), float)
    found = validation.compare(state, validation.simulate(network, [100], **RUN))
    assert found.row("corr_x[0]").theory == pytest.approx(1.9248054, abs=1e-6)


def test_the_error_of_one_matrix_is_not_known():
    """Runs of one matrix scatter by their states alone; however many there are, they do not disagree with a theory."""
    network = dmft.RandomNetwork(0.5)
    matrix = np.random.default_rng(3).normal(size=(60, 60)) * 0.5 / np.sqrt(60.0)
    runs = validation.simulate(network, couplings=matrix, **RUN)
    found = validation.compare({"variance": 1.0}, runs, tolerance=0.1)
    assert found.verdict == "undecided"
    assert np.isnan(found.row("variance").estimate.standard_error)
    assert np.isnan(runs.standard_error("variance", 60))


HEAD = ["quantity", "theory", "large N", "deviation", "within", "bias <", "seen from", "verdict"]
SHORT = ["corr_x[0]", "0.5", "0.52(1)", "+2.0(1.0) %", "5.1 %", "1 %", "12 %", "undecided"]
LONG = ["corr_phi.E[5]", "0.498465(49)", "-0.4982(24)", "-0.10(51) %", "3.9 %", "2.9 %", "9.2 %", "undecided"]
LONGEST = ["mean_square_slope.excitatory", *LONG[1:]]


@pytest.mark.parametrize(
    ("row", "lines", "holds"),
    [(SHORT, 3, "12 %  undecided"), (LONG, 3, "  9.2 undecided"), (LONGEST, 4, "  9.2 undecided")],
    ids=["signs of per cent", "without them", "a long name"],
)
def test_a_table_fits_a_terminal(monkeypatch, row, lines, holds):
    """Every number stays, in 80 columns; a line of its own is for a name that leaves no other way."""
    monkeypatch.setattr(comparison_table, "_cells", lambda rows: [HEAD, row])
    shown = comparison_table.aligned(()).splitlines()
    assert len(shown) == lines
    assert max(map(len, shown)) <= 80
    assert holds in shown[-1]
    for cell in row:
        assert cell.removesuffix(" %") in "\n".join(shown)


def test_a_population_that_excites_itself_is_compared():
    """Its theory is that of populations, also without a name; what it sends in common fluctuates as in these."""
    network = dmft.Network(
        dmft.Population(drive=dmft.WhiteNoise(0.5), bias=0.3), dmft.Couplings(dmft.Random(0.6), dmft.Mean(0.4))
    )
    run = {"n_realizations": 12, "duration": 60.0, "burn_in": 15.0, "initial_states": 4, "seed": 2}
    simulation = validation.simulate(network, [200, 400], **run)
    # The bound on the bias of so few units, 30/N + 5000/N^2 of what is common, is a tenth by itself.
    found = validation.compare(dmft.solve_stationary(network), simulation, tolerance=0.3)
    assert found.verdict == "agree"
    assert {"mean_x", "variance", "corr_phi[0]"} <= {row.quantity for row in found.rows}
    wrong = network.replace(**{"couplings.mean": dmft.Mean(0.8)})
    with pytest.raises(ValueError, match="theory is of"):
        validation.compare(dmft.solve_stationary(wrong), simulation)
    theory = dmft.solve_stationary(wrong)
    off = {"mean_x": float(theory.mean_x), "variance": float(theory.variance)}
    assert validation.compare(off, simulation, tolerance=0.3).row("mean_x").verdict == "disagree"
