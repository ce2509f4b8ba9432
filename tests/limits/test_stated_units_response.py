"""Responses of sampled units: first-order ones respond by <phi'>/(1 + i w), what jumps at time 0 included."""

import numpy as np
import pytest

import dmft


def _solved(network):
    return dmft.solve_stationary(network, method=dmft.Sampled(paths=256))


def test_first_order_units_respond_by_their_mean_slope():
    exact = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    found = dmft.response_of(_solved(dmft.Network(dmft.Population(dynamics=dmft.Dynamics("-x + h")), dmft.Random(2.0))))
    low = found.omega < 2.0
    known = exact.mean_slope / (1.0 + 1j * found.omega[low])
    error = found.error[0, 0, low]
    assert np.all(error < 0.02)
    deviation = np.abs(found.value[0, 0, low] - known)
    assert (
        np.mean((deviation / error) ** 2) < 2.2
    )  # a band that ends and a jump that is not taken off leave 3 %, 6 errors
    assert np.mean(found.value[0, 0, low] / known).real == pytest.approx(1.0, abs=0.006)
    assert set(found.to_xarray()) == {"value_real", "value_imag", "error"}


@pytest.mark.long
def test_a_cubic_unit_responds_as_to_a_shift_of_its_field():
    """units.md, B7: S(0) = .5028, by a shift of the field .5031."""
    network = dmft.Network(
        dmft.Population(dynamics=dmft.Dynamics("-x - x**3 + h", "x"), drive=dmft.OrnsteinUhlenbeck(1.0, 1.0)),
        dmft.Random(1.5),
    )
    solution = _solved(network)
    found = dmft.response_of(solution, paths=2048)
    assert abs(found.value[0, 0, 0].imag) < 4.0 * found.error[0, 0, 0]
    # the response of <x> in the same state to a constant input: of a biased population that hears it and is not heard
    probes = dmft.Network(
        {
            "all": network.populations,
            "up": dmft.Population(
                dynamics=network.populations.dynamics, drive=network.populations.drive, fraction=0.0, bias=0.1
            ),
        },
        dmft.Random(1.5),
    )
    up = _solved(probes)
    by_shift, error = up.mean_x[1] / 0.1, up.process.mean_errors[1] / 0.1
    assert found.value[0, 0, 0].real == pytest.approx(by_shift, abs=4.0 * np.hypot(error, found.error[0, 0, 0]) + 0.01)


def test_what_has_no_response_is_refused():
    with pytest.raises(TypeError, match="state their equations"):
        dmft.response_of(dmft.solve_stationary(dmft.RandomNetwork(2.0)))
    quiet = _solved(dmft.Network(dmft.Population(dynamics=dmft.SelfCoupled(0.5)), dmft.Random(0.3)))
    with pytest.raises(ValueError, match="quiescent"):
        dmft.response_of(quiet)
