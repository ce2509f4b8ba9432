"""Simulations in files: what is saved is loaded, a checkpoint goes on, and nothing damaged passes for a result."""

import numpy as np
import pytest

import dmft
import validation
from dmft.sweeps.log import CheckpointError, Log
from validation import realization, running
from validation.packing import packed

NET = dmft.RandomNetwork(g=2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 2.0), symmetry=0.3)
SHORT = {"n_realizations": 2, "duration": 4.0, "burn_in": 1.0, "measure": ("correlation", validation.Lyapunov(k=2))}


@pytest.fixture(scope="module")
def simulated():
    return validation.simulate(NET, [30, 40], seed=5, **SHORT)


def assert_same(a, b):
    assert a.plan == b.plan
    assert a.seeds == b.seeds
    for size in a.sizes:
        assert a.at(size).values.keys() == b.at(size).values.keys()
        for name, values in a.at(size).values.items():
            np.testing.assert_array_equal(values, b.at(size).values[name])


def test_what_is_saved_is_loaded(simulated, tmp_path):
    validation.save(simulated, tmp_path / "sim.npz")
    loaded = validation.load(tmp_path / "sim.npz")
    assert_same(simulated, loaded)
    assert [p.name for p in tmp_path.iterdir()] == ["sim.npz"]
    more = validation.simulate(NET, 30, seed=6, **SHORT)
    assert (loaded + more).n_realizations == {30: 4, 40: 2}
    with pytest.raises(ValueError, match="seeds overlap"):
        loaded + simulated


def test_a_file_that_is_no_simulation_is_refused(simulated, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        validation.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(validation.SimulationError, match="not a stored simulation"):
        validation.load(tmp_path / "text.npz")
    np.savez(tmp_path / "pickled.npz", header=np.array({"a": 1}, dtype=object))
    with pytest.raises(validation.SimulationError, match=r"pickled\.npz"):
        validation.load(tmp_path / "pickled.npz")
    validation.save(simulated, tmp_path / "sim.npz")
    content = (tmp_path / "sim.npz").read_bytes()
    (tmp_path / "torn.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(validation.SimulationError, match=r"torn\.npz"):
        validation.load(tmp_path / "torn.npz")


def test_a_users_own_function_cannot_be_saved_and_says_so(tmp_path):
    class Own(dmft.Tanh):
        pass

    own = validation.simulate(NET.replace(nonlinearity=Own()), 30, seed=5, **SHORT)
    with pytest.raises(TypeError, match="Own"):
        validation.save(own, tmp_path / "sim.npz")


def test_an_interrupted_simulation_goes_on(simulated, tmp_path, monkeypatch):
    done = []

    def interrupted(plan, size, seed):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(seed)
        return realization.run_realization(plan, size, seed)

    monkeypatch.setattr(running, "run_realization", interrupted)
    with pytest.raises(KeyboardInterrupt):
        validation.simulate(NET, [30, 40], seed=5, checkpoint=tmp_path / "runs", **SHORT)
    rest = []

    def counted(plan, size, seed):
        rest.append(seed)
        return realization.run_realization(plan, size, seed)

    monkeypatch.setattr(running, "run_realization", counted)
    resumed = validation.simulate(NET, [30, 40], seed=5, checkpoint=tmp_path / "runs", **SHORT)
    assert_same(resumed, simulated)
    assert len(rest) == 1
    assert not set(rest) & set(done)


def test_a_checkpoint_grows_with_more_realizations(simulated, tmp_path):
    path = tmp_path / "runs"
    validation.simulate(NET, 30, seed=5, checkpoint=path, **SHORT)
    larger = validation.simulate(NET, [30, 40], seed=5, checkpoint=path, **{**SHORT, "n_realizations": 3})
    np.testing.assert_array_equal(larger.values("corr_x", 30)[:2], simulated.values("corr_x", 30))
    assert larger.n_realizations == {30: 3, 40: 3}
    assert [p.name for p in tmp_path.iterdir()] == ["runs"]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"duration": 5.0}, "sampling"), ({"dt": 0.05}, "dt"), ({"measure": "correlation"}, "measures")],
)
def test_a_checkpoint_of_another_experiment_is_refused(tmp_path, change, words):
    path = tmp_path / "runs"
    validation.simulate(NET, 30, seed=5, checkpoint=path, **SHORT)
    with pytest.raises(CheckpointError, match=rf"of a simulation of other inputs(.|\n)*{words}.*: .* then, .* now"):
        validation.simulate(NET, 30, seed=5, checkpoint=path, **{**SHORT, **change})
    with pytest.raises(CheckpointError, match=r"network\.g: 2.0 then, 2.1 now"):
        validation.simulate(NET.replace(g=2.1), 30, seed=5, checkpoint=path, **SHORT)
    with pytest.raises(CheckpointError, match="not a checkpoint of a sweep but of a simulation"):
        dmft.phase_diagram(NET, {"g": [1.5]}, "variance", checkpoint=path)


def test_a_checkpoint_of_an_older_version_is_refused(tmp_path):
    """Which was a folder with a file for each realization."""
    (tmp_path / "experiment.json").write_text("{}")
    with pytest.raises(CheckpointError, match="of another version of dmft"):
        validation.simulate(NET, 30, seed=5, checkpoint=tmp_path, **SHORT)
    with pytest.raises(FileNotFoundError, match="the checkpoint cannot be written"):
        validation.simulate(NET, 30, seed=5, checkpoint=tmp_path / "missing" / "log", **SHORT)


def damages(content, rng, n):
    """Yield the content with bytes changed, cut, or a part doubled."""
    for _ in range(n):
        kind = rng.integers(3)
        at = int(rng.integers(len(content)))
        if kind == 0:
            yield content[:at]
        elif kind == 1:
            yield content[:at] + content[at : at + 50] + content[at:]
        else:
            body = bytearray(content)
            for place in rng.integers(len(body), size=rng.integers(1, 4)):
                body[place] ^= int(rng.integers(1, 256))
            yield bytes(body)


@pytest.mark.parametrize("n", [150, pytest.param(5000, marks=pytest.mark.long)])
def test_damaged_records_are_one_of_our_errors(tmp_path, n):
    """Whatever zip, numpy and JSON raise on the way: a SimulationError in a line, or what was stored."""
    network = dmft.RandomNetwork(g=1.5)
    simulation = validation.simulate(network, 20, n_realizations=2, duration=2.0, burn_in=1.0, seed=1)
    validation.save(simulation, tmp_path / "sim.npz")
    content = (tmp_path / "sim.npz").read_bytes()
    refused = 0
    for broken in damages(content, np.random.default_rng(5), n):
        (tmp_path / "broken.npz").write_bytes(broken)
        try:
            validation.load(tmp_path / "broken.npz")
        except validation.SimulationError as error:
            refused += "\n" not in str(error) and "\\x" not in str(error)
    assert refused > 0.5 * n


def test_files_of_another_kind_are_named(tmp_path, capsys):
    """By the functions and by the commands: which program wrote it, and what reads it."""
    from click.testing import CliRunner

    from dmft.cli import main
    from validation.cli import main as networks

    dmft.save(dmft.solve_stationary(dmft.RandomNetwork(0.5)), tmp_path / "own.nc")
    np.savez(tmp_path / "foreign.npz", a=np.arange(3.0), b=1.0)
    (tmp_path / "empty.npz").write_bytes(b"")
    for name, words in {
        "own.nc": "such as dmft.save writes: read it by dmft.load, `dmft show`",
        "foreign.npz": "validation.save did not write it (it holds a, b)",
        "empty.npz": "it is empty",
    }.items():
        with pytest.raises(validation.SimulationError) as caught:
            validation.load(tmp_path / name)
        assert words in str(caught.value)
        for verb in ("show", "plot"):
            found = CliRunner().invoke(networks, [verb, str(tmp_path / name)])
            assert found.exit_code == 2
            assert words in found.output
    with pytest.raises(SystemExit) as stop:
        main(["show", str(tmp_path / "foreign.npz")])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith(f"dmft: {tmp_path / 'foreign.npz'} is not a stored simulation: ")
    assert len(err.strip().splitlines()) == 1


def test_a_damaged_realization_is_refused(tmp_path):
    network, path = dmft.RandomNetwork(g=1.5), tmp_path / "log"
    settings = {"n_realizations": 2, "duration": 2.0, "burn_in": 1.0, "seed": 1, "checkpoint": path}
    simulation = validation.simulate(network, 20, **settings)
    content = path.read_bytes()
    at = content.index(b"PK")
    path.write_bytes(content[: at + 50] + b"\xff" + content[at + 51 :])
    with pytest.raises(CheckpointError, match="damaged"):
        validation.simulate(network, 20, **settings)
    path.write_bytes(content)
    for strange, kind, words in (
        (b"PK", validation.SimulationError, r"realization 1-20-0 of .* is damaged"),
        (packed({}, {}), CheckpointError, "damaged: realization 1-20-0 holds no corr_phi, .*move it away"),
    ):
        with Log(path, "simulation", simulation.plan.to_mapping()) as log:
            log.add("1-20-0", strange)
        with pytest.raises(kind, match=words):
            validation.simulate(network, 20, **settings)
