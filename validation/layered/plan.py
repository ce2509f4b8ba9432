"""What `simulate` of a layered network is asked to do, and what it measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.serialization import network_from_mapping, network_to_mapping
from validation.ensemble import check_memory
from validation.finite_size_law import Law
from validation.layered.angles import angles_of
from validation.layered.drawing import drawn, drawn_above, weights_and_maps
from validation.layered.elementwise import softmax_error
from validation.layered.feedback import feedback_of
from validation.layered.units import Pass
from validation.static_plan import Measure, StaticPlan

# Relative deviations of mean angles, and of scales for each layer crossed, times the smallest width N: of 300 networks
# of 64 units a layer, at most 3.2(4) and 2.5(3) were seen (tests/statistical/test_learning_signals.py).
_ANGLE, _SCALE, _NEXT = 3.0, 3.0, 100.0
# Of correlations, absolute: at most 0.4(3).
_CORRELATION = 1.0


@dataclass(frozen=True, eq=True)
class Angles(Measure):
    """Angles and scales of the hidden layers at the initial weights.

    Attributes
    ----------
    layers : number of hidden layers.
    """

    layers: int

    word = "angles"
    needs_load = False

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions, unit)."""
        names = range(1, self.layers + 1)
        angles: dict[str, tuple[tuple[str, ...], str]] = {f"angle_{i}": ((), "degree") for i in names}
        return angles | {f"scale_{i}": ((), "1") for i in names}

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Return name -> number for one network, means over its samples."""
        weights, inputs, feedback = generator.spawn(3)
        units = drawn(plan.network, plan.inputs, plan.outputs, weights)
        fed = feedback_of(
            plan.rule,
            plan.network,
            units,
            lambda: drawn_above(plan.network, plan.inputs, plan.outputs, feedback),
            feedback,
        )
        true = feedback_of(plan.gradient, plan.network, units, list, feedback)
        found = []
        seen_by_all = None if plan.image is None else np.tile(np.array(plan.image), (plan.batch, 1))
        for _ in range(plan.samples):
            x = inputs.standard_normal((plan.batch, plan.inputs)) if plan.image is None else seen_by_all
            seen: Pass = units.forward(x)
            error = softmax_error(seen.logits, inputs.integers(plan.outputs, size=plan.batch))
            own, right = (units.gradients(seen, error, way.signals(units, seen, error))[0] for way in (fed, true))
            found.append(angles_of(own, right))
        angles, scales = (np.mean([pair[i] for pair in found], axis=0) for i in (0, 1))
        return {f"angle_{i}": float(a) for i, a in enumerate(angles, 1)} | {
            f"scale_{i}": float(s) for i, s in enumerate(scales, 1)
        }


@dataclass(frozen=True, eq=True)
class Correlations(Measure):
    """Correlation of two inputs in each hidden layer.

    Attributes
    ----------
    layers : number of hidden layers.
    """

    layers: int

    word = "correlations"
    needs_load = False

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions, unit)."""
        return {f"correlation_{i}": ((), "1") for i in range(1, self.layers + 1)}

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Return name -> number for one network, means over pairs of inputs."""
        units = drawn(plan.network, plan.inputs, plan.outputs, generator)
        found = []
        for _ in range(plan.samples):
            frame = np.linalg.qr(generator.standard_normal((plan.inputs, 2)))[0] * math.sqrt(plan.inputs)
            c = plan.correlation
            pair = np.stack([frame[:, 0], c * frame[:, 0] + math.sqrt(1.0 - c * c) * frame[:, 1]])
            rows = [h.reshape(2, -1) for h in units.forward(pair).activity[1:]]
            found.append([_cosine(a, b) for a, b in rows])
        return {f"correlation_{i}": float(v) for i, v in enumerate(np.mean(found, axis=0), 1)}


def _cosine(a: FloatArray, b: FloatArray) -> float:
    """Return the cosine of two vectors; nan where one is zero, of units that are all silent."""
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norms if norms > 0.0 else math.nan


@dataclass(frozen=True)
class LayeredPlan(StaticPlan):
    """How a realization is made.

    Attributes
    ----------
    rule, gradient : whose updates are compared; a rule of None: what becomes of a correlation.
    inputs, outputs : numbers of them; of vector units there are as many outputs as components.
    samples : inputs of each network that are averaged over.
    batch : inputs that an update is the sum of.
    correlation : of two inputs; None for angles.
    image : what all samples see; None for Gaussian inputs.
    """

    rule: Any
    gradient: Any
    inputs: int = 100
    outputs: int = 10
    samples: int = 4
    batch: int = 1
    correlation: float | None = None
    image: tuple[float, ...] | None = None

    def to_mapping(self) -> dict[str, Any]:
        """Return the experiment as what JSON can hold."""
        held = {name: getattr(self, name) for name in ("rule", "gradient")}
        rules = {name: None if rule is None else network_to_mapping(rule) for name, rule in held.items()}
        return super().to_mapping() | rules

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> LayeredPlan:
        """Return the experiment that `to_mapping` described."""
        fields = dict(mapping)
        for name in ("network", "rule", "gradient"):
            fields[name] = None if fields[name] is None else network_from_mapping(fields[name])
        fields["image"] = None if fields.get("image") is None else tuple(fields["image"])
        kind = Angles if fields.get("correlation") is None else Correlations
        fields["measures"] = (kind(fields["network"].depth),)
        return cls(**fields)

    def told(self) -> dict[str, Any]:
        """Return the settings, for the attributes of a dataset."""
        return {**super().told(), "rule": repr(self.rule), "gradient": repr(self.gradient)}

    @property
    def extent(self) -> str:
        """What of a network is measured."""
        return f"{self.samples} pairs of inputs" if self.rule is None else f"{self.samples} updates by {self.rule!r}"

    @property
    def sentence(self) -> str:
        """The settings in a line."""
        if self.rule is None:
            return f"pairs of inputs of correlation {self.correlation:g}, {self.inputs} components"
        seen = "inputs" if self.image is None else "pixels of one image"
        return (
            f"{self.rule!r} against the gradient; {self.inputs} {seen}, {self.outputs} outputs, batches of {self.batch}"
        )

    def law(self, quantity: str, simulation: Any) -> Law:
        """Return bounds on how far a mean angle or scale lies from that of wide layers, relative to it."""
        name, _, layer = quantity.partition("_")
        if name == "angle":
            return Law(_ANGLE, _NEXT)
        if name == "correlation":
            return Law(_CORRELATION, 0.0, unit=1.0)
        return Law(_SCALE * (self.network.depth - int(layer) + 1), _NEXT)

    def check_size(self, size: int, workers: int) -> None:
        """Refuse weights, or maps, that do not fit in memory."""
        weights, maps = weights_and_maps(self.network, self.inputs, self.outputs)
        check_memory(int(3 * 8 * (weights + maps * self.batch)), size, workers, "smaller widths")

    def seconds(self, size: int) -> float:
        """Return about how long a realization takes, from below, in seconds of one core."""
        weights, _ = weights_and_maps(self.network, self.inputs, self.outputs)
        places = self.inputs / 4.0 if self.network.convolutional else 1.0  # a fourth in each layer above the first
        return weights * (2e-8 + 1e-9 * places * (self.network.vector_units or 1) * self.samples * self.batch)
