"""Simulations and comparisons in files: the experiment as JSON, results as arrays, the seed of every realization."""

from __future__ import annotations

import os
from typing import Any

from dmft.storage.files import path_of, write_whole
from validation.comparison import Comparison
from validation.comparison_records import comparison_from_mapping, comparison_to_mapping
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


def save(result: Simulation | Comparison, path: str | os.PathLike[str]) -> None:
    """Write a simulation, or a comparison with its simulation, to a file, whole or not at all.

    Raises
    ------
    TypeError : for anything else; if the network holds a user's own function, which has no description that could be
        read back.
    OSError : if the file cannot be written.
    """
    if isinstance(result, Comparison):
        header, arrays = _held(result.simulation)
        write_whole(path, packed({**header, "comparison": comparison_to_mapping(result)}, arrays))
    elif isinstance(result, Simulation):
        write_whole(path, packed(*_held(result)))
    else:
        raise TypeError(f"save takes a Simulation or a Comparison, got {type(result).__name__}")


def _held(simulation: Simulation) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the arrays of a simulation."""
    header = {
        "plan": simulation.plan.to_mapping(),
        "seeds": [[r.size, [[s.entropy, list(s.spawn_key)] for s in r.seeds]] for r in simulation.results],
    }
    arrays = {f"{r.size}/{name}": values for r in simulation.results for name, values in r.values.items()}
    return header, arrays


def load(path: str | os.PathLike[str]) -> Simulation | Comparison:
    """Return what `save` wrote; the theory of a comparison comes back as its numbers.

    Raises
    ------
    OSError : if there is no such file.
    SimulationError : if it is not a simulation, or damaged.
    """
    source = path_of(path)
    if not source.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    header, arrays = unpacked(source.read_bytes(), path)
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
        simulation = Simulation(kind.from_mapping(plan), tuple(results))
        told = header.get("comparison")
        return simulation if told is None else comparison_from_mapping(told, simulation)
