"""Killed in the middle and started again, a sweep gives the uninterrupted result, bit for bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from interrupted_sweep import sweep
from log_rows import finished_rows

HERE = Path(__file__).parent
N_POINTS = 300


# The sweep is imported by name, so that its functions are the same as here. The kill comes from a thread of its own,
# which no load of the machine keeps from its turn: at any moment, in the middle of a write too.
SCRIPT = """
import os, sys, threading, time
sys.path.insert(0, {here!r})
from interrupted_sweep import sweep
from dmft.sweeps.log import Log

added, add = [], Log.add

def counted(self, key, content):
    add(self, key, content)
    added.append(key)

def kill():
    while len(added) < {more}:
        time.sleep(0.0005)
    os.kill(os.getpid(), 9)

if __name__ == "__main__":
    Log.add = counted
    threading.Thread(target=kill, daemon=True).start()
    sweep({log!r}, {continuation!r}, {executor!r})
"""


def kill_at(target, log, continuation, executor):
    """Run the sweep in a process of its own that is killed as soon as so many points stand in the log."""
    script = log.with_suffix(".py")
    settings = {"log": str(log), "continuation": continuation, "executor": executor, "here": str(HERE)}
    script.write_text(SCRIPT.format(more=target - len(finished_rows(log)), **settings))
    subprocess.run([sys.executable, str(script)])
    return len(finished_rows(log))


def check(expected, log, targets, continuation=None, executor=None):
    n_points = expected["status"].size
    counts = [kill_at(target, log, continuation, executor) for target in targets]
    assert 0 < max(counts) < n_points, f"no kill fell in the middle: {counts}"
    assert counts == sorted(counts)
    before = finished_rows(log)
    result = sweep(str(log), continuation, executor)
    assert sorted(path.name for path in log.parent.iterdir()) == ["log", "log.py"]
    rows = finished_rows(log)
    assert rows[: len(before)] == before  # nothing lost, nothing computed twice
    assert sorted(int(key) for _, key, _, _ in rows) == list(range(n_points))
    for name in ("state", "inverse", "residual"):
        np.testing.assert_array_equal(result[name].values.view(np.int64), expected[name].values.view(np.int64))
    assert result.identical(expected)


@pytest.fixture(scope="module")
def alone():
    grid = sweep(None, None, None)
    assert set(np.unique(grid["status"])) == {0, 2, 101}  # it has failures to keep
    return grid


@pytest.mark.parametrize("seed", range(7))
def test_killed_at_a_random_moment(tmp_path, alone, seed):
    target = int(np.random.default_rng(seed).integers(1, N_POINTS - 40))
    check(alone, tmp_path / "log", [target])


@pytest.mark.long
def test_killed_ten_times(tmp_path, alone):
    targets = sorted(int(n) for n in np.random.default_rng(7).integers(1, N_POINTS - 40, 10))
    check(alone, tmp_path / "log", targets)


@pytest.mark.long
def test_killed_with_worker_processes(tmp_path, alone):
    check(alone, tmp_path / "log", [1], executor=2)


@pytest.mark.long
def test_killed_within_chains_of_warm_starts(tmp_path):
    target = int(np.random.default_rng(9).integers(1, 2 * N_POINTS - 80))
    check(sweep(None, "both", None), tmp_path / "log", [target], continuation="both")
