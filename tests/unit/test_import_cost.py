"""`import dmft` is cheap: it loads none of the heavy libraries."""

import json
import subprocess
import sys

HEAVY = ("numba", "scipy.stats", "xarray", "matplotlib", "sympy", "mpmath", "scipy", "pandas")

SCRIPT = """
import json, sys
before = set(sys.modules)
import dmft
print(json.dumps(sorted(set(sys.modules) - before)))
"""

COST = """
import os, time
begin = os.times()
import dmft
end = os.times()
print(end.user - begin.user + end.system - begin.system)
"""


def printed(script):
    return json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


def test_nothing_heavy_is_loaded():
    assert [name for name in printed(SCRIPT) if name.startswith(HEAVY)] == []


def test_a_network_can_be_stated_without_the_heavy_libraries():
    script = SCRIPT.replace("import dmft\n", "import dmft\ndmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.0))\n")
    assert [name for name in printed(script) if name.startswith(HEAVY)] == []


def test_cpu_time_of_the_import():
    # CPU seconds beyond bare Python, the best of five: 10 ms granular, and no matter of how busy the machine is.
    assert min(printed(COST) for _ in range(5)) < 0.2


def test_every_public_name_is_there():
    import dmft

    for name in dmft.__all__:
        assert getattr(dmft, name) is not None
