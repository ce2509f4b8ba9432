"""Killed in the middle and started again, a sweep gives the uninterrupted result, bit for bit."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from interrupted_sweep import sweep
from log_rows import finished_rows

HERE = Path(__file__).parent
N_POINTS = 300


def kill_at(target, log, continuation, executor):
    """Start the sweep in a process of its own, and kill it as soon as so many points stand in the log."""
    script = log.with_suffix(".py")
    script.write_text(  # the sweep is imported by name, so that its functions are the same as here
        f"import sys\nsys.path.insert(0, {str(HERE)!r})\nfrom interrupted_sweep import sweep\n"
        f"if __name__ == '__main__':\n    sweep({str(log)!r}, {continuation!r}, {executor})\n"
    )
    run = subprocess.Popen([sys.executable, str(script)])
    while len(finished_rows(log)) < target and run.poll() is None:
        time.sleep(0.001)
    run.kill()
    run.wait()
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


def test_killed_ten_times(tmp_path, alone):
    targets = sorted(int(n) for n in np.random.default_rng(7).integers(1, N_POINTS - 40, 10))
    check(alone, tmp_path / "log", targets)


def test_killed_with_worker_processes(tmp_path, alone):
    check(alone, tmp_path / "log", [1], executor=2)


def test_killed_within_chains_of_warm_starts(tmp_path):
    target = int(np.random.default_rng(9).integers(1, 2 * N_POINTS - 80))
    check(sweep(None, "both", None), tmp_path / "log", [target], continuation="both")
