"""What `simulate` of a teacher and a student is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.serialization import network_from_mapping, network_to_mapping
from validation.ensemble import check_memory
from validation.finite_size_law import Law
from validation.notation import split_name
from validation.online.stepping import Student
from validation.static_plan import Measure, StaticPlan

# Deviations of means from the limit of many dimensions, relative to the largest size, times D: of 60 students in 50 and
# 100 dimensions at most 1.2(3), and of the alignment 2.3(11) (tests/statistical/test_online_students.py).
_FIRST, _SECOND = 4.0, 25.0


@dataclass(frozen=True)
class Course(Measure):
    """Error, alignment and mean student overlap at some times.

    Attributes
    ----------
    times : steps per dimension.
    """

    times: tuple[float, ...]

    word = "course"
    needs_load = False

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions, unit)."""
        return {name: (("time",), "1") for name in ("error", "alignment", "student_size")}

    def coordinates(self, _: Any) -> dict[str, NDArray[np.float64]]:
        """Return the times."""
        return {"time": np.array(self.times)}

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, Any]:
        """Return name -> values along time for one student."""
        student = Student(plan.network, plan.rule, plan.rate, plan.label_noise, size, generator)
        rows = []
        for time in self.times:
            student.run(round(time * size) - student.step)
            rows.append(student.measured())
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@dataclass(frozen=True)
class OnlinePlan(StaticPlan):
    """How a realization is made.

    Attributes
    ----------
    rule, rate, label_noise : how it learns.
    times : when it is looked at, steps per dimension.
    """

    rule: Any
    rate: float
    label_noise: float
    times: tuple[float, ...]

    def to_mapping(self) -> dict[str, Any]:
        """Return the experiment as what JSON can hold."""
        return super().to_mapping() | {"rule": network_to_mapping(self.rule), "times": list(self.times)}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> OnlinePlan:
        """Return the experiment that `to_mapping` described."""
        fields = dict(mapping)
        fields["network"], fields["rule"] = (
            network_from_mapping(fields["network"]),
            network_from_mapping(fields["rule"]),
        )
        fields["times"] = tuple(fields["times"])
        fields["measures"] = (Course(fields["times"]),)
        return cls(**fields)

    def told(self) -> dict[str, Any]:
        """Return the settings, for the attributes of a dataset."""
        return {**super().told(), "rule": repr(self.rule), "times": list(self.times)}

    @property
    def duration(self) -> float:
        """Time at the end."""
        return self.times[-1]

    @property
    def extent(self) -> str:
        """How long a student learns."""
        return f"N dimensions, {self.duration:g} N examples"

    @property
    def sentence(self) -> str:
        """The settings in a line."""
        return f"{self.rule!r}, rate {self.rate:g}, label noise {self.label_noise:g}, {self.duration:g} N examples"

    def law(self, quantity: str, simulation: Any) -> Law:
        """Return bounds on how far the mean of students of D dimensions lies from the limit.

        At the end of a plateau students leave it one by one, at times that differ: how much a quantity moves meanwhile
        is added, as the scatter between students shows it.
        """
        name, time = split_name(quantity)
        size = simulation.sizes[-1]
        values = np.asarray(simulation.values(name, size))
        at = int(np.argmin(np.abs(np.array(self.times) - (self.times[-1] if time is None else time))))
        largest = float(np.max(np.abs(np.mean(values, axis=0)))) or 1.0
        scatter = float(np.std(values[:, at])) / largest
        return Law(_FIRST, _FIRST * _SECOND, constant=scatter**2)

    def check_size(self, size: int, workers: int) -> None:
        """Refuse weights that do not fit in memory."""
        units = sum(self.network.units)
        check_memory(8 * (3 * units * size + 500_000 + size + 200_000 * units), size, workers, "smaller sizes")

    def seconds(self, size: int) -> float:
        """Return about how long a realization takes, from below, in seconds of one core."""
        units = sum(self.network.units)
        return float(self.duration * size * size * (5e-9 + 1e-9 * units))
