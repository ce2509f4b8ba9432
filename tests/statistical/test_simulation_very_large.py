"""A hundred thousand neurons for a hundred tau, without a matrix: memory, and the state it arrives at."""

import json
import subprocess
import sys

import pytest

import dmft

PROGRAM = """
import json, resource, dmft, validation
s = validation.simulate(dmft.RandomNetwork(g=2.0), 100_000, n_realizations=1, duration=60.0, burn_in=40.0,
                        couplings="revealed", seed=1)
peak = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([float(s.mean("corr_phi", 100_000)[0]), 1024 * peak.ru_maxrss, peak.ru_utime + peak.ru_stime]))
"""


@pytest.mark.long
def test_a_hundred_thousand_neurons_in_little_memory():
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=900)
    corr_phi, memory, seconds = json.loads(done.stdout)
    assert memory < 2e9, f"{memory:.3g} bytes; 12e9 were asked for, the explicit couplings take 40e9"
    # One network, 60 tau: between networks of N the value scatters like 0.25/sqrt(N) (0.8 % at N = 1000), 60 tau < 100.
    exact = dmft.solve_stationary(dmft.RandomNetwork(g=2.0)).corr_phi[0]
    assert corr_phi == pytest.approx(exact, rel=0.01), f"in {seconds:.0f} s of CPU time"
