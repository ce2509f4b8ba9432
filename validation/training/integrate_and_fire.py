"""Leaky integrate-and-fire units with slow and fast synapses: what a spiking student is made of, and its steps.

    tau V_i' = -V_i + x_i,   x_i = sum_j J_ij s_j + sum_j F_ij f_j + e_i

A spike at V = 0 puts V to -reset, where it stays for the refractory time. s and f are the spike trains through slow and
fast synapses, s' = -s/slow + (spikes)/slow, f' = -f/fast + (spikes)/fast, so that both have the mean of the rate. J is
trained; F is drawn and stays, under Dale's law, with rows that sum to zero on average: a noise that the network makes
itself. Currents that are constant for a step, V, s and f are integrated exactly between spikes, spikes lie on a grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray, IntArray
from dmft.compiled import compiled
from dmft.cost import check_cost
from dmft.models.checks import counted, non_negative, positive
from dmft.models.quantities import Quantities, within

_compiled = compiled(nogil=True, error_model="numpy")


@dataclass(frozen=True)
class IntegrateAndFire(Quantities):
    """Constants of spiking units; times are in units of the generator's tau.

    Parameters
    ----------
    tau : of the membrane, > 0.
    slow, fast : time constants of the synapses, > 0.
    refractory : time without spikes after one, >= 0; the grid rounds it.
    reset : how far below the threshold, which is at zero, a spike puts V, > 0.
    strength : sd of sqrt(N) F_ij of the fast synapses, >= 0, of a network of as many units of either sign.
    steps : of the grid of spikes in a step dt of the trainer. A spike waits for the next place, which makes rates a
        little lower; with 20 places what was learned holds on finer grids, with 10 errors are up to four times larger
        there.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    tau: float = field(default=0.2, metadata=within(positive, "time constant of the membrane", "tau"))
    slow: float = field(default=1.0, metadata=within(positive, "time constant of the slow synapses", "tau"))
    fast: float = field(default=0.04, metadata=within(positive, "time constant of the fast synapses", "tau"))
    refractory: float = field(default=0.04, metadata=within(non_negative, "time without spikes after one", "tau"))
    reset: float = field(default=1.0, metadata=within(positive, "how far below the threshold a spike ends"))
    strength: float = field(default=0.3, metadata=within(non_negative, "sd of sqrt(N) times a fast coupling"))
    steps: int = field(default=20, metadata=within(counted, "places of spikes in a step of the trainer"))

    def check_step(self, dt: float) -> None:
        """Refuse a grid of spikes that is coarser than what it is to resolve.

        Raises
        ------
        ValueError : with the remedy.
        """
        least = min(self.tau, self.slow, self.fast)
        if not dt / self.steps < least:
            raise ValueError(
                f"steps must put more than {dt / least:.3g} spikes' places in dt = {dt:g}, got {self.steps}"
            )

    def rate(self, current: float) -> float:
        """Return the rate under a constant current, 1/(refractory + tau log((x + reset)/x)); 0 for x <= 0."""
        if current <= 0.0:
            return 0.0
        return 1.0 / (self.refractory + self.tau * math.log1p(self.reset / current))

    def fast_couplings(self, signs: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw F, shape (N, N), with the sign of each column; the rarer sign is the stronger, so that rows cancel."""
        n = len(signs)
        drawn = np.abs(rng.standard_normal((n, n))) * signs
        exciting = float(np.mean(signs > 0.0))
        if 0.0 < exciting < 1.0:
            drawn *= np.where(signs > 0.0, math.sqrt((1.0 - exciting) / exciting), math.sqrt(exciting / (1 - exciting)))
        np.fill_diagonal(drawn, 0.0)
        return np.asarray(self.strength / math.sqrt(n) * drawn)


@dataclass(frozen=True, eq=False)
class Spoken:
    """What spiking units did in a trial.

    Attributes
    ----------
    state : at the end, rows V, s, f and the refractory steps that are left, shape (4, N).
    rates : s at the beginning of each step, shape (n_step, N).
    times, units : of all spikes, in the order of time; times from the beginning of the trial, in units of tau.
    """

    state: FloatArray = field(repr=False)
    rates: FloatArray = field(repr=False)
    times: FloatArray = field(repr=False)
    units: IntArray = field(repr=False)


def fire(
    units: IntegrateAndFire,
    couplings: FloatArray | None,
    fast: FloatArray,
    state: FloatArray,
    currents: FloatArray,
    dt: float,
) -> Spoken:
    """Run spiking units for as many steps as there are currents.

    Parameters
    ----------
    units : their constants.
    couplings : J, shape (N, N); None: none.
    fast : F, shape (N, N).
    state : to begin with, shape (4, N).
    currents : e, constant during each step, shape (n_step, N).
    dt : length of a step.

    Raises
    ------
    TooCostlyError : a ValueError, for more spikes than memory holds.

    Accuracy
    --------
    Intervals under constant currents to a step of the grid; synapses exactly: tests/limits/test_integrate_and_fire.py.
    Every spike of a network that Brian2 runs on the same grid: tests/reference/test_spikes_reference.py.

    Cost
    ----
    2 N operations a spike, and about 10 N a step of the grid.
    """
    h = dt / units.steps
    slow_columns = np.zeros((0, 0)) if couplings is None else np.ascontiguousarray(couplings.T)
    state = state.copy()
    rates = np.empty_like(currents)
    pauses = round(units.refractory / h)
    most = len(currents) * units.steps * currents.shape[1] // (pauses + 1) + currents.shape[1]
    check_cost(f"room for {most:.3g} spikes", memory=16.0 * most, remedy="take a shorter trial, or fewer steps")
    places, which = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    count = _fire(
        slow_columns,
        np.ascontiguousarray(fast.T),
        state,
        np.ascontiguousarray(currents),
        rates,
        (math.exp(-h / units.tau), math.exp(-h / units.slow), math.exp(-h / units.fast)),
        (_passed(units.tau, units.slow, h), _passed(units.tau, units.fast, h)),
        (1.0 / units.slow, 1.0 / units.fast),
        units.reset,
        pauses,
        units.steps,
        places,
        which,
    )
    return Spoken(state, rates, (places[:count] + 1) * h, which[:count].copy())


def _passed(tau: float, synapse: float, h: float) -> float:
    """Return what V gains in a step from a current exp(-t/synapse): the integral of exp(-(h-t)/tau)/tau of it."""
    if abs(synapse - tau) < 1e-9 * tau:
        return h / tau * math.exp(-h / tau)
    return synapse / (synapse - tau) * (math.exp(-h / synapse) - math.exp(-h / tau))


@_compiled
def _fire(
    slow_columns: Any,
    fast_columns: Any,
    state: Any,
    currents: Any,
    rates: Any,
    keep: Any,
    passed: Any,
    jumps: Any,
    reset: Any,
    pauses: Any,
    steps: Any,
    places: Any,
    which: Any,
) -> Any:
    n = currents.shape[1]
    v, s, f, left = state[0], state[1], state[2], state[3]
    kept, slowly, fastly = keep
    coupled = len(slow_columns) > 0
    # J s and F f decay as s and f do, so that only spikes cost a product.
    slow_current, fast_current = np.zeros(n), np.zeros(n)
    for j in range(n):
        if coupled:
            for i in range(n):
                slow_current[i] += slow_columns[j, i] * s[j]
        for i in range(n):
            fast_current[i] += fast_columns[j, i] * f[j]
    spiking = np.empty(n, dtype=np.int64)
    count = 0
    for k in range(len(currents)):
        rates[k] = s
        for step in range(steps):
            fired = 0
            for i in range(n):
                if left[i] > 0.0:
                    left[i] -= 1.0
                else:
                    v[i] = (
                        kept * v[i]
                        + (1.0 - kept) * currents[k, i]
                        + passed[0] * slow_current[i]
                        + passed[1] * fast_current[i]
                    )
                    if v[i] >= 0.0:
                        v[i] = -reset
                        left[i] = pauses
                        spiking[fired] = i
                        fired += 1
                slow_current[i] *= slowly
                fast_current[i] *= fastly
                s[i] *= slowly
                f[i] *= fastly
            for a in range(fired):
                j = spiking[a]
                s[j] += jumps[0]
                f[j] += jumps[1]
                if coupled:
                    column = slow_columns[j]
                    for i in range(n):
                        slow_current[i] += jumps[0] * column[i]
                column = fast_columns[j]
                for i in range(n):
                    fast_current[i] += jumps[1] * column[i]
                places[count] = k * steps + step
                which[count] = j
                count += 1
    return count
