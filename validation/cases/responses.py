"""Responses of one random network to several inputs, trial by trial: the manifolds that a read-out would see."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from validation.cases.section import STEP
from validation.simulators.simulator import Simulator


def response_clouds(
    network: Any, size: int, *, classes: int, trials: int, duration: float, seed: int
) -> dmft.Manifolds:
    """Return the rates at one moment, of all trials of every class, in a network of N units.

    Parameters
    ----------
    network : driven by a sinusoid of random phases: each class has phases of its own, and all have the same couplings.
    size : N.
    classes, trials : how many inputs, and initial states (and noises) of each.
    duration : time before the rates are read, in units of tau.
    seed : of couplings, phases and initial states.
    """
    return dmft.Manifolds(
        tuple(
            dmft.PointCloud(_rates(network, size, trials, duration, np.random.SeedSequence([seed, size]), index))
            for index in range(classes)
        )
    )


def _rates(
    network: Any, size: int, trials: int, duration: float, seed: np.random.SeedSequence, index: int
) -> FloatArray:
    couplings = np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(0,)))
    own = [np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(1 + index, k))) for k in range(3)]
    simulator = Simulator(network, size, dt=STEP, dtype=np.float32, n_states=trials, generators=[couplings, *own])
    for _ in range(round(duration / STEP)):
        simulator.step()
    return np.asarray(simulator.rates.T, dtype=float)
