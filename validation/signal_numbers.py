"""The numbers of the theories of learning signals that networks show too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from dmft.numerics.value import Value


def alignment_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return angles and scales, layer by layer.

    Raises
    ------
    ValueError : for another network or rule; updates that are sums over several inputs.
    """
    plan = simulation.plan
    if (theory.network, theory.rule) != (plan.network, getattr(plan, "rule", None)):
        raise ValueError(
            f"theory and simulation must be of the same network and rule, got {theory.network!r}, {theory.rule!r} and "
            f"{plan.network!r}, {getattr(plan, 'rule', None)!r}"
        )
    if plan.batch != 1:
        raise ValueError(f"the theory is of updates of one sample, the simulation of batches of {plan.batch}")
    image = theory.settings.get("image")
    if image is not None and tuple(image) != plan.image:
        raise ValueError("theory and simulation must be of the same image: give both image=..")
    _refuse_silence(simulation)
    numbers: dict[str, float] = {}
    for name, values in (("angle", theory.angles), ("scale", theory.scale)):
        for layer, value in enumerate(values.tolist(), 1):
            if math.isfinite(value):
                numbers[f"{name}_{layer}"] = Value(value)
    return numbers


def kernel_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return the correlation of two inputs in each hidden layer.

    Raises
    ------
    ValueError : for another network, or other inputs.
    """
    plan = simulation.plan
    if (theory.network, theory.settings["correlation"]) != (plan.network, getattr(plan, "correlation", None)):
        raise ValueError("theory and simulation must be of the same network and correlation of inputs")
    _refuse_silence(simulation)
    return {f"correlation_{i}": Value(c) for i, c in enumerate(theory.correlations[1:].tolist(), 1)}


def _refuse_silence(simulation: Any) -> None:
    """Refuse networks in which some signal has no direction."""
    for size in simulation.sizes:
        lost = [name for name in simulation.variables if not np.all(np.isfinite(simulation.values(name, size)))]
        if lost:
            raise ValueError(
                f"{', '.join(lost)}: in some networks a layer has no signal at all, so no direction; take wider ones"
            )


def online_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return error, alignment and mean student overlap at the times of a simulation.

    Raises
    ------
    ValueError : for another student, rule, rate or label noise; a theory that did not come as far.
    """
    plan = simulation.plan
    theirs = (theory.network, theory.rule, theory.settings["rate"], theory.settings["label_noise"])
    if theirs != (plan.network, getattr(plan, "rule", None), plan.rate, plan.label_noise):
        raise ValueError("theory and simulation must be of the same student, rule, rate and label noise")
    if not (plan.times[-1] <= theory.times[-1] * (1.0 + 1e-12) and np.all(np.isfinite(theory.error))):
        raise ValueError(f"theory must come to the time {plan.times[-1]:g}: {theory.convergence.message}")
    courses = {
        "error": theory.error,
        "alignment": theory.alignment,
        "student_size": np.trace(theory.student_overlaps, axis1=1, axis2=2) / theory.readouts.shape[1],
    }
    if np.all(np.isnan(theory.feedback)):
        del courses["alignment"]  # of the read-out with itself
    numbers: dict[str, float] = {}
    for name, course in courses.items():
        for time in plan.times:
            value = float(PchipInterpolator(theory.times, course)(time))
            between = abs(value - float(np.interp(time, theory.times, course)))
            largest = theory.unit if name == "error" else float(np.max(np.abs(course)))
            bound = between + theory.convergence.error * largest
            numbers[f"{name}[{time:.12g}]"] = Value(value, numerical_error=bound)
    return numbers
