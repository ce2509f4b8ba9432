"""Refusals of the simulators: what, got, allowed."""

import numpy as np
import pytest

import dmft
import validation
from validation import ensemble

NET = dmft.RandomNetwork(g=1.5)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"sizes": []}, ValueError, "at least one"),
        ({"sizes": 1}, ValueError, ">= 2, got 1"),
        ({"sizes": [50, -3]}, ValueError, "got -3"),
        ({"sizes": [50, 50]}, ValueError, "50 twice"),
        ({"sizes": 50.5}, TypeError, "integer"),
        ({"n_realizations": 0}, ValueError, "n_realizations"),
        ({"duration": 0.0}, ValueError, "positive"),
        ({"duration": float("nan")}, ValueError, "finite"),
        ({"duration": 0.2}, ValueError, "at least one sampling interval"),
        ({"burn_in": -1.0}, ValueError, "burn_in"),
        ({"dt": -0.1}, ValueError, "positive"),
        ({"dt": 0.2}, ValueError, "at most 0.13.*stability limit"),
        ({"dtype": "float16"}, ValueError, "'float32', 'float64'"),
        ({"measure": ()}, ValueError, "got none"),
        ({"measure": ("correlations",)}, ValueError, "'correlation', .*got 'correlations'"),
        ({"measure": ("lyapunov", "lyapunov")}, ValueError, "2 times"),
        ({"measure": "period"}, TypeError, r"OverPeriod\(\.\.\.\)"),
        ({"measure": (validation.Lyapunov,)}, TypeError, "Lyapunov"),
        ({"measure": (validation.Lyapunov(k=51),)}, ValueError, "at most the number of neurons, 50, got 51"),
        ({"measure": (validation.Jacobian(snapshots=500),)}, ValueError, "snapshots"),
        ({"initial_states": 0}, ValueError, "initial_states"),
        ({"integrator": "euler"}, ValueError, "adams-bashforth-4"),
        ({"sizes": "100"}, TypeError, "got '100'"),
        ({"seed": None}, TypeError, "SeedSequence"),
        ({"seed": -1}, ValueError, ">= 0"),
        ({"seed": True}, TypeError, "integer"),
        ({"executor": 5}, TypeError, "submit"),
        ({"measure": (validation.OverPeriod(1.0, max_lag=1e9),)}, ValueError, "max_lag must be at most the duration"),
    ],
)
def test_an_argument_out_of_range_is_refused(change, kind, words):
    arguments = {"sizes": 50, "n_realizations": 1, "duration": 5.0, "seed": 1, **change}
    with pytest.raises(kind, match=words):
        validation.simulate(NET, arguments.pop("sizes"), **arguments)


def test_what_is_not_a_network_is_refused():
    with pytest.raises(TypeError, match="RandomNetwork"):
        validation.simulate(dmft.Tanh(), 50, seed=1)


def test_white_noise_takes_only_its_own_integrator():
    with pytest.raises(ValueError, match="with white noise"):
        validation.simulate(NET.replace(drive=dmft.WhiteNoise(1.0)), 50, seed=1, integrator="runge-kutta-4")


def test_sizes_that_do_not_fit_in_memory_are_refused_with_the_bytes_needed():
    with pytest.raises(ValueError, match=r"N = 4000000 needs 64,\d{3},\d{3},\d{3},\d{3} bytes"):
        validation.simulate(NET, 4_000_000, seed=1)


def test_the_memory_of_all_workers_counts(monkeypatch):
    monkeypatch.setattr(ensemble, "available_bytes", lambda: 10**6)
    ensemble.check_memory(400_000, 300, 2)
    with pytest.raises(ValueError, match="in each of 3 workers"):
        ensemble.check_memory(400_000, 300, 3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_state_that_grows_without_bound_stops_the_run_and_says_when_and_where(dtype):
    unbounded = dmft.RandomNetwork(g=4.0, nonlinearity=dmft.Linear())
    with pytest.raises(validation.SimulationError, match=r"t = \d+(\.\d+)? tau .* in realization 0 of N = 50, seed 3"):
        validation.simulate(unbounded, 50, n_realizations=2, duration=300.0, dtype=dtype, seed=3)


def test_a_nonlinearity_that_returns_nan_stops_the_run_at_once():
    class Broken(dmft.Tanh):
        def __call__(self, x):
            return np.where(np.abs(x) > 4.5, np.nan, np.tanh(x))

    with pytest.raises(validation.SimulationError, match=r"t = 0\.5 tau"):
        validation.simulate(NET.replace(g=20.0, nonlinearity=Broken()), 50, n_realizations=1, seed=3)


class NoSlope(dmft.Tanh):
    """The derivative is not a number beyond 4.5, where neither the object nor the time step is checked."""

    def derivative(self, x):
        return np.where(np.abs(x) > 4.5, np.nan, super().derivative(x))


class Vertical(dmft.Tanh):
    def derivative(self, x):
        return np.full_like(x, np.inf)


def test_a_slope_that_is_not_finite_is_refused():
    settings = {"n_realizations": 1, "duration": 20.0, "burn_in": 2.0, "seed": 1}
    with pytest.raises(validation.SimulationError, match="mean_slope is not finite in realization 0 of N = 50"):
        validation.simulate(dmft.RandomNetwork(3.0, NoSlope()), 50, **settings)
    with pytest.raises(ValueError, match="derivative must be finite"):
        dmft.RandomNetwork(3.0, Vertical())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("expression", ["tanh(x)", "tanh(x + 1)"])
def test_a_state_at_rest_has_no_dimension(dtype, expression):
    network = dmft.RandomNetwork(0.3, dmft.Symbolic(expression))
    with pytest.raises(validation.SimulationError, match=r"at rest.* has no dimension"):
        validation.simulate(
            network, 20, n_realizations=1, duration=20.0, burn_in=400.0, measure="dimension", initial_states=4,
            dtype=dtype, seed=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("theory", "kind", "words"),
    [
        ({}, ValueError, "in common"),
        ({"corr_z[0]": 1.0}, ValueError, "corr_x"),
        ({"corr_x": 1.0}, ValueError, "at which value"),
        ({"corr_x[0.3]": 1.0}, ValueError, "grid"),
        ({"corr_x[-1]": 1.0}, ValueError, "named like"),
        ({"mean_phi": "0"}, TypeError, "real numbers"),
        ({"mean_phi": (0.0, 0.1, 0.2)}, TypeError, r"pairs \(number, error\)"),
        ({"mean_phi": (0.0, "0.1")}, TypeError, r"pairs \(number, error\)"),
        ({"mean_phi": (0.0, -0.1)}, ValueError, "not negative"),
        ({"mean_phi": (0.0, float("inf"))}, ValueError, "finite"),
        ({"mean_phi": float("nan")}, ValueError, "finite"),
        ({"mean_phi": 10**400}, ValueError, "finite"),
        ({3: 1.0}, TypeError, "named like"),
        (3.0, TypeError, "StationarySolution"),
    ],
)
def test_a_theory_that_cannot_be_compared_is_refused(small_simulation, theory, kind, words):
    with pytest.raises(kind, match=words):
        validation.compare(theory, small_simulation)


@pytest.mark.parametrize(
    ("theory", "words"),
    [
        ({"corr_x": np.ones(900)}, r"'corr_x': an array of shape \(900,\); name one lag, as in 'corr_x\[2\]'"),
        ({"mean_phi": [np.ones(900)] * 2}, r"'mean_phi': \[an array of shape \(900,\), an array"),
        (np.ones((30, 900)), r"got an array of shape \(30, 900\)"),
    ],
)
def test_arrays_in_place_of_numbers_are_told_by_their_shapes(small_simulation, theory, words):
    with pytest.raises(TypeError, match=words) as caught:
        validation.compare(theory, small_simulation)
    assert len(str(caught.value)) < 600


def test_arrays_in_place_of_a_simulation_are_told_what_to_do():
    with pytest.raises(
        TypeError, match=r"got \[an array .* write validation\.recorded\(network, x, interval="
    ) as caught:
        validation.compare({"mean_phi": 0.0}, [np.ones((30, 900))] * 2)
    assert len(str(caught.value)) < 300


@pytest.fixture(scope="module")
def small_simulation():
    return validation.simulate(NET, 40, n_realizations=2, duration=5.0, burn_in=0.0, seed=1)
