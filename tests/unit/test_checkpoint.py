"""The log of a sweep: what is finished stays, and nothing that is not its own passes for it or is written over."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections import namedtuple
from contextlib import closing

import numpy as np
import phase_toys as toys
import pytest

import dmft
from dmft.sweeps.fingerprint import describe, differences
from dmft.sweeps.log import CheckpointError, Log


def swept(path, **settings):
    arguments = {"observe": [toys.area], "solve": toys.solve_toy} | settings
    over = arguments.pop("over", {"x": [1.0, 2.0, 4.0], "y": [10.0, 20.0]})
    return dmft.phase_diagram(arguments.pop("network", toys.ToyNetwork()), over, checkpoint=path, **arguments)


def interrupted_after(path, n, **settings):
    calls = 0

    def solve(network):
        nonlocal calls
        calls += 1
        if calls > n:
            raise KeyboardInterrupt
        return toys.solve_toy(network)

    with pytest.raises(KeyboardInterrupt):
        swept(path, solve=Same(solve), **settings)


class Same:
    """A solver that is the same for a checkpoint, whatever it calls."""

    def __init__(self, function):
        type(self).function = staticmethod(function)

    def __call__(self, network):
        return type(self).function(network)


def change(path, *statements):
    """Change a log from outside."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement, *values in statements:
            database.execute(statement, values)


def record(path, key, content):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    change(path, ("INSERT INTO finished VALUES (?, ?, ?)", key, text, zlib.crc32(text, zlib.crc32(key.encode()))))


def test_control_c_loses_nothing_and_nothing_is_computed_twice(tmp_path):
    path = tmp_path / "log"
    interrupted_after(path, 4)
    calls = []

    def solve(network):
        calls.append((network.x, network.y))
        return toys.solve_toy(network)

    grid = swept(path, solve=Same(solve))
    assert calls == [(4.0, 10.0), (4.0, 20.0)]
    np.testing.assert_array_equal(grid["area"], [[10, 20], [20, 40], [40, 80]])


def test_a_finished_sweep_computes_nothing(tmp_path):
    path = tmp_path / "log"
    first = swept(path)
    size = path.stat().st_size

    def solve(network):
        raise AssertionError("called")

    assert swept(path).identical(first)
    assert path.stat().st_size == size
    interrupted_after(tmp_path / "other", 6 - 1)
    with pytest.raises(CheckpointError, match="solve"):
        swept(path, solve=solve)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"network": toys.ToyNetwork(drive=toys.Knob(0.25))}, r"network.drive.strength: 0.0 then, 0.25 now"),
        ({"network": toys.ToyNetwork(name="other")}, "network.name: toy then, other now"),
        ({"over": {"x": [1.0, 2.0, 4.5], "y": [10.0, 20.0]}}, r"over.x: \[1.0,2.0,4.0\] then, \[1.0,2.0,4.5\] now"),
        ({"over": {"x": np.arange(1.0, 9.0), "y": [10.0, 20.0]}}, "over.x: .* then, 8 values from 1 to 8 now"),
        ({"over": {"y": [10.0, 20.0], "x": [1.0, 2.0, 4.0]}}, "order"),
        ({"observe": ["phase"]}, "observe"),
        ({"observe": {"area": lambda s: 2.0 * s.network.x}}, "observe"),
        ({"solve": toys.solve_counting}, "solve"),
        ({"solve": toys.solve_counting, "continuation": "up"}, "continuation: nothing then, up now"),
    ],
)
def test_a_checkpoint_of_other_inputs_says_what_differs(tmp_path, settings, words):
    swept(tmp_path / "log")
    with pytest.raises(CheckpointError, match=words):
        swept(tmp_path / "log", **settings)


def test_an_edited_function_is_another_function():
    def make(factor, power):
        return lambda s: factor * s**power

    same, other = describe(make(2.0, 3)), describe(make(2.0, 4))
    assert same == describe(make(2.0, 3))
    assert differences(same, other)
    exec_a, exec_b = {}, {}
    exec("def f(s):\n    return s + 1\n", exec_a)
    exec("def f(s):\n    return s + 2\n", exec_b)
    assert "code" in differences(describe(exec_a["f"]), describe(exec_b["f"]))[0]


def test_descriptions_are_exact_and_stable():
    net = dmft.RandomNetwork(g=0.1 + 0.2, drive=dmft.WhiteNoise(0.3))
    assert differences(describe(net), describe(dmft.RandomNetwork(g=0.3, drive=dmft.WhiteNoise(0.3)))) == [
        "g: 0.30000000000000004 then, 0.3 now"
    ]
    command = "import dmft; from dmft.sweeps.fingerprint import *; print(canonical(describe({'b', 'a', 'c', 'd'})))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", command], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {b'["a","b","c","d"]\n'}


def test_a_torn_last_record_is_computed_again(tmp_path):
    """What a run had written when the machine went down, cut off anywhere."""
    path, kept = tmp_path / "log", tmp_path / "kept"

    def solve(network):
        if network.x == 4 and network.y == 20:
            for end in ("", "-wal"):
                shutil.copyfile(f"{path}{end}", f"{kept}{end}")
        return toys.solve_toy(network)

    expected = swept(path, solve=Same(solve))
    whole, tail = kept.read_bytes(), (tmp_path / "kept-wal").read_bytes()
    known = []
    for end in (len(tail), len(tail) - 1, len(tail) - 4000, len(tail) // 2, 2 * 4120, 4000, 20, 0):
        kept.write_bytes(whole)
        (tmp_path / "kept-wal").write_bytes(tail[:end])
        calls = []
        assert swept(kept, solve=Same(counting_solver(calls))).identical(expected)
        known.append(6 - len(calls))
        assert sorted(os.listdir(tmp_path)) == ["kept", "log"]
    assert known[0] == 5
    assert known == sorted(known, reverse=True)
    assert known[-1] == 0


def test_nan_and_infinity_survive(tmp_path):
    path = tmp_path / "log"
    values = {"a": lambda s: math.inf, "b": lambda s: math.nan, "c": lambda s: -0.0, "d": lambda s: 5e-324}
    first = swept(path, observe=values, over={"x": [1.0]})
    again = swept(path, observe=values, over={"x": [1.0]})
    for name in values:
        assert first[name].values.tobytes() == again[name].values.tobytes()


def test_damage_in_the_middle_is_said(tmp_path):
    path = tmp_path / "log"
    swept(path)
    content = path.read_bytes()
    assert content.count(b"[20.0]") == 2
    path.write_bytes(content.replace(b"[20.0]", b"[21.0]", 1))
    with pytest.raises(CheckpointError, match=r"damaged: the checksum of '[12]' is wrong; move it away"):
        swept(path)
    path.write_bytes(content[:-4096])
    with pytest.raises(CheckpointError, match="damaged"):
        swept(path)


@pytest.mark.parametrize("n", [150, pytest.param(5000, marks=pytest.mark.long)])
def test_a_damaged_log_is_one_of_our_errors_or_none(tmp_path, n):
    """Bytes changed, cut or doubled anywhere: a refusal that leaves the file as it is, or the same map."""
    path, rng = tmp_path / "log", np.random.default_rng(11)
    expected = swept(path)
    content = path.read_bytes()
    used = [i for i, byte in enumerate(content) if byte]
    refused = 0
    for number in range(n):
        at = int(rng.choice(used))
        body = bytearray(content)
        body[at] ^= int(rng.integers(1, 256))
        broken = (bytes(body), content[:at], content[:at] + content[at // 2 :])[(0, 0, 1, 2)[number % 4]]
        path.write_bytes(broken)
        try:
            assert swept(path).identical(expected)
        except CheckpointError:
            refused += 1
            assert path.read_bytes() == broken
    assert refused > 0.5 * n


def stranger():
    """Return a file of sqlite's that is not ours."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE run (kind, question, holder)")
        return database.serialize()


@pytest.mark.parametrize(
    "content",
    [
        b"hello\n",
        b"hello",
        b"0123",
        b"\x89HDF\r\n\x1a\n" + bytes(500),
        b"\x80\x04\x95 pickle",
        b"[" * 10_000 + b"\n",
        bytes(100),
        stranger(),
        b"SQLite format 3\0",
    ],
)
def test_a_file_of_another_kind_is_left_alone(tmp_path, content):
    path = tmp_path / "log"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        swept(path)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["log"]


def test_an_older_format_is_said(tmp_path):
    text = b'0a1b2c3d {"kind": "dmft sweep", "format": 2, "question": {}}\n'
    (tmp_path / "log").write_bytes(text)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "experiment.json").write_text("{}")
    for name in ("log", "runs"):
        with pytest.raises(CheckpointError, match=r"of another version of dmft.*; give another path, or delete it"):
            swept(tmp_path / name)
    assert (tmp_path / "log").read_bytes() == text


HOSTILE = [
    ("0", b"[0, 0.0, [__import__('os').system('touch owned')], [0.0], \"\", 0.0]"),
    ("0", b"cos\nsystem\n(S'touch owned'\ntR."),
    ("0", b"[" * 100_000),
    ("0", [0, 0.0, [{"__reduce__": "os.system"}], [0.0], "", 0.0]),
    ("0", [0, 0.0, [1.0, 2.0], [0.0, 0.0], "", 0.0]),
    ("-7", [0, 0.0, [1.0], [0.0], "", 0.0]),
    ("10000000000", [0, 0.0, [1.0], [0.0], "", 0.0]),
    ("0.0", [0, 0.0, [1.0], [0.0], "", 0.0]),
    ("x", [0, 0.0, [1.0], [0.0], "", 0.0]),
    ("0", [False, 0.0, [1.0], [0.0], "", 0.0]),
    ("0", ["0", 0.0, [1.0], [0.0], "", 0.0]),
    ("0", [[0], 0.0, [1.0], [0.0], "", 0.0]),
    ("0", [77, 0.0, [1.0], [0.0], "", 0.0]),
    ("0", [0, 0.0, {"a": 1.0}, [0.0], "", 0.0]),
    ("0", [0, 0.0, [1.0], [0.0], ["a"], 0.0]),
    ("0", [0, 0.0, [1.0], [0.0]]),
    # Integers that no float and no array holds.
    ("1" + "0" * 400, [0, 0.0, [1.0], [0.0], "", 0.0]),
    ("1" + "0" * 10_000, [0, 0.0, [1.0], [0.0], "", 0.0]),
    ("0", [10**400, 0.0, [1.0], [0.0], "", 0.0]),
    ("0", [0, 10**400, [1.0], [0.0], "", 0.0]),
    ("0", [0, 0.0, [10**400], [0.0], "", 0.0]),
    ("0", [0, 0.0, [1.0], [10**400], "", 0.0]),
    ("0", b"[0, 0.0, [1" + b"0" * 10_000 + b'], [0.0], "", 0.0]'),
    ("0", {"index": 0}),
    ("0", None),
]


@pytest.mark.parametrize(("key", "content"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_strangers_record_is_refused_and_does_nothing(tmp_path, monkeypatch, key, content):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log"
    swept(path)
    change(path, ("DELETE FROM finished",))
    record(path, key, content)
    record(path, "1", [0, 0.0, [1.0], [0.0], "", 0.0])
    with pytest.raises(CheckpointError, match=f"damaged: point {key}: "):
        swept(path)
    assert os.listdir() == ["log"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA user_version = 2147483647", "another version"),
        ("PRAGMA application_id = 7", "not a checkpoint"),
        ("UPDATE run SET kind = 'report'", "not a checkpoint of a sweep but of a report"),
        ("UPDATE run SET question = '{}'", "other inputs"),
        ("UPDATE run SET question = '[1'", "damaged: it does not say of which inputs"),
        ("UPDATE run SET question = NULL", "damaged: it does not say of which inputs"),
        ("INSERT INTO run VALUES ('sweep', '{}', '')", "damaged"),
        ("DELETE FROM run", "damaged"),
        ("UPDATE finished SET key = '5' || key", "damaged: the checksum of"),
        ("UPDATE finished SET content = 7", "damaged: the checksum of"),
        ("CREATE TRIGGER t AFTER INSERT ON finished BEGIN DELETE FROM finished; END", "damaged: it is not as it was"),
        ("CREATE VIEW v AS SELECT * FROM finished", "damaged: it is not as it was"),
        ("DROP TABLE finished", "damaged: it is not as it was"),
    ],
)
def test_a_strangers_header_is_refused(tmp_path, statement, words):
    path = tmp_path / "log"
    swept(path)
    change(path, (statement,))
    content = path.read_bytes()
    with pytest.raises(CheckpointError, match=words):
        swept(path)
    assert path.read_bytes() == content


@pytest.mark.long
def test_a_second_run_on_the_same_checkpoint_is_refused(tmp_path):
    path = tmp_path / "log"

    def solve(network):
        with pytest.raises(CheckpointError, match="in use by another run in this process"):
            swept(path)
        command = f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r}); from test_checkpoint import swept\n"
        command += f"swept({str(path)!r})"
        other = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
        assert f"in use by another run (process {os.getpid()} on " in other.stderr
        return toys.solve_toy(network)

    grid = swept(path, solve=solve, over={"x": [1.0]})
    assert grid["message"].item() == ""


def test_a_run_that_was_killed_locks_nothing_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "log"
    command = f"import os\nfrom dmft.sweeps.log import Log\nwith Log({str(path)!r}, 'sweep', 1) as log:\n"
    command += "    log.add('0', b'a')\n    os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", command]).returncode == -9
    assert sorted(os.listdir(tmp_path)) == ["log", "log-wal"]
    with Log(path, "sweep", 1) as log:
        assert list(log) == [("0", b"a")]
    assert os.listdir(tmp_path) == ["log"]


def counting_solver(calls):
    def solve(network):
        calls.append(network)
        return toys.solve_toy(network)

    return solve


def test_an_unwritable_checkpoint_is_said_before_the_sweep(tmp_path):
    calls = []
    with pytest.raises(FileNotFoundError, match="the checkpoint cannot be written"):
        swept(tmp_path / "missing" / "log", solve=counting_solver(calls))
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="the checkpoint cannot be written"):
        swept(tmp_path / "folder", solve=counting_solver(calls))
    (tmp_path / "log-journal").mkdir()  # so that sqlite can write nothing beside
    with pytest.raises(OSError, match="log cannot be written"):
        swept(tmp_path / "log", solve=counting_solver(calls))
    assert calls == []


def test_a_disk_that_is_read_only_is_said_before_the_sweep(tmp_path, monkeypatch):
    def fails(*arguments):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", fails)
    with pytest.raises(OSError, match="the checkpoint cannot be written: Read-only file system"):
        swept(tmp_path / "log", solve=counting_solver([]))


def test_a_sweep_that_is_refused_leaves_no_log(tmp_path):
    with pytest.raises(TypeError, match="works at no point"):
        swept(tmp_path / "log", observe={"a": lambda: 1.0})
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_said_before_the_sweep(tmp_path, monkeypatch):
    calls = []
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 100, 100))
    with pytest.raises(OSError, match=r"no room for the checkpoint .* 2700 bytes needed for 6 points, 100 bytes free"):
        swept(tmp_path / "log", solve=counting_solver(calls))
    assert calls == []


@pytest.mark.long
def test_a_disk_that_fills_up_does_not_end_the_sweep(tmp_path):
    """With a limit on the size of files in place of a full disk: the same error of the same call."""
    command = f"""
import sys, resource, signal, warnings
sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_checkpoint import swept, toys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    grid = swept({str(tmp_path / "log")!r}, over={{"x": range(1, 600)}})
assert [str(w.message) for w in caught if "takes no more" in str(w.message)], caught
assert (grid["area"].values == 0).all() and grid["area"].size == 599
"""
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    path = tmp_path / "log"
    with closing(sqlite3.connect(path)) as database:
        ((kept,),) = database.execute("SELECT count(*) FROM finished")
    assert 0 < kept < 599  # what came before the end of the disk is there
    assert np.all(swept(path, over={"x": range(1, 600)})["status"] == 0)


def test_of_a_piece_that_was_finished_twice_the_last_holds(tmp_path):
    with Log(tmp_path / "log", "sweep", {"a": 1}) as log:
        log.add("1", b"first")
        log.add("1", b"again")
    with Log(tmp_path / "log", "sweep", {"a": 1}) as log:
        assert dict(log) == {"1": b"again"}


def test_no_point_is_logged_twice(tmp_path):
    path = tmp_path / "log"
    for n in (2, 3):
        interrupted_after(path, n)
    swept(path, solve=Same(toys.solve_toy))
    with closing(sqlite3.connect(path)) as database:
        assert [key for (key,) in database.execute("SELECT key FROM finished ORDER BY rowid")] == list("012345")
