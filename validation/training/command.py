"""What `dmft-validate train` does: a task and a rule by their names, and the file of the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dmft.models.named import BalancedNetwork, RandomNetwork
from dmft.models.nonlinearity import Tanh
from validation.training.recurrent import train_recurrent
from validation.training.tasks import FrequencyModulated, Oscillation, Sawtooth, SumOfSines, Task
from validation.training.timing_tasks import Integrator, ReadySetGo
from validation.training.trained import TrainedNetwork
from validation.training.trainers import BalancedTargets, Force, FullForce

_TASKS: dict[str, type[Task]] = {
    "oscillation": Oscillation,
    "frequency-modulated": FrequencyModulated,
    "sum-of-sines": SumOfSines,
    "sawtooth": Sawtooth,
    "ready-set-go": ReadySetGo,
    "integrator": Integrator,
}
_RULES = {"full-force": FullForce, "force": Force}
_STRONG = {"dale": 3.0, "dale-spiking": 4.0}  # target amplitude under Dale's law, where the balance has to be overcome


def trained_by(
    task: str,
    rule: str,
    size: int,
    g: float,
    amplitude: float | None,
    noise: float,
    trials: int | None,
    seed: int,
    *,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> TrainedNetwork:
    """Return a network trained by a rule; FORCE hears no hint.

    Raises
    ------
    ValueError, TypeError, SimulationError, CheckpointError, OSError : of the trainers.
    """
    of_task = ReadySetGo(hint=False) if (task, rule) == ("ready-set-go", "force") else _TASKS[task]()
    settings: dict[str, Any] = {"size": size, "seed": seed, "checkpoint": checkpoint, "progress": progress}
    if trials is not None:
        settings["trials"] = trials
    if rule in _STRONG:
        strength = _STRONG[rule] if amplitude is None else amplitude
        generator, spiking = BalancedNetwork(g=g, size=size), rule == "dale-spiking"
        trainer = BalancedTargets(generator, of_task, target_amplitude=strength, noise=noise, spiking=spiking)
        return train_recurrent(trainer, **settings)
    strength = 1.0 if amplitude is None else amplitude
    forced = _RULES[rule](RandomNetwork(g=g, nonlinearity=Tanh()), of_task, target_amplitude=strength, noise=noise)
    return train_recurrent(forced, **settings)


def written(trained: TrainedNetwork, path: Path) -> None:
    """Write weights, state and errors as arrays, the file whole or not at all."""
    beside = path.with_name(path.name + ".part")
    names = ("couplings", "readout", "input_weights", "bias", "start", "history")
    with beside.open("wb") as file:
        np.savez(file, **{name: getattr(trained, name) for name in names}, test_errors=trained.test.errors)
    beside.replace(path)
