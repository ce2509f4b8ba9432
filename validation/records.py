"""Simulations in files: the experiment as JSON, the results as arrays, the seed of every realization."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dmft.storage.files import write_whole
from validation.ensemble import RealizationSeed
from validation.gated.plan import GatedPlan
from validation.layered.plan import LayeredPlan
from validation.manifolds.plan import ManifoldPlan
from validation.online.plan import OnlinePlan
from validation.packing import damage_named, packed, unpacked
from validation.perceptrons.plan import PerceptronPlan
from validation.plan import Plan
from validation.simulation import Simulation, SizeResult

# By the type of the statement; networks have `Plan`.
_PLANS: dict[str, Any] = {
    "Perceptron": PerceptronPlan,
    "GatedLinear": GatedPlan,
    "LinearConvolution": GatedPlan,
    "LayeredNetwork": LayeredPlan,
    "TeacherStudent": OnlinePlan,
} | dict.fromkeys(("Ball", "Ellipsoid", "PointCloud", "Manifolds"), ManifoldPlan)


def save(simulation: Simulation, path: str | os.PathLike[str]) -> None:
    """Write a simulation to a file, whole or not at all.

    Raises
    ------
    TypeError : if the network holds a user's own function, which has no description that could be read back.
    OSError : if the file cannot be written.
    """
    header = {
        "plan": simulation.plan.to_mapping(),
        "seeds": [[r.size, [[s.entropy, list(s.spawn_key)] for s in r.seeds]] for r in simulation.results],
    }
    arrays = {f"{r.size}/{name}": values for r in simulation.results for name, values in r.values.items()}
    write_whole(path, packed(header, arrays))


def load(path: str | os.PathLike[str]) -> Simulation:
    """Return the simulation that `save` wrote.

    Raises
    ------
    OSError : if there is no such file.
    SimulationError : if it is not a simulation, or damaged.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    header, arrays = unpacked(Path(path).read_bytes(), path)
    results = []
    with damage_named(path):
        for size, seeds in header["seeds"]:
            prefix = f"{size}/"
            values = {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
            for array in values.values():
                array.flags.writeable = False
            results.append(SizeResult(size, tuple(RealizationSeed(e, tuple(key)) for e, key in seeds), values))
        plan = header["plan"]
        kind: Any = _PLANS.get(plan["network"]["type"], Plan)
        return Simulation(kind.from_mapping(plan), tuple(results))
