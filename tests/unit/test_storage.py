"""Results in files: what is kept, and what is said when a file cannot be."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray

import dmft
from dmft.storage import check_writable, network_of, save
from dmft.storage import dataset as load


@pytest.fixture(scope="module")
def solution() -> dmft.StationarySolution:
    return dmft.solve_stationary(dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(0.3)))


def test_arrays_come_back_to_the_bit(solution, tmp_path: Path) -> None:
    dmft.save(solution, tmp_path / "solution.nc")
    stored = load(tmp_path / "solution.nc")
    for name in ("lags", "corr_x", "corr_phi", "corr_slope"):
        np.testing.assert_array_equal(stored[name].values, getattr(solution, name))
        assert stored[name].attrs["units"] in ("1", "tau")
    assert float(stored["decay_rate"]) == solution.decay_rate
    assert list(tmp_path.iterdir()) == [tmp_path / "solution.nc"]


def test_inputs_versions_and_date(solution, tmp_path: Path) -> None:
    save(solution, str(tmp_path / "solution.nc"))
    stored = load(str(tmp_path / "solution.nc"))
    assert network_of(stored) == solution.network
    assert json.loads(stored.attrs["inputs"])["drive"] == {"type": "WhiteNoise", "intensity": 0.3}
    assert stored.attrs["status"] == "CONVERGED"
    assert stored.attrs["dmft_version"] == dmft.__version__
    assert stored.attrs["numpy_version"] == np.__version__
    assert stored.attrs["python_version"].count(".") == 2
    age = datetime.now(UTC) - datetime.fromisoformat(stored.attrs["created"])
    assert timedelta(0) <= age < timedelta(minutes=10)


def test_a_stored_network_solves_to_the_same(solution, tmp_path: Path) -> None:
    save(solution, tmp_path / "solution.nc")
    again = dmft.solve_stationary(network_of(load(tmp_path / "solution.nc")))
    np.testing.assert_array_equal(again.corr_x, solution.corr_x)


def test_failed_solution(tmp_path: Path) -> None:
    """NaN and infinities are kept, with the status that explains them."""
    failed = dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Linear()), on_failure="ignore")
    save(failed, tmp_path / "failed.nc")
    stored = load(tmp_path / "failed.nc")
    assert stored.attrs["status"] == "NO_SOLUTION"
    assert "unbounded" in stored.attrs["message"] or "without bound" in stored.attrs["message"]
    assert np.all(np.isnan(stored["corr_x"]))


def test_a_users_own_function_is_named_but_not_stored(solution, tmp_path: Path) -> None:
    @dataclasses.dataclass(frozen=True)
    class Own:
        def __call__(self, x):
            return np.tanh(x)

        def derivative(self, x):
            return 1 - np.tanh(x) ** 2

    own = dataclasses.replace(solution, network=dmft.RandomNetwork(2.0, Own()))
    save(own, tmp_path / "own.nc")
    stored = load(tmp_path / "own.nc")
    assert "Own()" in stored.attrs["network"]
    with pytest.raises(ValueError, match="no attribute 'inputs'"):
        network_of(stored)


def test_hostile_inputs(solution, tmp_path: Path) -> None:
    """A file that states a network in a hostile way is refused, not evaluated."""
    dataset = solution.to_xarray()
    dataset.attrs["inputs"] = json.dumps({"type": "RandomNetwork", "g": 2, "nonlinearity": "__import__('os')"})
    save(dataset, tmp_path / "hostile.nc")
    with pytest.raises(ValueError, match="has no place in an expression"):
        network_of(load(tmp_path / "hostile.nc"))


def test_attributes_of_all_kinds(tmp_path: Path) -> None:
    """What netCDF has no type for becomes text or numbers; the dataset that was given is left as it was."""
    attributes = {
        "nothing": None,
        "yes": True,
        "no": np.bool_(False),
        "status": dmft.Status.STALLED,
        "list": [1, 2],
        "mapping": {"a": 1.5, "b": None},
        "array": np.arange(3.0),
        "integer": np.int64(3),
        "object": dmft.Tanh(),
    }
    variable = xarray.Variable(("time",), np.arange(4.0), attrs={"units": "tau", "periodic": False})
    flags = xarray.Variable(("time",), np.array([True, False, True, True]))
    names = xarray.Variable(("time",), ["a", "bc", "def", ""])
    dataset = xarray.Dataset({"x": variable, "flags": flags, "names": names}, attrs=dict(attributes))
    before = dataset.copy(deep=True)
    save(dataset, tmp_path / "kinds.nc")
    xarray.testing.assert_identical(dataset, before)
    stored = load(tmp_path / "kinds.nc")
    assert {name: stored.attrs[name] for name in attributes if name != "array"} == {
        "nothing": "none",
        "yes": 1,
        "no": 0,
        "status": "STALLED",
        "list": "[1, 2]",
        "mapping": '{"a": 1.5, "b": null}',
        "integer": 3,
        "object": "Tanh()",
    }
    np.testing.assert_array_equal(stored.attrs["array"], [0.0, 1.0, 2.0])
    assert stored["x"].attrs == {"units": "tau", "periodic": 0}
    assert stored["flags"].dtype == bool
    assert stored["names"].values.tolist() == ["a", "bc", "def", ""]


def test_nothing_is_pickled(solution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("pickled")

    for name in ("dumps", "dump", "loads", "load"):
        monkeypatch.setattr(pickle, name, forbidden)
    save(solution, tmp_path / "solution.nc")
    load(tmp_path / "solution.nc")
    assert (tmp_path / "solution.nc").read_bytes()[:8] == b"\x89HDF\r\n\x1a\n"


def test_a_crash_leaves_the_old_file(solution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "solution.nc"
    save(solution, target)
    before = target.read_bytes()

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        save(solution, target)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_permissions_are_those_of_any_new_file(solution, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    save(solution, tmp_path / "solution.nc")
    assert stat.S_IMODE((tmp_path / "solution.nc").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    (tmp_path / "solution.nc").chmod(0o640)
    save(solution, tmp_path / "solution.nc")
    assert stat.S_IMODE((tmp_path / "solution.nc").stat().st_mode) == 0o640


def test_unwritable_is_said_beforehand(solution, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cases = [
        (tmp_path, IsADirectoryError, "it is a directory"),
        (tmp_path / "missing" / "a.nc", FileNotFoundError, "there is no directory .*missing; make it first"),
        (tmp_path / "file" / "a.nc", NotADirectoryError, "is not a directory"),
        (tmp_path / ("a" * 300), OSError, "name too long"),
        (Path(os.devnull), OSError, "it is a device or a pipe"),
    ]
    for path, error, message in cases:
        for attempt in (check_writable, lambda target: save(solution, target)):
            with pytest.raises(error, match=f"cannot write {path}: .*{message}"):
                attempt(path)
    assert check_writable(tmp_path / "new.nc") == tmp_path / "new.nc"
    assert check_writable("new.nc") == Path("new.nc")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_no_permission(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    with pytest.raises(PermissionError, match="no permission to write in the directory"):
        check_writable(locked / "a.nc")
    (tmp_path / "old.nc").write_text("")
    (tmp_path / "old.nc").chmod(0o444)
    with pytest.raises(PermissionError, match="the file is read-only"):
        check_writable(tmp_path / "old.nc")


def test_permission_is_asked_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a superuser, whom nothing is denied: with the system's answer replaced."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="no permission to write in the directory"):
        check_writable(tmp_path / "a.nc")


def test_unreadable(tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("not a netCDF file")
    (tmp_path / "empty.nc").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load(tmp_path / "missing.nc")
    with pytest.raises(IsADirectoryError, match="is a directory"):
        load(tmp_path)
    for name in ("text.nc", "empty.nc"):
        with pytest.raises(OSError, match="cannot be read as a netCDF file"):
            load(tmp_path / name)


def test_refuses_what_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"save takes a result or an xarray\.Dataset, got dict"):
        save({}, tmp_path / "a.nc")


@pytest.mark.parametrize("path", [3, None, b"a.nc", ["a.nc"]])
def test_refuses_what_is_no_name_of_a_file(solution, path) -> None:
    for asked in (lambda: save(solution, path), lambda: load(path), lambda: dmft.storage.dataset(path)):
        with pytest.raises(TypeError, match=r"path must be the name of a file, .*; got"):
            asked()


@pytest.mark.parametrize(
    "inputs",
    [
        '{"type": "RandomNetwork", "g": 1' + "0" * 400 + "}",
        "[" * 100_000,
        "3",
        '{"type": ["RandomNetwork"]}',
        "{}",
        "x",
    ],
)
def test_inputs_that_state_no_network(inputs):
    with pytest.raises(ValueError, match=r"type|network|Expecting|recursion|nested|finite"):
        network_of(xarray.Dataset(attrs={"inputs": inputs}))
    with pytest.raises(ValueError, match="states no network"):
        network_of(xarray.Dataset(attrs={"inputs": 3}))
