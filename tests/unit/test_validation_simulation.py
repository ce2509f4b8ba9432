"""Simulations: seeds, workers, pooling, couplings, what is kept."""

import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import dmft
import validation
from validation.ensemble import couplings, realization_seed, root_seed

NET = dmft.RandomNetwork(g=2.0)
SHORT = {"n_realizations": 2, "duration": 6.0, "burn_in": 2.0, "measure": ("correlation", "lyapunov")}


def assert_same(a, b):
    assert a.seeds == b.seeds
    for size in a.sizes:
        for name, values in a.at(size).values.items():
            np.testing.assert_array_equal(values, b.at(size).values[name], err_msg=f"{name}, N={size}")


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_the_results_do_not_depend_on_the_number_of_workers(pool):
    alone = validation.simulate(NET, [40, 60], seed=5, **SHORT)
    with pool(2) as executor:
        shared = validation.simulate(NET, [40, 60], seed=5, executor=executor, **SHORT)
    assert_same(alone, shared)


def test_a_pool_of_threads_keeps_blas_to_one_thread(monkeypatch):
    """A limit that ended with the first realization would leave the others with all threads."""
    from threadpoolctl import threadpool_info, threadpool_limits

    from validation import realization, running

    seen = []

    def watched(plan, size, seed):
        result = realization.run_realization(plan, size, seed)
        seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return result

    monkeypatch.setattr(running, "run_realization", watched)
    with threadpool_limits(2), ThreadPoolExecutor(2) as executor:
        validation.simulate(NET, 40, seed=5, executor=executor, **{**SHORT, "n_realizations": 4})
    assert set(seen) == {1}


def test_progress_is_shown_if_asked_for(capsys, monkeypatch):
    monkeypatch.setattr("dmft.progress._SPARSE", 0.0)
    validation.simulate(NET, 40, seed=5, progress=True, **SHORT)
    assert "2/2" in capsys.readouterr().err
    validation.simulate(NET, 40, seed=5, **SHORT)
    assert capsys.readouterr().err == ""


def test_a_size_has_the_same_networks_whatever_else_is_simulated():
    both = validation.simulate(NET, [40, 60], seed=5, **SHORT)
    one = validation.simulate(NET, 60, seed=5, **SHORT)
    np.testing.assert_array_equal(both.values("corr_x", 60), one.values("corr_x", 60))


def test_a_failed_realization_stops_the_queue():
    unbounded = dmft.RandomNetwork(g=4.0, nonlinearity=dmft.Linear())
    with ThreadPoolExecutor(1) as executor, pytest.raises(validation.SimulationError):
        validation.simulate(unbounded, 50, n_realizations=4, duration=300.0, seed=3, executor=executor)


def test_pooling_is_the_larger_simulation():
    first = validation.simulate(NET, 40, seed=5, **SHORT)
    second = validation.simulate(NET, [40, 60], seed=6, **SHORT)
    pooled = first + second
    assert pooled.n_realizations == {40: 4, 60: 2}
    expected = np.concatenate([first.values("corr_x", 40), second.values("corr_x", 40)])
    np.testing.assert_array_equal(pooled.values("corr_x", 40), expected)
    np.testing.assert_allclose(
        pooled.standard_error("mean_phi", 40), np.std(pooled.values("mean_phi", 40), ddof=1) / 2.0, rtol=1e-12
    )


def test_pooling_refuses_the_same_network_twice():
    first = validation.simulate(NET, 40, seed=5, **SHORT)
    longer = validation.simulate(NET, 40, seed=5, **{**SHORT, "n_realizations": 3})
    with pytest.raises(ValueError, match="seeds overlap: 2 realizations of N = 40"):
        first + longer


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": NET.replace(g=2.1)}, "network"),
        ({"duration": 7.0}, "sampling"),
        ({"dt": 0.05}, "dt"),
        ({"dtype": "float64"}, "dtype"),
    ],
)
def test_pooling_refuses_another_experiment(change, words):
    settings = {"network": NET, **SHORT, **change}
    other = validation.simulate(settings.pop("network"), 40, seed=6, **settings)
    with pytest.raises(ValueError, match=f"the same {words}"):
        validation.simulate(NET, 40, seed=5, **SHORT) + other


def test_the_two_precisions_run_the_same_network():
    single = validation.simulate(NET, 60, seed=5, n_realizations=1, duration=4.0, burn_in=0.0)
    double = validation.simulate(NET, 60, seed=5, n_realizations=1, duration=4.0, burn_in=0.0, dtype="float64")
    difference = np.abs(single.mean("corr_x", 60) - double.mean("corr_x", 60)).max()
    assert 0.0 < difference < 1e-5


def test_couplings_have_the_variance_and_the_symmetry_asked_for():
    n, gain = 1500, 1.7
    rng = np.random.default_rng(8)
    for symmetry in (0.0, 0.4, -0.7, 1.0, -1.0):
        matrix = couplings(n, gain, symmetry, np.float32, rng).astype(float)
        off = ~np.eye(n, dtype=bool)
        variance = n * np.mean(matrix[off] ** 2) / gain**2
        covariance = n * np.mean((matrix * matrix.T)[off]) / gain**2
        # Standard error of both: sqrt(2)/n, at most doubled by the symmetry.
        assert abs(variance - 1.0) < 6 * 2 / n
        assert abs(covariance - symmetry) < 6 * 2 / n
    np.testing.assert_array_equal(matrix, -matrix.T)


def test_seeds_are_spawned_as_numpy_spawns_them():
    root = root_seed(np.random.SeedSequence(9, spawn_key=(4,)))
    seed = realization_seed(root, 40, 3)
    assert (seed.entropy, seed.spawn_key) == (9, (4, 40, 3))
    expected = np.random.default_rng(np.random.SeedSequence(9, spawn_key=(4, 40, 3)).spawn(2)[1])
    np.testing.assert_array_equal(seed.generators(4)[1].random(3), expected.random(3))


def test_a_simulation_pickles_labels_and_prints():
    simulation = validation.simulate(NET, [40, 60], seed=5, **{**SHORT, "measure": ("correlation", "jacobian")})
    assert_same(simulation, pickle.loads(pickle.dumps(simulation)))
    data = simulation.to_xarray()
    assert data["corr_x"].dims == ("size", "realization", "lag")
    assert data["jacobian_eigenvalues_60"].shape == (2, 1, 60)
    np.testing.assert_array_equal(data["corr_phi"].sel(size=60), simulation.values("corr_phi", 60))
    np.testing.assert_array_equal(data["lag"], simulation.lags)
    text = str(simulation)
    assert "2 x N=40, 2 x N=60" in text
    assert "mean_slope" in text
    with pytest.raises(ValueError, match="read-only"):
        simulation.values("corr_x", 40)[0] = 0.0


def test_states_of_one_network_are_averaged():
    """Two initial states give the mean of what each gives, so the error of a network shrinks."""
    one = validation.simulate(NET, 80, seed=5, n_realizations=1, duration=10.0, burn_in=0.0)
    many = validation.simulate(NET, 80, seed=5, n_realizations=1, duration=10.0, burn_in=0.0, initial_states=3)
    assert many.values("corr_x", 80).shape == one.values("corr_x", 80).shape
    assert not np.array_equal(many.values("corr_x", 80), one.values("corr_x", 80))


def test_correlations_are_those_of_the_trajectory():
    """The streaming sums against the plain definition on a stored trajectory of the same run."""
    from validation.estimators import Sampling
    from validation.estimators.correlation import Correlations
    from validation.simulators.simulator import Simulator

    generators = realization_seed(root_seed(2), 30, 0).generators(4)
    simulator = Simulator(NET, 30, dt=0.1, dtype=np.float64, n_states=2, generators=generators)
    sampling = Sampling(0.5, 0, 40)
    measure = Correlations(max_lag=4.0)
    sums = measure.start(simulator, sampling)
    stored = []
    for _ in range(40):
        for _ in range(5):
            simulator.step()
        sums.update(simulator)
        stored.append(simulator.x.copy())
    x = np.array(stored)
    result = sums.result()
    assert len(measure.coordinates(sampling)["lag"]) == 9
    for lag in range(9):
        assert result["corr_x"][lag] == pytest.approx(np.mean(x[lag:] * x[: 40 - lag]), rel=1e-12)
        phi = np.tanh(x)
        assert result["corr_phi"][lag] == pytest.approx(np.mean(phi[lag:] * phi[: 40 - lag]), rel=1e-12)
    assert result["mean_square_slope"] == pytest.approx(np.mean((1 - np.tanh(x) ** 2) ** 2), rel=1e-12)
