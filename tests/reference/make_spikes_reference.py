"""Makes spikes_reference.json: integrate-and-fire units with slow and fast synapses, run by Brian2.

    tau V' = -V + J s + F f + e(t), tau = .2;  s' = -s, f' = -f/.04

A spike adds 1 to s and 25 to f of its unit, and holds V at -1 for .04.

32 units excite and 8 inhibit; e has a constant and a sine of a phase of its own for each unit, held for .1 at a time.
Brian2 integrates the linear equations exactly between the points of its grid, on which spikes lie, by code of its own.
* "grid": steps of .01, refractory as many steps as the package counts: every spike of 20 tau, and V at two times.
* "fine": steps of .0025 and Brian2's own count: spikes of the first .8 tau, rates and a standard error (of batches)
  over 300 tau. Where spikes decorrelate the two grids part; averages stay.

Brian2 2.9 needs numpy below 2.4, so it is no requirement of the tests.

Run: python tests/reference/make_spikes_reference.py [--quick: 20 tau for rates; writes no file] (three minutes)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

TARGET = Path(__file__).with_name("spikes_reference.json")
UNITS = {"tau": 0.2, "slow": 1.0, "fast": 0.04, "refractory": 0.04, "reset": 1.0}
N, HELD, STEP, FINE = 40, 0.1, 0.01, 0.0025
EARLY, WHOLE, LONG, BATCHES = 0.8, 20.0, 300.0, 20


def network(seed=7):
    """Return J, F and V at the start: signs by column, a fifth of the units inhibit and are five times as strong."""
    rng = np.random.default_rng(seed)
    signs = np.where(np.arange(N) < 32, 1.0, -5.0)
    slow = 0.5 / np.sqrt(N) * np.abs(rng.standard_normal((N, N))) * signs
    fast = 0.4 / np.sqrt(N) * np.abs(rng.standard_normal((N, N))) * signs
    return slow, fast, -rng.random(N)


def currents(duration):
    """Return e of each stretch of HELD, shape (n, N)."""
    times = HELD * np.arange(round(duration / HELD))
    return 1.0 + 1.0 * np.sin(2.0 * np.pi * (0.15 * times[:, None] + np.arange(N) / N))


def brian(slow, fast, start, currents, *, step, refractory, units=UNITS, held=HELD, seen=()):
    """Return times and units of all spikes, and V at the beginning of stretches `seen`, by Brian2.

    Parameters
    ----------
    slow, fast : J and F, shape (N, N), rows are targets.
    start : V, s, f, shape (3, N).
    currents : e of each stretch of length `held`, shape (n, N).
    step, refractory : of the grid; time after a spike for which V stays, in Brian2's count.
    """
    import brian2 as b

    b.start_scope()
    b.defaultclock.dt = step * b.second
    times = {"membrane": units["tau"], "slowly": units["slow"], "fastly": units["fast"]}
    names = {name: time * b.second for name, time in times.items()}
    n = len(slow)
    group = b.NeuronGroup(
        n,
        """dv/dt = (-v + x + y + heard)/membrane : 1 (unless refractory)
        dx/dt = -x/slowly : 1
        dy/dt = -y/fastly : 1
        heard : 1""",
        threshold="v >= 0",
        reset="v = below",
        refractory=refractory * b.second,
        method="exact",
        namespace=names | {"below": -units["reset"], "given": b.TimedArray(currents, dt=held * b.second)},
    )
    group.v, group.x, group.y = start[0], slow @ start[1], fast @ start[2]
    group.run_regularly("heard = given(t, i)", dt=held * b.second, when="start")
    synapses = b.Synapses(group, group, "a : 1\nc : 1", on_pre="x_post += a\ny_post += c")
    synapses.connect()
    which = np.array(synapses.j), np.array(synapses.i)  # to, from
    synapses.a, synapses.c = slow[which] / units["slow"], fast[which] / units["fast"]
    spikes, voltages = b.SpikeMonitor(group), b.StateMonitor(group, "v", record=True, dt=held * b.second, when="start")
    b.Network(group, synapses, spikes, voltages).run(len(currents) * held * b.second)
    return np.array(spikes.t / b.second), np.array(spikes.i), np.array(voltages.v).T[list(seen)]


def main():
    """Run both grids and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    slow, fast, v = network()
    start = np.vstack([v, np.zeros((2, N))])
    # The package holds V for `refractory` after the step of the spike; Brian2 counts that step as the first.
    coarse = UNITS["refractory"] + STEP
    ends = (8, round(WHOLE / HELD) - 1)
    t, unit, voltages = brian(slow, fast, start, currents(WHOLE), step=STEP, refractory=coarse, seen=ends)
    grid = {
        "steps": np.rint(t / STEP).astype(int).tolist(),
        "units": unit.tolist(),
        "ends": ends,
        "voltages": np.round(voltages, 13).tolist(),
    }
    long = WHOLE if quick else LONG
    t, unit, _ = brian(slow, fast, start, currents(long), step=FINE, refractory=UNITS["refractory"])
    early = t < EARLY
    parts = np.array([np.sum((t >= a) & (t < a + long / BATCHES)) for a in long / BATCHES * np.arange(BATCHES)])
    rates = np.bincount(unit, minlength=N) / long
    fine = {
        "times": np.round(t[early], 6).tolist(),
        "units": unit[early].tolist(),
        "duration": long,
        "rates": rates.tolist(),
        "mean_rate": len(t) / long / N,
        "error": float(np.std(parts, ddof=1) / np.sqrt(BATCHES) / (long / BATCHES) / N),
    }
    print(f"{len(grid['steps'])} spikes on the grid; mean rate {fine['mean_rate']:.4f}({fine['error']:.4f})")
    if not quick:
        TARGET.write_text(json.dumps({"grid": grid, "fine": fine}) + "\n")


if __name__ == "__main__":
    main()
