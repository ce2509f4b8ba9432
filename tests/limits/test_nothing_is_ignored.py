"""No part of a statement is left out: it is in the answer, or the verb refuses it with its reason."""

from dataclasses import dataclass

import numpy as np
import pytest

import dmft
from dmft.models.drives import Drive
from dmft.phases.noise_boundary import noise_boundary

PLASTIC = dmft.Hebbian(3.0, 2.5)
BESIDE = {
    "bias": dmft.Network(dmft.Population(bias=0.5), dmft.Couplings(dmft.Random(2.0), plastic=PLASTIC)),
    "noise": dmft.Network(
        dmft.Population(drive=dmft.WhiteNoise(0.5)), dmft.Couplings(dmft.Random(2.0), plastic=PLASTIC)
    ),
    "symmetry": dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(2.0, 0.3), plastic=PLASTIC)),
    "mean": dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(2.0), dmft.Mean(-1.0), plastic=PLASTIC)),
}
PLASTIC_VERBS = (
    dmft.solve_plastic,
    dmft.fixed_points,
    dmft.coexistence_threshold,
    dmft.freezing_point,
    dmft.semi_freezing_threshold,
    dmft.solve_stationary,
)


@pytest.mark.parametrize("verb", PLASTIC_VERBS, ids=lambda verb: verb.__name__)
@pytest.mark.parametrize("name", BESIDE)
def test_beside_plasticity(name, verb):
    with pytest.raises(ValueError, match="of the theory of plastic couplings: it knows"):
        verb(BESIDE[name])


def test_parts_of_no_strength_do_not_matter():
    plain = dmft.PlasticNetwork(2.0, 3.0, 2.5)
    silent = dmft.Network(
        dmft.Population(drive=dmft.WhiteNoise(0.0) + dmft.Constant(0.1), bias=-0.1),
        dmft.Couplings(dmft.Random(2.0), dmft.Mean(0.0), plastic=PLASTIC),
    )
    assert dmft.fixed_points(silent).complexity == dmft.fixed_points(plain).complexity
    none = dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(2.0), plastic=dmft.Hebbian(0.0, 2.5)))
    assert dmft.solve_stationary(none).variance == dmft.solve_stationary(dmft.RandomNetwork(2.0)).variance
    for drive in (dmft.Constant(0.0), dmft.Sinusoid(0.0, 0.2), dmft.Constant(0.3) + dmft.Constant(-0.3)):
        network = dmft.Network(dmft.Population(drive=drive), dmft.Random(2.0))
        assert dmft.solve_stationary(network).variance == dmft.solve_stationary(dmft.RandomNetwork(2.0)).variance
    rounding = dmft.Population(drive=dmft.Constant(0.2) + dmft.Constant(-0.3), bias=0.1)
    assert len(dmft.branches(dmft.Network(rounding, dmft.Random(0.5)))) == 1


def test_a_silent_drive_beside_a_sinusoid():
    sine = dmft.Sinusoid(1.0, 0.2)
    alone = dmft.solve_periodic(dmft.RandomNetwork(0.8, drive=sine), n=64)
    for other in (dmft.Sinusoid(0.0, 0.3), dmft.Sinusoid(0.0, 0.3, "random"), dmft.Constant(0.0)):
        network = dmft.Network(dmft.Population(drive=sine + other), dmft.Random(0.8))
        np.testing.assert_array_equal(dmft.solve_periodic(network, n=64).variance, alone.variance)


@pytest.mark.long
def test_a_constant_drive_stays_when_the_sinusoid_changes():
    sine, random = dmft.Sinusoid(1.0, 0.2), dmft.Random(2.0)
    as_bias = dmft.Network(dmft.Population(drive=sine, bias=0.7), random)
    as_drive = dmft.Network(dmft.Population(drive=sine + dmft.Constant(0.7)), random)
    amplitude = dmft.critical_amplitude(as_bias)
    assert amplitude == pytest.approx(1.1135, abs=1e-3)
    assert dmft.critical_amplitude(as_drive) == pytest.approx(amplitude, rel=1e-6)
    couplings = dmft.Couplings(random, dmft.Mean(-1.0, 50.0))
    whole = dmft.Network(dmft.Population(dmft.ReLU(), drive=sine, bias=50.0), couplings)
    split = dmft.Network(dmft.Population(dmft.ReLU(), drive=sine + dmft.Constant(25.0), bias=25.0), couplings)
    assert dmft.quasi_static_amplitude(split) == pytest.approx(dmft.quasi_static_amplitude(whole), rel=1e-9)
    with pytest.raises(ValueError, match="without noise"):
        dmft.quasi_static_amplitude(whole.replace(**{"populations.drive": sine + dmft.WhiteNoise(1.0)}))


def test_what_the_noise_boundary_does_not_know():
    for network in (BESIDE["noise"], dmft.Network(dmft.Population(bias=1.0), dmft.Random(2.0))):
        with pytest.raises(ValueError, match="without plasticity, mean couplings, bias"):
            noise_boundary(network)


@pytest.mark.long
def test_excitation_on_average_goes_where_it_starts_towards():
    network = dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(1.5), dmft.Mean(2.0)))
    upper = next(b.solution for b in dmft.branches(network) if b.stable and b.solution.mean_x > 0.5)
    for sign in (1.0, -1.0):
        march = dmft.solve_nonstationary(network, 60.0, init=(0.2 * sign, 0.1))
        assert march.mean_x[-1] == pytest.approx(sign * upper.mean_x, rel=1e-3)
        assert march.variance[-1] == pytest.approx(upper.variance, rel=1e-3)


def test_without_couplings_the_mean_leaks():
    march = dmft.solve_nonstationary(dmft.Network(dmft.Population(), dmft.Random([[0.0]])), 2.0, init=(1.0, 0.5))
    np.testing.assert_allclose(march.mean_x, np.exp(-march.times), atol=1e-4)
    np.testing.assert_allclose(march.variance, 0.5 * np.exp(-2.0 * march.times), atol=1e-12)


@pytest.mark.long
def test_the_exponent_of_a_march_is_that_of_its_state():
    """tanh^3 at g = 4 is at rest or chaotic, of variance 9.034: the march from a large variance is in the latter."""
    network = dmft.RandomNetwork(4.0, dmft.Symbolic("tanh(x)**3"))
    march = dmft.solve_nonstationary(network, 30.0, init=(0.0, 8.0))
    assert march.variance[-1] == pytest.approx(9.034, rel=0.02)
    chaotic = next(b.solution for b in dmft.branches(network) if b.stable and b.solution.variance > 1.0)
    assert dmft.lyapunov_exponent(march) == pytest.approx(dmft.lyapunov_exponent(chaotic), abs=1e-6)
    assert dmft.lyapunov_exponent(march) > 0


@dataclass(frozen=True)
class Ringing(Drive):
    """Private Gaussian input of covariance .5 exp(-.3 lag) cos(2 lag), all of it."""

    @property
    def rates(self):
        return (0.3,)

    def covariance(self, lags):
        return 0.5 * np.exp(-0.3 * np.abs(lags)) * np.cos(2.0 * np.asarray(lags))

    def spectrum(self, omega):
        w = np.asarray(omega)
        return 0.5 * (0.3 / (0.09 + (w - 2.0) ** 2) + 0.3 / (0.09 + (w + 2.0) ** 2))

    def filtered(self, rate, lags):
        w = np.linspace(0.0, 400.0, 200_001)
        density = self.spectrum(w) / (rate**2 + w**2)
        return np.trapezoid(density * np.cos(np.multiply.outer(np.asarray(lags), w)), w) / np.pi


@dataclass(frozen=True)
class Half(Drive):
    """A drive that does not say what a leaky unit makes of it."""

    def covariance(self, lags):
        return 0.5 * np.exp(-np.abs(lags))


@dataclass(frozen=True)
class Ramp(Drive):
    """A common drive that says no more than its values."""

    @property
    def common(self):
        return True

    def at(self, times):
        return np.tanh(times)


@pytest.mark.long
def test_drives_of_ones_own():
    def network(drive, bias=0.0):
        return dmft.Network(dmft.Population(drive=drive, bias=bias), dmft.Random(0.5))

    around_zero = dmft.solve_stationary(network(Ringing())).variance
    march = dmft.solve_nonstationary(network(Ringing()), 40.0, method=dmft.TwoTimeMarch(dt=0.05))
    assert march.variance[-1] == pytest.approx(around_zero, rel=2e-3)
    with pytest.raises(ValueError, match="taken to decay as one exponential"):
        dmft.solve_stationary(network(Ringing(), 0.5))
    with pytest.raises(TypeError, match="must give its covariance"):
        dmft.solve_stationary(network(Half()))
    ramp, function = (dmft.solve_nonstationary(network(drive), 5.0) for drive in (Ramp(), dmft.OfTime(np.tanh)))
    assert ramp.state == function.state == "transient"
    np.testing.assert_array_equal(ramp.mean_x, function.mean_x)
    assert dmft.RandomNetwork(0.5, drive=Ringing()).drive == Ringing()
    assert sum([dmft.WhiteNoise(0.1), dmft.WhiteNoise(0.2)]) == dmft.WhiteNoise(0.1) + dmft.WhiteNoise(0.2)


@pytest.mark.parametrize(
    "drive",
    [
        None,
        dmft.WhiteNoise(0.3),
        dmft.OrnsteinUhlenbeck(0.3, 1.0) + dmft.WhiteNoise(0.1),
        dmft.WhiteNoise(0.2) + dmft.Sinusoid(1.0, 0.2, "random"),
    ],
    ids=["none", "white", "two noises", "noise and sine"],
)
def test_composed_solutions_come_back_from_files(drive, tmp_path):
    solution = dmft.solve_stationary(dmft.Network(dmft.Population(drive=drive), dmft.Random(2.0)))
    dmft.save(solution, tmp_path / "a.nc")
    back = dmft.load(tmp_path / "a.nc")
    assert back.network == solution.network
    assert back.corr_phi_at(0.7) == solution.corr_phi_at(0.7)
    assert dmft.lyapunov_exponent(back) == dmft.lyapunov_exponent(solution)
