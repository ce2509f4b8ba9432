"""What `simulate` of a gated network is asked to do, and what it measures."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.models.serialization import network_from_mapping, network_to_mapping
from validation.finite_size_law import Law
from validation.gated.descent import Descent
from validation.gated.price import check_descent, descent_seconds

# What is left at T is at most so many times what the second half of the way changed: a 1/T would leave 1.
_LEFT = 3.0
# Units that are to be silent leave at a rate that vanishes with their distance from the border: values of networks
# whose units have gates of their own were up to 15 % high after 1e4 to 6e5 steps, whatever the last half changed.
_LINGERING = 0.15


@dataclass(frozen=True, eq=False)
class Data:
    """A training set, a test set, and labels that others give to the test set.

    Attributes
    ----------
    inputs, labels : training set.
    test_inputs, test_labels : test set; None for none.
    beside : name -> signs at the test inputs, such as those of a theory.
    contexts, test_contexts : where they come with the inputs.
    """

    inputs: FloatArray = field(repr=False)
    labels: FloatArray = field(repr=False)
    test_inputs: FloatArray | None = field(default=None, repr=False)
    test_labels: FloatArray | None = field(default=None, repr=False)
    beside: Mapping[str, FloatArray] = field(default_factory=dict, repr=False)
    contexts: Any = field(default=None, repr=False)
    test_contexts: Any = field(default=None, repr=False)

    def digest(self) -> str:
        """Return a hash of all of it: equal hashes are the same experiment."""
        content = hashlib.sha256()
        parts = [getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "beside"]
        for part in (*parts, *(x for name in sorted(self.beside) for x in (name, self.beside[name]))):
            array = np.asarray("none" if part is None else part)
            content.update(repr((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
        return content.hexdigest()[:32]


@dataclass(frozen=True)
class Limit:
    """What a trained network comes to: its value, and what it says of a test set.

    Attributes
    ----------
    tested : whether there is a test set with labels.
    beside : whose labels are compared with those of the network.
    """

    tested: bool = False
    beside: tuple[str, ...] = ()

    word = "limit"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is measured at the end; of each, `*_halfway` too."""
        return ("norm", *(("accuracy",) if self.tested else ()), *(f"agreement_{name}" for name in self.beside))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions, unit)."""
        return {name + end: ((), "1") for name in self.names for end in ("", "_halfway")}

    def coordinates(self, _: Any) -> dict[str, NDArray[np.float64]]:
        """Return no coordinates: all results are numbers."""
        return {}

    def of(self, descent: Descent, data: Data) -> dict[str, float]:
        """Return the numbers of a network as it is now."""
        descent.look()
        now = descent.trained()
        found = {"norm": now.value}
        if data.test_inputs is not None:
            signs = np.sign(now.predict(data.test_inputs, contexts=data.test_contexts))
            if data.test_labels is not None:
                found["accuracy"] = float(np.mean(signs == data.test_labels))
            for name, theirs in data.beside.items():
                found[f"agreement_{name}"] = float(np.mean(signs == theirs))
        return found


@dataclass(frozen=True)
class GatedPlan:
    """How a realization is made; equal plans are the same experiment, whatever the steps and seeds.

    Attributes
    ----------
    network : the network.
    limit : what is measured.
    digest : of the data.
    rate, scale : of gradient descent.
    data : the data; not in files.
    """

    network: Any
    limit: Limit
    digest: str
    rate: float
    scale: float
    data: Data | None = field(default=None, repr=False, compare=False)

    dtype = "float64"
    sampling = None

    @property
    def measures(self) -> tuple[Limit]:
        """What is measured."""
        return (self.limit,)

    def to_mapping(self) -> dict[str, Any]:
        """Return the experiment as what JSON can hold."""
        return self.same() | {"network": network_to_mapping(self.network), "limit": dataclasses.asdict(self.limit)}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> GatedPlan:
        """Return the experiment that `to_mapping` described, without its data."""
        fields = dict(mapping)
        fields["network"] = network_from_mapping(fields["network"])
        fields["limit"] = Limit(fields["limit"]["tested"], tuple(fields["limit"]["beside"]))
        return cls(**fields)

    def same(self) -> dict[str, Any]:
        """Return what must agree for simulations to be pooled."""
        return {name: getattr(self, name) for name in ("network", "limit", "digest", "rate", "scale")}

    def told(self) -> dict[str, Any]:
        """Return the settings, for the attributes of a dataset."""
        return {"rate": self.rate, "scale": self.scale, "data": self.digest}

    @property
    def extent(self) -> str:
        """What N is."""
        return "N steps of gradient descent"

    @property
    def sentence(self) -> str:
        """The settings in a line."""
        return f"N steps of gradient descent, rate {self.rate:g}; {', '.join(self.limit.names)}"

    def law(self, quantity: str, simulation: Any) -> Law:
        """Return bounds on how far a quantity lies from its limit of infinite time: by what half of the way changed."""
        steps = simulation.sizes[-1]

        def change(name: str) -> float:
            return _LEFT * abs(float(simulation.mean(name, steps)) - float(simulation.mean(f"{name}_halfway", steps)))

        value = float(simulation.mean("norm", steps))
        if not math.isfinite(change("norm")):  # not yet fitted
            return Law(0.0, 0.0, unit=1.0, constant=math.inf)
        excess = change("norm") / value
        if self.network.layers > 1 and not self.network.shared:
            excess = max(excess, _LINGERING)
        if quantity == "norm":
            return Law(0.0, 0.0, unit=1.0, constant=excess * value)
        # A squared norm that is 1 + excess times the least is at an angle of tan^2 = excess from it: of inputs that lie
        # in all directions alike, an angle over pi get another label.
        turned = math.atan(math.sqrt(excess)) / math.pi
        return Law(0.0, 0.0, unit=1.0, constant=max(change(quantity), turned))

    def check_size(self, steps: int, workers: int) -> None:
        """Refuse steps that do not fit in memory."""
        data = self.trained_on()
        check_descent(self.network, data.inputs, data.contexts, steps)

    def seconds(self, steps: int) -> float:
        """Return about how long a realization takes, in seconds of one core."""
        data = self.trained_on()
        return descent_seconds(self.network, data.inputs, data.contexts, steps)

    def trained_on(self) -> Data:
        """Return the data, or refuse a plan without them."""
        if self.data is None:
            raise ValueError("a simulation that was read from a file has no data to go on with; simulate again")
        return self.data

    def caution(self, n: int) -> None:
        """Warn of nothing: what finite time leaves is in the law."""

    def step_bias(self) -> float:
        """Return 0: steps are not those of time."""
        return 0.0
