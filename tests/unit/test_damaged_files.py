"""Files that are damaged, crafted, or of other programs: one of our errors in a line, no hang, no crash."""

from __future__ import annotations

import errno
import json
import os

import h5py
import numpy as np
import pytest

import dmft
from dmft.cli import main
from dmft.storage.files import opened, sealed, write_whole


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "solution.nc"
    dmft.save(dmft.solve_stationary(dmft.RandomNetwork(2.0)), path)
    return path.read_bytes()


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Change some bytes, cut, or double a part."""
    body = bytearray(content)
    kind = rng.integers(4)
    if kind == 0:
        return bytes(body[: rng.integers(len(body))])
    if kind == 1:
        start, length = rng.integers(len(body)), rng.integers(1, 2000)
        return bytes(body[:start] + body[start : start + length] + body[start:])
    for _ in range(rng.integers(1, 4)):
        at = rng.integers(len(body))
        body[at] ^= int(rng.integers(1, 256))
    return bytes(body)


def outcome_of(path, content: bytes) -> str:
    """Return "read", or the line that refuses the file; anything else that is raised fails the test."""
    path.write_bytes(content)
    try:
        dmft.load(path)
    except OSError as error:
        return str(error)
    return "read"


def test_a_changed_byte_is_seen(content, tmp_path):
    """A hundred damages of a file with its checksum: all are refused."""
    rng = np.random.default_rng(20261127)
    for _ in range(100):
        broken = damaged(content, rng)
        if broken[: len(content)] == content:
            continue
        # The seal itself may be what is damaged: then the file is read in a process of its own, and may be right.
        if has_seal(broken):
            assert "cannot be read as a netCDF file" in outcome_of(tmp_path / "broken.nc", broken)


def has_seal(content: bytes) -> bool:
    try:
        return opened(content)[1]
    except OSError:
        return True


@pytest.mark.long
def test_without_a_seal_a_file_is_tried_in_a_process_of_its_own(content, tmp_path):
    body, vouched = opened(content)
    assert vouched
    (tmp_path / "whole.nc").write_bytes(body)
    assert isinstance(dmft.load(tmp_path / "whole.nc"), dmft.StationarySolution)
    rng = np.random.default_rng(3)
    for _ in range(3):
        assert len(outcome_of(tmp_path / "broken.nc", damaged(body, rng)).splitlines()) == 1


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_damages(content, tmp_path, seed):
    """With a seal thousands, without one (a process for each) forty for each seed."""
    rng = np.random.default_rng(seed)
    for _ in range(1000):
        broken = damaged(content, rng)
        if has_seal(broken):
            assert "cannot be read as a netCDF file" in outcome_of(tmp_path / "broken.nc", broken)
    body, _ = opened(content)
    for _ in range(40):
        assert len(outcome_of(tmp_path / "broken.nc", damaged(body, rng)).splitlines()) == 1


def test_a_reader_that_comes_to_no_end_is_stopped(content, tmp_path, monkeypatch):
    """HDF5 can be sent round in a circle by one byte; here the process that reads first is made to."""
    from dmft.storage import probe

    body, _ = opened(content)
    (tmp_path / "circle.nc").write_bytes(body)
    monkeypatch.setattr(probe, "_CHILD", "while True: pass")
    monkeypatch.setattr(probe, "_CPU_SECONDS", 0.2)
    monkeypatch.setattr(probe, "_WALL", 2)
    with pytest.raises(OSError, match="comes to no end"):
        dmft.load(tmp_path / "circle.nc")
    monkeypatch.setattr(probe, "_CHILD", "import os; os.abort()")
    monkeypatch.setattr(probe, "_CPU_SECONDS", 8)
    with pytest.raises(OSError, match="crashes HDF5"):
        dmft.load(tmp_path / "circle.nc")


CRAFTED = {
    "references": 3.5,
    "status": np.arange(3.0),
    "message": 7,
    "network": 1,
    "theory": np.float64(2.0),
    "residual": "small",
}


@pytest.mark.parametrize("name", CRAFTED)
def test_an_attribute_of_another_type_is_refused_by_every_command(content, tmp_path, capsys, name):
    path = tmp_path / "crafted.nc"
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        file.attrs[name] = CRAFTED[name]
    path.write_bytes(sealed(path.read_bytes()))  # as one who forges the seal as well
    for command in ("show", "plot", "cite"):
        with pytest.raises(SystemExit) as stop:
            main([command, str(path)])
        captured = capsys.readouterr()
        assert stop.value.code == 2
        assert len(captured.err.strip().splitlines()) == 1
        assert f"attribute '{name}'" in captured.err


def test_sound_netcdf_that_is_no_result_is_refused_in_a_line(tmp_path, capsys):
    """No curve to draw, no references: a file of another program, or of a strange shape."""
    import xarray

    files = {
        "empty.nc": xarray.Dataset(),
        "words.nc": xarray.Dataset({"status": ("x", ["a", "b"]), "v": ("x", ["c", "d"])}, coords={"x": ["p", "q"]}),
        "scalar.nc": xarray.Dataset({"status": 3, "corr_x": 1.0}),
        "line.nc": xarray.Dataset({"status": ("g", [0, 0]), "a_x": ("a", [1.0], {"role": "critical line"})}),
        "odd.nc": xarray.Dataset({"corr_x": ("lags", np.zeros(0))}, coords={"lags": np.zeros(0)}),
    }
    for name, dataset in files.items():
        dmft.save(dataset, tmp_path / name)
        for command in ("show", "plot", "cite"):
            try:
                main([command, str(tmp_path / name)])
                code = 0
            except SystemExit as stop:
                code = stop.code or 0
            captured = capsys.readouterr()
            assert code in (0, 2), (name, command, captured.err)
            assert code == 0 or len(captured.err.strip().splitlines()) == 1


def test_netcdf_of_the_classic_format_is_named(tmp_path):
    assert "it is one of the classic format" in outcome_of(tmp_path / "classic.nc", b"CDF\x02" + bytes(60))


@pytest.mark.long
def test_a_solution_of_another_version_is_refused_by_its_field(content, tmp_path):
    path = tmp_path / "later.nc"
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        tree = json.loads(file["solution/tree"][...].tobytes())
        del tree["fields"]["variance"]
        del file["solution/tree"]
        file["solution/tree"] = np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)
    with pytest.raises(OSError, match=r"cannot be made again: .*'variance'"):
        dmft.load(path)


def test_a_file_that_claims_to_be_huge(tmp_path):
    path = tmp_path / "huge.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", shape=(2**40, 2**10), chunks=(2**10, 2**10), dtype="f8")
    with pytest.raises(OSError, match=r"take about 1\.8e\+07 GB of memory"):
        dmft.load(path)


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is a device or a pipe"):
        dmft.load(tmp_path / "pipe")


def test_a_full_disk_leaves_the_old_file(content, tmp_path, monkeypatch):
    """The disk takes no more in the middle of the file: an OSError that says so, the old file as it was."""
    path = tmp_path / "solution.nc"
    path.write_bytes(content)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=f"cannot write {path}: no space left on device"):
        dmft.save(dmft.solve_stationary(dmft.RandomNetwork(1.5)), path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.long
def test_a_real_limit_on_the_size_of_files_is_no_crash(tmp_path):
    """In a process of its own, which the system allows no file above 8 kB: HDF5 written straight to it would abort."""
    pytest.importorskip("resource")
    import subprocess
    import sys

    script = f"""
import resource, signal
import dmft
solution = dmft.solve_stationary(dmft.RandomNetwork(2.0))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    dmft.save(solution, {str(tmp_path / "solution.nc")!r})
except OSError as error:
    print("refused:", error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "refused: cannot write" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_writing_is_whole(tmp_path):
    write_whole(tmp_path / "a", b"one")
    write_whole(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"two"
    with pytest.raises(OSError, match="cannot write"):
        write_whole("a\0b", b"")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        dmft.load("a\0b")
