"""A sinusoid of random phase in a march: few phases do where it is small, and what phases leave is in the error."""

from dataclasses import replace
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest

import dmft
from dmft.theories.nonstationary import grid, methods
from dmft.theories.nonstationary.input import BETWEEN
from dmft.theories.nonstationary.phases import phase_error

SMALL = dmft.RandomNetwork(1.7, drive=dmft.Sinusoid(2.0, 10.0, "random"))
ODD_NO_MORE = dmft.BalancedNetwork(
    2.3, 400, nonlinearity=dmft.Symbolic("1/(1+exp(-x))"), drive=dmft.Sinusoid(1.0, 8.0, "random")
)


def with_phases(n, network, duration, **settings):
    """Return the march with so many phases."""
    with mock.patch.object(grid, "N_PHASES", n), mock.patch.object(methods, "enough_phases", lambda *of: of[-1]):
        return dmft.solve_nonstationary(network, duration, on_failure="ignore", **settings)


def deviation(one, other):
    n = min(len(one.variance), len(other.variance))
    return float(np.max(np.abs(one.variance[:n] - other.variance[:n])) / np.max(other.variance))


@pytest.mark.parametrize("network", [SMALL, ODD_NO_MORE])
def test_few_phases_are_as_good_as_all(network):
    few, all_of_them = dmft.solve_nonstationary(network, 0.3), with_phases(30, network, 0.3)
    assert few.march.grid.phases < 12
    assert deviation(few, all_of_them) < 1e-10
    assert abs(few.convergence.error - all_of_them.convergence.error) < 1e-6


@pytest.mark.parametrize("phases", [3, 5, 9])
@pytest.mark.parametrize(
    ("nonlinearity", "amplitude", "frequency"),
    [(dmft.Erf(), 10.0, 0.2), (dmft.ReLU(), 20.0, 0.5), (dmft.Erf(), 4.0, 1.0)],
)
def test_the_error_counts_what_the_phases_leave(phases, nonlinearity, amplitude, frequency):
    """With as few phases as make it by far the largest part."""
    network = dmft.RandomNetwork(1.4, nonlinearity, dmft.Sinusoid(amplitude, frequency, "random"))
    found, right = with_phases(phases, network, 5.0), with_phases(200, network, 5.0)
    assert deviation(found, right) < found.convergence.error


def test_a_variance_that_falls_asks_for_more_phases():
    """The march is gone on with from a state that the sinusoid is small beside, to one that it is large beside."""
    network = dmft.RandomNetwork(0.3, dmft.Erf(), dmft.Sinusoid(8.0, 1.0, "random"))
    first = dmft.solve_nonstationary(network, 1.0, init=(0.0, 100.0))
    on = dmft.solve_nonstationary(network, 9.0, init=first)
    whole = with_phases(200, network, 10.0, init=(0.0, 100.0))
    assert first.march.grid.phases < on.march.grid.phases
    assert deviation(on, whole) < 1e-9


def test_phases_between_tell_the_error():
    """Of <phi phi>; an error of all 24 phases is one of order 1e-6 or less where 9 leave more than that."""
    network = dmft.RandomNetwork(1.4, dmft.Erf(), dmft.Sinusoid(3.0, 0.2, "random"))
    errors = [phase_error(with_phases(n, network, 5.0).march) for n in (5, 9, 15, 24)]
    assert errors[0] > 1e-3
    assert all(later < 0.3 * earlier for earlier, later in pairwise(errors))
    assert errors[-1] < 1e-5


def test_a_grid_knows_its_phases():
    march = dmft.solve_nonstationary(SMALL, 1.0).march
    assert march.companion.grid.phases == march.companion.companion.grid.phases == march.grid.phases
    assert march.shifted.grid == replace(march.companion.companion.grid, shift=BETWEEN)
    assert dmft.solve_nonstationary(dmft.RandomNetwork(1.7), 1.0).march.grid.phases == 1
