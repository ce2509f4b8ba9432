from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import zlib
from collections import namedtuple

import numpy as np
import phase_toys as toys
import pytest
from dmft.phases.checkpoint import Checkpoint, CheckpointError

import dmft
from dmft.sweeps.fingerprint import describe, differences
from dmft.sweeps.outcome import Outcome


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


def record(path, content):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    with open(path, "ab") as file:
        file.write(b"%08x %s\n" % (zlib.crc32(text), text))


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
    path = tmp_path / "log"
    expected = swept(path)
    content = path.read_bytes()
    starts = [i + 1 for i, byte in enumerate(content) if byte == 10]
    for end in (len(content) - 1, len(content) - 20, starts[-2] + 3, starts[2] + 9, starts[0] - 5, 5, 1):
        path.write_bytes(content[:end])
        assert swept(path).identical(expected)
        assert path.read_bytes() == content
    path.write_bytes(content[:-3] + b"?]\n")  # whole but wrong: the page was never written
    assert swept(path).identical(expected)


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
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"1", b"2", 1)
    path.write_bytes(b"".join(lines))
    with pytest.raises(CheckpointError, match="damaged at line 4"):
        swept(path)


@pytest.mark.parametrize(
    "content",
    [
        b"hello\n",
        b"hello",
        b"0123",
        b"\x89HDF\r\n\x1a\n" + bytes(500),
        b"\x80\x04\x95 pickle",
        b"[" * 10_000 + b"\n",
    ],
)
def test_a_file_of_another_kind_is_left_alone(tmp_path, content):
    path = tmp_path / "log"
    path.write_bytes(content)
    if content == b"0123":  # could be the beginning of a torn checksum: there is nothing in it to be lost
        swept(path)
        return
    with pytest.raises(CheckpointError, match="is not a checkpoint of a sweep"):
        swept(path)
    assert path.read_bytes() == content


HOSTILE = [
    b"[0, 0, 0.0, 0.0, [__import__('os').system('touch owned')], [0.0], \"\"]",
    b"cos\nsystem\n(S'touch owned'\ntR.",
    b"[" * 100_000,
    [0, 0, 0.0, 0.0, [{"__reduce__": "os.system"}], [0.0], ""],
    [0, 0, 0.0, 0.0, [1.0, 2.0], [0.0, 0.0], ""],
    [-1, 0, 0.0, 0.0, [1.0], [0.0], ""],
    [10**9, 0, 0.0, 0.0, [1.0], [0.0], ""],
    [True, 0, 0.0, 0.0, [1.0], [0.0], ""],
    [0, "0", 0.0, 0.0, [1.0], [0.0], ""],
    [0, 77, 0.0, 0.0, [1.0], [0.0], ""],
    [0, 0, 0.0, 0.0, {"a": 1.0}, [0.0], ""],
    [0, 0, 0.0, 0.0, [1.0], [0.0], ["a"]],
    [0, 0, 0.0, 0.0, [1.0], [0.0]],
    # Integers that no float and no array holds.
    [10**400, 0, 0.0, 0.0, [1.0], [0.0], ""],
    [0, 10**400, 0.0, 0.0, [1.0], [0.0], ""],
    [0, 0, 10**400, 0.0, [1.0], [0.0], ""],
    [0, 0, 0.0, 0.0, [10**400], [0.0], ""],
    [0, 0, 0.0, 0.0, [1.0], [10**400], ""],
    b"[0, 0, 0.0, 0.0, [1" + b"0" * 10_000 + b'], [0.0], ""]',
    {"index": 0},
    None,
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_strangers_record_is_refused_and_does_nothing(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log"
    swept(path)
    header = path.read_bytes().split(b"\n")[0] + b"\n"
    path.write_bytes(header)
    record(path, content)
    record(path, [1, 0, 0.0, 0.0, [1.0], [0.0], ""])
    with pytest.raises(CheckpointError, match="damaged at line 2"):
        swept(path)
    assert sorted(os.listdir()) == ["log", "log.lock"]


@pytest.mark.parametrize(
    "header", [{"kind": "dmft sweep", "format": 10**400}, ["x"], 3, {"kind": "dmft sweep", "format": 2}]
)
def test_a_strangers_header_is_refused(tmp_path, header):
    record(tmp_path / "log", header)
    with pytest.raises(CheckpointError, match=r"not a checkpoint|other inputs|another version"):
        swept(tmp_path / "log")


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


def test_a_lock_left_behind_locks_nothing(tmp_path):
    path = tmp_path / "log"
    (tmp_path / "log.lock").write_text("process 1 on elsewhere\n")
    swept(path)
    assert (tmp_path / "log.lock").exists()
    swept(path)


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
    assert calls == []


def test_a_full_disk_is_said_before_the_sweep(tmp_path, monkeypatch):
    calls = []
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 100, 100))
    with pytest.raises(OSError, match=r"no room for the checkpoint .* 2700 bytes needed for 6 points, 100 bytes free"):
        swept(tmp_path / "log", solve=counting_solver(calls))
    assert calls == []


def test_a_disk_that_fills_up_does_not_end_the_sweep(tmp_path):
    """With a limit on the size of files in place of a full disk: the same error of the same call."""
    command = f"""
import sys, resource, signal, warnings
sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_checkpoint import swept, toys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    grid = swept({str(tmp_path / "log")!r}, over={{"x": range(1, 60)}})
assert [str(w.message) for w in caught if "takes no more" in str(w.message)], caught
assert (grid["area"].values == 0).all() and grid["area"].size == 59
"""
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    path = tmp_path / "log"
    assert path.read_bytes().endswith(b"\n")  # cut back to the last whole record
    swept(path, over={"x": range(1, 60)})


def test_a_log_takes_a_point_once(tmp_path):
    outcome = Outcome(1, 0, 0.5, (1.0,), (math.nan,))
    with Checkpoint(tmp_path / "log", {"a": 1}, n_points=3, n_observed=1) as log:
        log.add(outcome)
        log.add(outcome)
    with Checkpoint(tmp_path / "log", {"a": 1}, n_points=3, n_observed=1) as log:
        assert log.outcomes[1].residual == 0.5
    assert (tmp_path / "log").read_bytes().count(b"\n") == 2
