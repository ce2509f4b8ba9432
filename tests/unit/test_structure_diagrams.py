"""The ready-made diagrams of two populations: a hyperexcitable group, and excitation with inhibition."""

import numpy as np
import pytest

import dmft
from dmft.phases.excitation_inhibition_diagram import BIAS, GAIN, usual
from dmft.phases.static_lines import chained, static_events
from dmft.phases.structure_diagram import onset
from dmft.theories.blocks import blocks_of
from dmft.theories.static_states import static_states


def test_the_onset_of_a_group_is_where_the_largest_eigenvalue_is_one():
    f = np.array([0.01, 0.2, 0.5, 0.99])
    for fraction, gain in zip(f, onset(f, 0.8), strict=True):
        variances = np.array([[gain**2, 0.64], [0.64, 0.64]]) * [fraction, 1.0 - fraction]
        assert np.max(np.linalg.eigvals(variances).real) == pytest.approx(1.0, rel=1e-12)


def test_the_preset_of_a_hyperexcitable_group():
    edge = float(onset(0.2, 0.8))
    grid = dmft.structure_diagram(fraction=[0.2, 0.6], gain=[0.9 * edge, 1.1 * edge])
    assert grid["state"].values.tolist() == [["quiescent", "chaotic"], ["chaotic", "chaotic"]]
    exponent = grid["lyapunov_exponent"].values
    assert exponent[0, 0] < 0 < exponent[0, 1] < exponent[1, 1]
    # at rest: largest eigenvalue of the couplings less 1, tau = 1
    assert exponent[0, 0] == pytest.approx(float(grid["radius"][0, 0]) - 1.0, abs=1e-9)
    assert float(grid["group"][1, 1]) > float(grid["rest"][1, 1]) > 0
    at = np.argmin(np.abs(grid["chaos_x"].values - 0.2))
    assert float(grid["chaos_y"][at]) == pytest.approx(float(onset(grid["chaos_x"].values[at], 0.8)))
    mean = float(np.nan_to_num(grid["mean_gain_y"].values, nan=9.0)[at])
    assert mean > float(grid["chaos_y"][at])  # as many couplings of one gain: chaotic later


def test_what_the_diagram_of_a_group_refuses():
    with pytest.raises(ValueError, match="one of odd phi"):
        dmft.structure_diagram(nonlinearity=dmft.ReLU())
    with pytest.raises(ValueError, match="must be below 1"):
        dmft.structure_diagram(others=1.2)


@pytest.mark.long
def test_the_preset_of_excitation_and_inhibition():
    grid = dmft.excitation_inhibition_diagram(bias=[-0.6, 1.1], g=[0.5, 4.0], lines=2)
    assert grid["phase"].values.tolist() == [["several fixed points", "chaos"], ["one fixed point", "one fixed point"]]
    assert grid["stable_states"].values.tolist() == [[2.0, 1.0], [1.0, 1.0]]
    rates = grid["growth_rate"].values
    assert np.all(rates[:, 0] < 0)
    assert rates[0, 1] > 0 > rates[1, 1]
    folds = grid["fold_x"].values[grid["fold_y"].values == 0.5]
    assert folds == pytest.approx([0.8129], abs=1e-4)  # the other is at -1.1065
    with pytest.raises(ValueError, match="populations E and I"):
        dmft.excitation_inhibition_diagram(network=dmft.Network(dmft.Population(), dmft.Random(1.0)))


@pytest.mark.long
def test_lines_are_where_the_states_change():
    net = usual().replace(**{GAIN: 0.5})
    events = static_events(blocks_of(net), 0, -1.5, 1.2)
    assert sorted(e.name for e in events) == ["fold", "fold", "oscillation"]
    for event in events:
        below, above = (
            static_states(blocks_of(net.replace(**{BIAS: event.input + shift}))).states for shift in (-1e-3, 1e-3)
        )
        if event.name == "fold":
            assert abs(len(below) - len(above)) == 2
            continue
        assert len(below) == len(above)
        assert sum(s.stable for s in below) - sum(s.stable for s in above) == 1
        left = [s for s in above if s.spread < 1.0 and not s.stable and abs(s.outliers[0].imag) > 0]
        assert abs(left[0].outliers[0].real) < 1e-2


@pytest.mark.long
def test_a_line_ends_where_its_events_do():
    net = usual()
    along = np.array([0.5, 1.0])
    events = [static_events(blocks_of(net.replace(**{GAIN: g})), 0, 0.3, 1.2) for g in along]
    x, y = chained(along, events, "fold", 1.0)
    assert len(x) == 3
    assert np.isnan(x[2])
    assert y[:2].tolist() == [0.5, 1.0]
    assert len(chained(along, events, "chaos", 1.0)[0]) == 0
