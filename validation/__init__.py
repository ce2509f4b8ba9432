"""Networks of finite size: simulate the question that a theory answers, estimate, compare.

The simulators share the statement of the physics with `dmft` and none of the answer::

    sim = validation.simulate(net, sizes=[500, 1000, 2000], n_realizations=16, seed=1)
    print(validation.compare(dmft.solve_stationary(net), sim))
"""

from __future__ import annotations

import importlib
from typing import Any

# Public name -> module that defines it. Loaded on first use (PEP 562), as in dmft.
_HOMES = {
    "simulate": "running",
    "Simulation": "simulation",
    "recorded": "recorded",
    "memory_network": "perceptrons.memory",
    "MemoryNetwork": "perceptrons.memory",
    "Recall": "perceptrons.memory",
    "train": "training",
    "TrainedPerceptron": "perceptrons.learning",
    "TrainedGated": "gated.trained",
    "TrainedConvolution": "gated.convolution",
    "digits": "gated.digits",
    "ten_digits": "gated.digits",
    "Training": "layered.training",
    "Momentum": "layered.optimisers",
    "Adam": "layered.optimisers",
    "Manhattan": "layered.optimisers",
    "FullForce": "training.trainers",
    "Force": "training.trainers",
    "BalancedTargets": "training.trainers",
    "IntegrateAndFire": "training.integrate_and_fire",
    "Spikes": "training.spikes",
    "TrainedNetwork": "training.trained",
    "Performance": "training.trained",
    "Oscillation": "training.tasks",
    "FrequencyModulated": "training.tasks",
    "SumOfSines": "training.tasks",
    "Sawtooth": "training.tasks",
    "Signals": "training.signals",
    "Trial": "training.tasks",
    "ReadySetGo": "training.timing_tasks",
    "Integrator": "training.timing_tasks",
    "SimulationError": "errors",
    "Correlations": "estimators.correlation",
    "Lyapunov": "estimators.lyapunov",
    "Jacobian": "estimators.jacobian",
    "Dimension": "estimators.dimension",
    "OverPeriod": "estimators.period",
    "Survival": "estimators.survival",
    "Transient": "estimators.transient",
    "OrderParameters": "estimators.low_rank",
    "Outlier": "estimators.low_rank",
    "harmonic_dimension": "estimators.dimension",
    "lyapunov_spectrum": "spectrum",
    "LyapunovSpectrum": "spectrum",
    "Simulator": "simulators.simulator",
    "find_fixed_point": "simulators.plastic_fixed_points",
    "count_fixed_points": "simulators.plastic_fixed_points",
    "figure": "figures",
    "html": "notebook",
    "save": "records",
    "load": "records",
    "extrapolate": "finite_size",
    "LargeN": "finite_size",
    "half_load": "probit",
    "compare": "comparison",
    "Comparison": "comparison",
}

__all__ = [*sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'validation' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"validation.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
