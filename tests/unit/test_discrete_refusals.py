"""Discrete time is in the answer, or the verb refuses it with its reason."""

import numpy as np
import pytest

import dmft

NETWORK = dmft.Network(dmft.Population(dmft.Tanh(), dmft.Map()), dmft.Random(1.6))
VERBS = (
    dmft.solve_periodic,
    dmft.solve_plastic,
    dmft.fixed_points,
    dmft.coexistence_threshold,
    dmft.freezing_point,
    dmft.freezing_threshold,
    dmft.semi_freezing_threshold,
    dmft.critical_amplitude,
    dmft.quasi_static_amplitude,
)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_verbs_of_continuous_time(verb):
    with pytest.raises(ValueError, match=r"continuous time|dmft\.Map|discrete"):
        verb(NETWORK)


def test_observables_of_continuous_time():
    solution = dmft.solve_stationary(NETWORK)
    with pytest.raises(ValueError, match="continuous time"):
        dmft.covariance_of(np.random.default_rng(0).normal(size=(200, 200)) * 1.6 / 200**0.5, solution)
    with pytest.raises(TypeError, match="plastic couplings"):
        dmft.oscillation_frequency(solution)
    with pytest.raises(TypeError, match="plastic couplings"):
        dmft.solve_frozen(solution)
    with pytest.raises(ValueError, match="whole numbers in discrete time"):
        solution.corr_x_at(0.5)
    with pytest.raises(ValueError, match="whole numbers in discrete time"):
        dmft.solve_two_site(solution).psi_at(1.5)


def test_methods():
    for method in (dmft.TwoTimeMarch(), dmft.SampledPaths()):
        with pytest.raises(ValueError, match="is a method for continuous time"):
            dmft.solve_nonstationary(NETWORK, 5, method=method)
    with pytest.raises(ValueError, match="for discrete time"):
        dmft.solve_nonstationary(dmft.RandomNetwork(1.5), 5, method=dmft.StepByStep())
    with pytest.raises(ValueError, match="for discrete time"):
        dmft.solve_stationary(dmft.RandomNetwork(1.5), method=dmft.DiscreteTime())
    for method in (dmft.AtRest(), dmft.EnergyOrbit(), dmft.LagEquation(), dmft.Balanced(), dmft.Sampled()):
        with pytest.raises(ValueError, match="continuous time"):
            dmft.solve_stationary(NETWORK, method=method)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"populations.drive": dmft.Sinusoid(0.5, 0.2)}, "common to all neurons"),
        ({"populations.drive": dmft.Sinusoid(0.5, 0.2, "random")}, "random phases"),
        ({"couplings": dmft.Couplings(dmft.Random(1.5, symmetry=0.3))}, "symmetry"),
        ({"couplings": dmft.Couplings(dmft.Random(1.5), plastic=dmft.Hebbian(1.0, 2.0))}, "plastic"),
    ],
)
def test_statements(change, reason):
    with pytest.raises(ValueError, match=reason):
        dmft.solve_stationary(NETWORK.replace(**change))


def test_mixed_time():
    populations = {"a": dmft.Population(dynamics=dmft.Map(), fraction=0.5), "b": dmft.Population()}
    with pytest.raises(ValueError, match="either all populations"):
        dmft.solve_stationary(dmft.Network(populations, dmft.Random(1.5)))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"overlap": 2.0}, "at most the variance"),
        ({"overlap": float("nan")}, "finite"),
        ({"overlap": [0.1, 0.2]}, "one for each of 1"),
        ({"window": 0}, "window"),
        ({"shared_noise": 1}, "True or False"),
    ],
)
def test_settings_of_steps(settings, reason):
    with pytest.raises((ValueError, TypeError), match=reason):
        dmft.solve_nonstationary(NETWORK, 5, method=dmft.StepByStep(**settings))


@pytest.mark.parametrize("init", [1.0, (0.0, -1.0), (np.inf, 1.0), ("a", 1.0), ([0.0, 1.0], 1.0)])
def test_starts(init):
    with pytest.raises((ValueError, TypeError), match=r"x\(0\)"):
        dmft.solve_nonstationary(NETWORK, 5, init=init)


def test_costs():
    with pytest.raises(dmft.TooCostlyError, match="shorter duration"):
        dmft.solve_nonstationary(NETWORK, 1e100)


def test_fixed_points_have_no_dimension():
    still = dmft.Network(dmft.Population(dmft.Tanh(), dmft.Map(), threshold_variance=1.0), dmft.Random(0.5))
    with pytest.raises(ValueError, match="must fluctuate, got a fixed point"):
        dmft.effective_dimension(dmft.solve_stationary(still))


def test_stored(tmp_path):
    for network in (NETWORK, dmft.Network({"a": dmft.Population(dynamics=dmft.Map())}, dmft.Random(1.6))):
        solution = dmft.solve_stationary(network)
        dmft.save(solution, tmp_path / "state.nc")
        read = dmft.load(tmp_path / "state.nc")
        assert dmft.lyapunov_exponent(read) == dmft.lyapunov_exponent(solution)
        assert dmft.effective_dimension(read) == dmft.effective_dimension(solution)
        np.testing.assert_array_equal(read.corr_phi_at([0.0, 3.0]), solution.corr_phi_at([0.0, 3.0]))
    path = dmft.solve_nonstationary(NETWORK, 6, method=dmft.StepByStep(overlap=0.5))
    dmft.save(path, tmp_path / "path.nc")
    np.testing.assert_array_equal(dmft.load(tmp_path / "path.nc").overlap, path.overlap)
