"""The simulator of stated units: the rates it steps, its Jacobian and tangents, limits that others simulate too."""

import numpy as np
import pytest

import dmft
import validation
from validation.simulators.filters import FilterSimulator
from validation.simulators.simulator import Simulator
from validation.simulators.units import UnitSimulator

GATE = dmft.Network(
    dmft.Population(dynamics=dmft.Gated(2)), dmft.Couplings({"u": dmft.Random(2.0), "v": dmft.Random(1.5)})
)
OWN = dmft.Network(
    dmft.Population(
        dynamics=dmft.Dynamics(
            {"x": "-x - w**3/9 + h*(1 + 0.1*tanh(w))", "w": "(-w + 2*tanh(x))/3"}, output="tanh(x) + w/5"
        )
    ),
    dmft.Random(2.0),
)
PHI = dmft.Network(dmft.Population(dmft.Erf(), dmft.NonlinearAdaptation(2, 4)), dmft.Random(2.0))


def _simulator(network, kind=UnitSimulator, n=20, dt=0.02, seed=1, **more):
    generators = [np.random.default_rng([seed, k]) for k in range(4)]
    return kind(network, n, dt=dt, dtype=np.float64, generators=generators, **more)


@pytest.mark.parametrize("network", [GATE, OWN, PHI])
def test_tangent_vectors_are_differences_of_states(network):
    steps, size = 40, 1e-6
    both = _simulator(network, n_states=1, n_tangents=2)
    first = both._blocks[0]._s.copy()
    along = first[:, 1].copy()
    for _ in range(steps):
        both.step()
    ends = []
    for sign in (1.0, -1.0):
        moved = _simulator(network, n_states=1, n_tangents=2)
        moved._blocks[0]._s[:, 0] = first[:, 0] + sign * size * along
        moved._blocks[0]._probe[...] = moved._blocks[0]._s
        for _ in range(steps):
            moved.step()
        ends.append(moved._blocks[0]._s[:, 0].copy())
    expected = (ends[0] - ends[1]) / (2 * size)
    assert both._blocks[0]._s[:, 1] == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("network", [GATE, OWN, PHI])
def test_the_jacobian_moves_tangent_vectors(network):
    simulator = _simulator(network, n_tangents=1, dt=1e-4)
    before = simulator._blocks[0]._s[:, 1].copy()
    jacobian = simulator.jacobian()
    simulator.step()
    rate = (simulator._blocks[0]._s[:, 1] - before) / 1e-4
    assert (jacobian @ before.ravel()).reshape(before.shape) == pytest.approx(rate, rel=2e-3, abs=2e-3)


def test_a_linear_unit_is_the_filter():
    equations = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*x)/ta"}, "tanh(x)", c=1, ta=5)
    stated = dmft.Network(dmft.Population(dynamics=equations), dmft.Random(2.0))
    matrix = _simulator(stated, n=30).couplings
    units = _simulator(stated, n=30, couplings=matrix)
    filters = _simulator(
        dmft.Network(dmft.Population(dynamics=dmft.Adaptation(1, 5)), dmft.Random(2.0)),
        FilterSimulator,
        n=30,
        couplings=matrix,
    )
    at_rest = []
    for simulator in (units, filters):
        states = simulator._blocks[0]
        states._s[...] = 0.0
        states._probe[...] = 0.0
        at_rest.append(np.sort_complex(np.linalg.eigvals(simulator.jacobian())))
    assert at_rest[0] == pytest.approx(at_rest[1], abs=1e-10)


def test_steps_are_of_fourth_order():
    def ended(dt):
        simulator = _simulator(OWN, dt=dt)
        for _ in range(round(2.0 / dt)):
            simulator.step()
        return simulator.x

    exact = ended(0.0125)
    coarse, fine = (np.max(np.abs(ended(dt) - exact)) for dt in (0.2, 0.1))
    assert 10.0 < coarse / fine < 30.0


def test_a_drive_adds_to_the_field():
    quiet = dmft.Population(
        dynamics=dmft.Dynamics("-x + h + 0*x**3", "tanh(x)"), drive=dmft.OrnsteinUhlenbeck(1.5, 0.5)
    )
    network = dmft.Network(quiet, dmft.Random(1e-3))
    found = validation.simulate(network, sizes=[400], n_realizations=4, duration=40.0, burn_in=10.0, seed=1)
    # x is the input through a leak of 1: 1.5/(1 + 2)
    assert found.mean("corr_x", 400)[0] == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize(
    ("network", "settings", "words"),
    [
        (GATE, {"integrator": "adams-bashforth-4"}, "runge-kutta-4"),
        (GATE, {"storage": "revealed"}, "state their equations"),
        (GATE, {"dt": 5.0}, "stability"),
        (OWN.replace(**{"populations.drive": dmft.WhiteNoise(1.0)}), {}, "constants"),
        (GATE.replace(**{"couplings.random.v.symmetry": 0.5}), {}, "symmetric"),
    ],
)
def test_what_is_not_simulated_is_refused(network, settings, words):
    with pytest.raises((ValueError, TypeError), match=words):
        validation.simulate(network, sizes=[50], n_realizations=1, duration=2.0, seed=1, **settings)


def test_populations_with_means_are_those_of_leaky_units():
    """The same couplings and start by two simulators: paths and Jacobians are the same."""
    couplings = dmft.Couplings(dmft.Random([[2.0, 1.5], [1.8, 2.2]]), dmft.Mean([[1.0, -1.5], [2.0, -1.0]]))

    def network(unit):
        one = dmft.Population(dynamics=unit(1.0), fraction=0.6)
        return dmft.Network({"E": one, "I": dmft.Population(dmft.Erf(), unit(0.7))}, couplings)

    stated = _simulator(network(lambda tau: dmft.Dynamics("(-x + h)/tau - 1e-12*x**3", tau=tau)), n=30, dt=0.01)
    leaky = _simulator(network(dmft.Leaky), Simulator, n=30, dt=0.01)
    assert stated.couplings == pytest.approx(leaky.couplings, rel=1e-12)
    mixed = _simulator(
        network(lambda tau: dmft.Leaky(tau) if tau < 1.0 else dmft.Dynamics("-x + h - 1e-12*x**3")), n=30, dt=0.01
    )
    for _ in range(200):
        for simulator in (stated, leaky, mixed):
            simulator.step()
    assert stated.x == pytest.approx(leaky.x, rel=1e-5, abs=1e-5)
    assert mixed.x == pytest.approx(stated.x, rel=1e-8)
    assert stated.rates == pytest.approx(leaky.rates, abs=1e-5)
    assert stated.jacobian() == pytest.approx(leaky.jacobian(), abs=1e-4)


@pytest.mark.long
def test_white_noise_and_thresholds_have_their_variance():
    unit = dmft.Dynamics("(-x + h)/tau - 1e-12*x**3", tau=2.0)
    population = dmft.Population(dynamics=unit, drive=dmft.WhiteNoise(1.5), threshold_variance=0.3)
    simulator = _simulator(dmft.Network(population, dmft.Random(1e-6)), n=4000, dt=0.1, n_states=4)
    for _ in range(200):
        simulator.step()
    # tau x' = -x + xi; over states the noise differs, and thresholds do not
    assert np.var(simulator.x) == pytest.approx(0.3 + 1.5 / 4.0, rel=0.05)
    shared = np.mean(simulator.x[:, 0] * simulator.x[:, 1])
    assert shared == pytest.approx(0.3, abs=0.03)
