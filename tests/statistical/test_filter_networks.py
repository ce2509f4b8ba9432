"""Networks of filters against their theory, driven ones, which small networks can decide.

Power: a variance that is off by 4 %, or an exponent off by .02, is five errors and is found (stated by `room`).
"""

import numpy as np
import pytest

import dmft
import validation

CASES = {
    "adaptation": (dmft.Adaptation(1, 5), 1.0),
    "oscillator": (dmft.Oscillator(1, 0.5), 0.3),
    "delay": (dmft.Leaky() * dmft.Delay(1.0), 0.7),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_driven_networks(name):
    unit, g = CASES[name]
    network = dmft.Network(dmft.Population(dynamics=unit, drive=dmft.WhiteNoise(1.0)), dmft.Random(g))
    solution = dmft.solve_stationary(network)
    simulation = validation.simulate(
        network, sizes=[400], n_realizations=6, duration=200.0, measure=("correlation", "lyapunov"), seed=3
    )
    for quantity, theory, most in (
        ("variance", solution.variance, 0.04 * solution.variance),
        ("lyapunov_exponent", float(dmft.lyapunov_exponent(solution)), 0.02),
    ):
        error = simulation.standard_error(quantity, 400)
        room = 5.0 * error + 0.01 * abs(solution.variance if quantity == "variance" else 0.3)
        assert room < most * 1.5
        assert abs(simulation.mean(quantity, 400) - theory) < room
    comparison = validation.compare(solution, simulation)
    assert comparison.verdict != "disagree"


@pytest.mark.long
def test_sinusoids_of_random_phase():
    """A resonant drive: the whole variance of x, its Gaussian part 1.235 of 2.962, and what follows of phi."""
    unit = dmft.Population(dynamics=dmft.Oscillator(1, 0.5), drive=dmft.Sinusoid(0.9, 0.15, "random"))
    solution = dmft.solve_stationary(dmft.Network(unit, dmft.Random(0.7)))
    simulation = validation.simulate(solution.network, sizes=[400], n_realizations=6, duration=200.0, seed=3)
    for quantity, theory in (("variance", solution.corr_x_at(0.0)), ("corr_phi", solution.corr_phi_at(0.0))):
        found = np.ravel(simulation.mean(quantity, 400))[0]
        error = np.ravel(simulation.standard_error(quantity, 400))[0]
        assert error < 0.03 * theory
        assert abs(found - theory) < 4.0 * error + 0.01 * theory
    assert validation.compare(solution, simulation).verdict != "disagree"


def test_the_cloud_of_an_oscillator():
    """Eigenvalues of one network state lie where |1/H(z)| <= R, and by the law of the disc within."""
    network = dmft.Network(dmft.Population(dynamics=dmft.Oscillator(1, 0.5)), dmft.Random(1.5))
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(network))
    simulation = validation.simulate(network, sizes=[200], n_realizations=2, duration=10.0, measure="jacobian", seed=2)
    found = np.ravel(simulation.values("jacobian_eigenvalues", 200))
    reach = 1.0 / np.asarray(spectrum.reach(found)) * spectrum.radius
    assert np.mean(reach > 1.1 * spectrum.radius) < 0.01
    for part in (0.5, 0.75, 0.9):
        assert np.mean(reach < part * spectrum.radius) == pytest.approx(spectrum.cdf(part * spectrum.radius), abs=0.05)
