"""What theory says of target generators: linear ones by hand, the dimension of finite networks, and refusals."""

import numpy as np
import pytest
from scipy.special import ndtr

import dmft
from validation.ensemble import realization_seed, root_seed
from validation.simulators.simulator import Simulator

SINE = dmft.Sinusoid(1.0, 0.1)


def rates_of(net, n, period, seed=1):
    """Return the rates over one period after the transient, shape (n_time, n)."""
    simulator = Simulator(net, n, dt=0.1, generators=realization_seed(root_seed(seed), n, 0).generators(4))
    for _ in range(1000):
        simulator.step()
    rates = []
    for _ in range(round(period / 0.1)):
        rates.append(simulator.rates[:, 0].copy())
        simulator.step()
    return np.array(rates, dtype=float)


def ratio(rates):
    gram = (rates - rates.mean(axis=0)) @ (rates - rates.mean(axis=0)).T
    return np.trace(gram) ** 2 / np.sum(gram**2)


def test_linear_units_of_random_phase_have_two_dimensions():
    """Sine and cosine alike: exactly 2 directions, and the exponent is g - 1."""
    found = dmft.solve_targets(dmft.RandomNetwork(0.5, dmft.Linear(), drive=dmft.Sinusoid(1.0, 0.1, phases="random")))
    assert found.dimension == pytest.approx(2.0, abs=1e-6)
    assert found.exponent == pytest.approx(-0.5, abs=1e-4)
    assert found.trainable
    assert found.directions() == 2
    assert (found.size_needed(), found.size_needed(signed=True)) == (2, 4)


@pytest.mark.long
def test_linear_units_along_random_weights():
    """M(w, -w) and M(w, w) of the linear equation: the two eigenvalues are (|a| +- |b|)/2 of its two parts."""
    found = dmft.solve_targets(dmft.RandomNetwork(0.5, dmft.Linear(), drive=dmft.Weighted(SINE, "normal")), nodes=3)
    w = SINE.omega
    even, odd = 1.0 / (1.0 + w**2 - 0.25), 1.0 / abs((1.0 + 1j * w) ** 2 - 0.25)
    expected = np.array([even + odd, even - odd]) / 4.0
    np.testing.assert_allclose(found.spectrum[:2], expected, rtol=1e-3)
    assert found.spectrum[2] < 1e-6
    assert found.dimension == pytest.approx(expected.sum() ** 2 / np.sum(expected**2), rel=1e-3)


@pytest.mark.parametrize(
    "net",
    [
        pytest.param(dmft.RandomNetwork(1.2, drive=dmft.Weighted(SINE, amplitude=4.0)), marks=pytest.mark.long),
        dmft.BalancedNetwork(1.6, 1000, drive=dmft.Sinusoid(6.0, 0.2, phases="random")),
        dmft.BalancedNetwork(1.6, 1000, drive=dmft.Sinusoid(40.0, 0.2)),
    ],
    ids=["weighted", "random phases", "common"],
)
def test_the_dimension_is_that_of_networks(net):
    """Two networks of N = 1000, on the stable side: within 5 %."""
    found = dmft.solve_targets(net)
    assert found.trainable
    period = 5.0 if isinstance(net, dmft.BalancedNetwork) else 10.0
    measured = np.mean([ratio(rates_of(net, 1000, period, seed)) for seed in (1, 2)])
    assert found.dimension == pytest.approx(measured, rel=0.05)


def test_a_chaotic_generator_has_no_targets():
    found = dmft.solve_targets(dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(1.0, 0.2, phases="random")))
    assert found.trainable is False
    assert np.isnan(found.dimension)
    with pytest.raises(ValueError, match=r"chaotic, lambda_1 = 0\.0"):
        found.directions()


@pytest.mark.long
def test_a_weak_signal_along_weights_leaves_chaos():
    found = dmft.solve_targets(dmft.RandomNetwork(1.5, drive=dmft.Weighted(SINE, amplitude=0.1)), nodes=3)
    assert found.trainable is False
    strong = dmft.solve_targets(dmft.RandomNetwork(1.5, drive=dmft.Weighted(SINE, amplitude=6.0)), nodes=3)
    assert strong.trainable


@pytest.mark.long
def test_what_is_no_generator_is_refused():
    with pytest.raises(ValueError, match="no private noise"):
        dmft.solve_targets(dmft.RandomNetwork(1.0, drive=SINE + dmft.WhiteNoise(0.1)))
    with pytest.raises(ValueError, match="driven by inputs of one period"):
        dmft.solve_targets(dmft.RandomNetwork(1.0))
    with pytest.raises(TypeError, match=r"must be a dmft\.Network"):
        dmft.solve_targets(np.eye(3))
    found = dmft.solve_targets(dmft.RandomNetwork(0.5, drive=SINE))
    for left in (0.0, 1.0):
        with pytest.raises(ValueError, match="left must be"):
            found.directions(left)


def test_a_map_of_targets_and_its_errors():
    """A sweep takes the verb; errors of dimensions bound what four times as many points change."""
    net = dmft.BalancedNetwork(1.6, 500, drive=dmft.Sinusoid(1.0, 0.2))
    sweep = dmft.phase_diagram(
        net, {"drive.amplitude": [20.0, 40.0]}, observe=["exponent", "dimension"], solve=dmft.solve_targets
    )
    assert np.all(sweep["status"].values == 0)
    assert np.all(sweep["exponent"].values < 0.0)
    for amplitude, dimension, error in zip(
        (20.0, 40.0), sweep["dimension"].values, sweep["dimension_error"].values, strict=True
    ):
        fine = dmft.solve_periodic(net.replace(**{"drive.amplitude": amplitude}), n=512)
        rates = targets_ratio(fine)
        assert abs(rates - dimension) <= error < 0.05
    assert "depasquale2018" in dmft.cite(dmft.solve_targets(net.replace(**{"drive.amplitude": 20.0})))


def targets_ratio(solution):
    """The participation ratio by quadrature: one normal on a fine grid, relu of the other given it in closed form."""
    z = np.linspace(-8.0, 8.0, 2001)
    w = np.exp(-0.5 * z**2)
    w /= w.sum()
    every = slice(None, None, 8)
    m, c = solution.mean_x[every], solution.covariance[every, every]
    n = len(m)
    gram = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            a = np.sqrt(c[i, i])
            along = c[i, j] / a
            beside = np.sqrt(max(c[j, j] - along**2, 1e-24))
            centre = m[j] + along * z
            u = centre / beside
            second = centre * ndtr(u) + beside * np.exp(-0.5 * u**2) / np.sqrt(2.0 * np.pi)
            gram[i, j] = gram[j, i] = np.sum(w * np.maximum(0.0, m[i] + a * z) * second)
    centred = gram - gram.mean(axis=0) - gram.mean(axis=1)[:, None] + gram.mean()
    return np.trace(centred) ** 2 / np.sum(centred**2)
