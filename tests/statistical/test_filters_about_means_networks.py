"""Networks of filters about means against their theory.

Power: an H(0) that is left out, or stands for its square, moves a mean or a frozen variance by a factor of two; a mean
that is off by 8 % or a variance that is off by 6 % is found (`room`).
"""

import numpy as np
import pytest

import dmft
import validation

ADAPTING = dmft.Network(
    dmft.Population(
        dmft.Tanh(),
        dmft.Adaptation(1, 5),
        bias=0.6,
        threshold_variance=0.4,
        drive=dmft.OrnsteinUhlenbeck(0.5, 1.0) + dmft.Constant(0.2),
    ),
    dmft.Couplings(dmft.Random(0.8), dmft.Mean(0.5)),
)
OSCILLATING = dmft.Network(
    dmft.Population(dmft.Symbolic("tanh(x - 0.5)"), dmft.Oscillator(1, 0.8), drive=dmft.OrnsteinUhlenbeck(0.3, 1.0)),
    dmft.Couplings(dmft.Random(1.0), dmft.Mean(-0.4)),
)
EXCITING = dmft.Network(
    {
        "E": dmft.Population(dmft.Tanh(), dmft.Adaptation(1, 3), bias=0.6, fraction=0.6),
        "I": dmft.Population(
            dmft.Symbolic("1/(1 + exp(-2*x))"),
            dmft.Leaky(0.7) * dmft.Synapse(0.4),
            bias=0.1,
            drive=dmft.WhiteNoise(0.4),
        ),
    },
    dmft.Couplings(dmft.Random([[1.2, 1.0], [1.0, 1.2]]), dmft.Mean([[1.0, -1.5], [1.0, -1.0]])),
)


def check(network, size, n_realizations, duration, room):
    """Compare with networks of one size; `room` is what is allowed beside five errors, of each quantity's size."""
    solution = dmft.solve_stationary(network)
    simulation = validation.simulate(network, sizes=[size], n_realizations=n_realizations, duration=duration, seed=11)
    for quantity in ("mean_x", "mean_phi", "variance", "static_variance"):
        theory = np.atleast_1d(getattr(solution, quantity))
        measured = (np.atleast_1d(of(quantity, size)) for of in (simulation.mean, simulation.standard_error))
        for known, found, error in zip(theory, *measured, strict=True):
            scale = abs(known) if "variance" in quantity else float(np.sqrt(np.max(solution.variance)))
            assert 5.0 * error < 0.5 * scale, quantity
            assert abs(found - known) < 5.0 * error + room * scale, (quantity, found, known, error)
    return solution, simulation


@pytest.mark.long
def test_a_driven_network_of_adapting_units():
    solution, _ = check(ADAPTING, 400, 4, 100.0, 0.03)
    assert solution.stable
    assert solution.static_variance > 0.3 * solution.variance


@pytest.mark.long
@pytest.mark.parametrize(
    ("network", "size", "n_realizations", "duration", "room"),
    [(ADAPTING, 800, 8, 200.0, 0.015), (OSCILLATING, 800, 8, 200.0, 0.015), (EXCITING, 400, 6, 100.0, 0.03)],
)
def test_driven_networks(network, size, n_realizations, duration, room):
    """Means, variances, and what `compare` says of all correlations and exponents; white noise asks for short steps,
    and so for the smaller network."""
    solution, simulation = check(network, size, n_realizations, duration, room)
    assert validation.compare(solution, simulation).verdict != "disagree"


@pytest.mark.long
def test_means_that_oscillate_together_do_so_in_networks():
    """Delayed inhibition 40 % beyond its onset moves the mean of a network; 30 % below it doesn't."""
    unit = dmft.Leaky() * dmft.Delay(2.0)

    def network(mean):
        population = dmft.Population(dmft.Tanh(), unit, bias=0.4, drive=dmft.OrnsteinUhlenbeck(0.3, 2.0))
        return dmft.Network(population, dmft.Couplings(dmft.Random(0.6), dmft.Mean(mean)))

    def swing(mean):
        """Fluctuation over time of the mean over units: of a correlation of x, what all units share."""
        simulation = validation.simulate(network(mean), sizes=[400], n_realizations=2, duration=150.0, seed=5)
        return float(simulation.mean("variance", 400))

    low, high = -1.0, -6.0
    while low - high > 0.02:
        middle = 0.5 * (low + high)
        stable = dmft.solve_stationary(network(middle), on_failure="ignore").stable
        assert stable is not None
        low, high = (middle, high) if stable else (low, middle)
    calm, loud = (dmft.solve_stationary(network(f * low), on_failure="ignore") for f in (0.7, 1.4))
    assert (calm.stable, loud.stable) == (True, False)
    assert swing(0.7 * low) == pytest.approx(calm.variance, rel=0.1)
    assert swing(1.4 * low) > 1.5 * loud.variance
