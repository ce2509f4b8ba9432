"""Compiled code is kept between processes, and made anew when anything that it is made of has changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALLER = """
from dmft.compiled import compiled
from pkg.callee import callee
from pkg.numbers import OFFSET

@compiled()
def caller(x):
    return callee(x) + OFFSET
"""
CALLEE = """
from dmft.compiled import compiled

@compiled()
def callee(x):
    return {factor} * x
"""
ASK = "from pkg.caller import caller; print(caller(5), sum(caller.stats.cache_hits.values()))"


@pytest.fixture
def ask(tmp_path: Path):
    package = tmp_path / "pkg"
    package.mkdir()

    def asked(**texts: str) -> list[int]:
        """Write modules of the package, and return what a new process gets, and how often it took code from disk."""
        for name, text in texts.items():
            (package / f"{name}.py").write_text(text)
        path = os.pathsep.join([str(tmp_path), *sys.path])
        environment = {**os.environ, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        run = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
        return [int(number) for number in run.stdout.split()]

    return asked


@pytest.mark.long
def test_code_is_kept_until_a_callee_or_a_constant_in_another_module_changes(ask) -> None:
    first = {"__init__": "", "caller": CALLER, "callee": CALLEE.format(factor=2), "numbers": "OFFSET = 1\n"}
    assert ask(**first) == [11, 0]
    assert ask() == [11, 1]
    assert ask(callee=CALLEE.format(factor=3)) == [16, 0]
    assert ask(numbers="OFFSET = 7\n") == [22, 0]
    assert ask() == [22, 1]
