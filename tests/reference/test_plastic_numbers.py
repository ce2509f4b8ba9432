"""Numbers of plastic networks by other methods."""

import numpy as np
import pytest

from dmft import PlasticNetwork, jacobian_spectrum, lyapunov_exponent, solve_plastic
from dmft.observables.plastic_oscillation import oscillation_frequency


@pytest.mark.long
@pytest.mark.parametrize(
    ("g", "k", "p", "corr_phi"),
    [
        # another sampler (exponential trapezoid, explicit memory sum, 512 paths), 4 digits;
        # make_plastic_reference.py, a third one, has .3654(6), .5912(14), .6927(18) for the first three
        (2.0, -2.0, 2.5, 0.3661),
        (2.0, 0.5, 2.5, 0.5898),
        (2.0, 1.0, 2.5, 0.6891),
        (2.0, -2.0, 1.0, 0.3092),
        (2.0, 1.0, 1.0, 0.7065),
        (2.0, -2.0, 10.0, 0.443),
    ],
)
def test_variance_of_the_rates(g, k, p, corr_phi):
    solution = solve_plastic(PlasticNetwork(g=g, k=k, p=p), samples=256, seed=2)
    assert solution.convergence.converged
    # the other sampler's own error is about 6e-4 for k > 0, 2e-4 for k < 0
    other = 6e-4 if k > 0 else 2e-4
    error = float(np.hypot(solution.corr_phi_error[0], other))
    assert error < 1.6e-3
    assert solution.corr_phi[0] == pytest.approx(corr_phi, abs=3 * error)


def test_anti_hebbian_state():
    solution = solve_plastic(PlasticNetwork(g=2.0, k=-2.0, p=2.5), samples=128, seed=3)
    spectrum = jacobian_spectrum(solution)
    # single-neuron averages of another sampler: Im of the rightmost point .65, pi over the lag of the minimum .48
    assert spectrum.rightmost.imag == pytest.approx(0.65, abs=0.02)
    assert oscillation_frequency(solution) == pytest.approx(0.48, abs=0.02)
    assert spectrum.abscissa > 0
    assert spectrum.unstable_angle() > 1.2
    # M = 512 tangent networks extrapolate to .076(11) before a correction of about -8 %
    exponent = lyapunov_exponent(solution)
    assert 0.06 < exponent < 0.085


@pytest.mark.long
def test_hebbian_state_has_two_bands_and_slow_unstable_modes():
    solution = solve_plastic(PlasticNetwork(g=2.0, k=1.0, p=2.5), samples=128, seed=4, on_failure="ignore")
    spectrum = jacobian_spectrum(solution)
    left, right = spectrum.bands()
    assert left[1] < right[0]
    assert left[0] < -1.0 < left[1]
    assert right[1] == pytest.approx(spectrum.abscissa, abs=0.03)
    assert spectrum.unstable_angle() < 1.0
    assert oscillation_frequency(solution) == 0


@pytest.mark.long
def test_exponent_of_a_slow_state():
    # half-life 50 tau: lambda moves the eigenvalue of the tangent map abruptly, and unlimited steps never settle
    slow = solve_plastic(
        PlasticNetwork(g=0.9, k=1.8, p=1.0), samples=128, noise_seeds=2, rtol=1e-3, on_failure="ignore"
    )
    # networks of N = 1000 and 2000: .05 to .11 in pieces of 60 tau, .085 on average
    assert lyapunov_exponent(slow, rtol=2e-3) == pytest.approx(0.085, abs=0.03)
