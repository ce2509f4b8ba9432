"""What networks of populations, their observables and diagrams refuse, and in which words."""

import numpy as np
import pytest

import dmft

RAGGED = [[1.0, 2.0], [3.0]]
NETWORK = dmft.Network(dmft.Population(), dmft.Random(2.0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: dmft.Random(RAGGED),
        lambda: dmft.Mean(RAGGED),
        lambda: dmft.LowRank(RAGGED),
        lambda: dmft.LowRank([[1.0, 0.0], [0.0, 1.0]], left=RAGGED),
        lambda: dmft.Couplings.sparse(RAGGED, 1.0),
        lambda: dmft.Couplings.sparse(10, RAGGED),
        lambda: dmft.Couplings.sparse(10, 1.0, deviation=RAGGED),
    ],
)
def test_rows_of_different_lengths(make):
    with pytest.raises(ValueError, match="must be a number or have rows of one length"):
        make()


@pytest.mark.parametrize("given", [[[0.3, 0.0], [0.0, 0.2]], [0.1, 0.2], np.array([[0.3]])])
def test_a_symmetry_by_block_is_refused_by_name(given):
    with pytest.raises(ValueError, match=r"a symmetry by block is not known; .*couplings="):
        dmft.Random([[2.0, 1.0], [1.0, 2.0]], given)


def test_transients_and_periods_of_populations_with_low_rank_are_refused_by_name():
    """Also noise and drives common to a population: what can be stated and is not solved says so."""
    drive = dmft.Sinusoid(amplitude=0.5, frequency=0.1)
    units = {"E": dmft.Population(fraction=0.5), "I": dmft.Population(fraction=0.5)}
    network = dmft.Network(units, dmft.Couplings(dmft.Random([[0.5, 0.3], [0.4, 0.5]]), low_rank=dmft.LowRank(1.5)))
    driven = network.replace(**{"populations.E.drive": drive})
    with pytest.raises(ValueError, match="one population, got 2; among populations states are known"):
        dmft.solve_nonstationary(network, duration=1.0)
    with pytest.raises(ValueError, match="knows no low-rank couplings"):
        dmft.solve_periodic(driven)
    with pytest.raises(ValueError, match="not drives common to a population"):
        dmft.solve_stationary(driven)
    with pytest.raises(ValueError, match="common to all neurons makes the state periodic"):
        dmft.solve_stationary(driven.replace(**{"couplings.low_rank": None}))


@pytest.mark.parametrize("given", [3, NETWORK])
def test_a_correction_is_one_of_a_solution(given):
    with pytest.raises(TypeError, match=r"that of a state of dmft\.Couplings\.sparse"):
        dmft.in_degree_correction(given)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: dmft.excitation_inhibition_diagram(network=3), TypeError, r"must be a dmft\.Network"),
        (lambda: dmft.solve_stationary(NETWORK, lags="a"), TypeError, "lags must be an array of numbers, got 'a'"),
        (lambda: dmft.structure_diagram(fraction="a"), TypeError, "fraction must be an array of numbers"),
        (lambda: dmft.structure_diagram(fraction=[0.1, 1.5]), ValueError, "fraction must be above 0 and below 1"),
        (lambda: dmft.structure_diagram(gain=[1.0, np.nan]), ValueError, "gain must be above 0"),
        (lambda: dmft.low_rank_diagram(g=[-1, 1]), ValueError, "g must be above 0 and below inf, got -1"),
    ],
)
def test_diagrams_refuse_before_they_solve(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_observables_name_what_they_refuse():
    populations = {"E": dmft.Population(fraction=0.5), "I": dmft.Population(fraction=0.5)}
    solution = dmft.solve_stationary(dmft.Network(populations, dmft.Random([[3.0, 0.0], [0.0, 0.0]])))
    with pytest.raises(TypeError, match="frequency must be an array of numbers, got 'a'"):
        dmft.power_spectrum(solution, "a")
    with pytest.raises(ValueError, match="population 'I' does not move"):
        dmft.correlation_time(solution, population="I")
    text = dmft.cite(solution)
    assert "aljadeff2015" in text
    assert "kadmon2015" in text
