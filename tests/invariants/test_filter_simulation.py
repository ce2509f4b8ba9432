"""The simulator of filters: order of its steps, the leaky simulator, delays, the flow's matrix."""

import numpy as np
import pytest

import dmft
from validation.ensemble import realization_seed, root_seed
from validation.simulators.filters import FilterSimulator
from validation.simulators.simulator import Simulator


def simulator(unit, dt, kind=FilterSimulator, n=40, **settings):
    network = dmft.Network(dmft.Population(dynamics=unit, drive=settings.pop("drive", None)), dmft.Random(2.0))
    seed = realization_seed(root_seed(5), n, 0)
    return kind(network, n, dt=dt, dtype=np.float64, generators=seed.generators(4), **settings)


def after(unit, dt, time, **settings):
    run = simulator(unit, dt, **settings)
    for _ in range(round(time / dt)):
        run.step()
    return run.x[:, 0]


@pytest.mark.parametrize("unit", [dmft.Adaptation(1, 5), dmft.Oscillator(1, 0.5), dmft.Leaky() * dmft.Synapse(0.5)])
def test_fourth_order(unit):
    coarse, middle, fine = (after(unit, dt, 4.0) for dt in (0.1, 0.05, 0.025))
    assert 10.0 < np.linalg.norm(coarse - middle) / np.linalg.norm(middle - fine) < 24.0


def test_a_delay_is_interpolated_to_third_order():
    unit = dmft.Leaky() * dmft.Delay(0.73)
    # the input begins with a jump, which the polynomial of the buffer smears out: what is left is of order 1 or more
    coarse, middle, fine = (after(unit, dt, 4.0) for dt in (0.04, 0.02, 0.01))
    assert np.linalg.norm(coarse - middle) / np.linalg.norm(middle - fine) > 1.6
    assert np.linalg.norm(middle - fine) < 2e-2 * np.linalg.norm(fine)


def test_without_delay_it_is_the_other_simulator():
    unit = dmft.Leaky() * dmft.Delay(0.0)
    leaky = simulator(dmft.Leaky(), 0.1, kind=Simulator, integrator="runge-kutta-4")
    for _ in range(40):
        leaky.step()
    assert after(unit, 0.1, 4.0) == pytest.approx(leaky.x[:, 0], abs=1e-12)


def test_tangents_are_differences():
    unit, dt, eps = dmft.Adaptation(1, 5), 0.05, 1e-6
    one = simulator(unit, dt, n_tangents=1)
    other = simulator(unit, dt, n_tangents=1)
    for block in other._blocks:
        block._s[:, :1] += eps * block._s[:, 1:]
        block._probe[...] = block._s
    for _ in range(40):
        one.step()
        other.step()
    assert (other.x - one.x)[:, 0] / eps == pytest.approx(one.tangents[:, 0, 0], abs=1e-4)


def test_the_matrix_of_the_flow_is_that_of_tangents():
    run = simulator(dmft.Oscillator(1, 0.5), 1e-3, n=12, n_tangents=1)
    matrix, block = run.jacobian(), run._blocks[0]
    before = block._s[:, 1].ravel().copy()
    run.step()
    assert (block._s[:, 1].ravel() - before) / 1e-3 == pytest.approx(matrix @ before, abs=5e-3)
    with pytest.raises(ValueError, match="jacobian"):
        simulator(dmft.Leaky() * dmft.Delay(1), 0.1).jacobian()


def test_isolated_units_under_noise():
    """Without couplings the variance is that of the filter alone: (1 + ta)/(2 ...) by its Lyapunov equation, .3571."""
    unit = dmft.Adaptation(1, 5)
    run = simulator(unit, 0.1, n=4000, drive=dmft.WhiteNoise(1.0), couplings=np.zeros((4000, 4000)))
    w = np.tan(np.linspace(-np.pi / 2, np.pi / 2, 400002)[1:-1])
    known = np.sum(unit.transfer.size(1j * w) * (1 + w**2)) * (np.pi / 400001) / (2 * np.pi)
    assert np.var(run._z) == pytest.approx(known, rel=5.0 * np.sqrt(2.0 / 4000))
    for _ in range(20):
        run.step()
    assert np.var(run._z) == pytest.approx(known, rel=5.0 * np.sqrt(2.0 / 4000))
