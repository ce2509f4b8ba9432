"""What every solution carries, and what happens when a solver fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar

import numpy as np

from dmft.errors import NotConvergedError, NotConvergedWarning, warn
from dmft.models.checks import one_of
from dmft.numerics.convergence import Convergence
from dmft.theories.axis import Axis
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.composed import composed
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.shown import Shown

if TYPE_CHECKING:
    import xarray

OnFailure: TypeAlias = Literal["raise", "warn", "ignore"]


def array(*dimensions: str, unit: str = "1", default: Any = dataclasses.MISSING) -> Any:
    """Declare an array of a solution, by the names of its dimensions, and its unit; without dimensions a number."""
    return field(default=default, repr=not dimensions, metadata={"dimensions": dimensions, "unit": unit})


def coordinate(name: str, unit: str) -> Any:
    """Declare the array that gives the points along the dimension of its own name."""
    return array(name, unit=unit)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Solution(Shown):
    """Base of all solutions: the question, the outcome, and how it was obtained.

    Arrays are made read-only on construction. A subclass declares each by `coordinate(unit)` or `array(*dimensions)`:
    datasets, files and pictures follow from that.

    Attributes
    ----------
    network : the network that was solved, as it was stated.
    convergence : status, residual, steps, history.
    settings : numerical settings used, name -> value.
    references : keys of `dmft/references.bib` for the equations solved.
    names : dimension -> what stands along it, where that has names.
    """

    network: Any
    convergence: Convergence
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    references: ClassVar[tuple[str, ...]] = ()
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {}
    coordinates: ClassVar[dict[str, str]] = {}
    names: ClassVar[dict[str, tuple[str, ...]]] = {}
    labels: ClassVar[tuple[str, ...]] = ("state",)  # texts that go into the attributes of a dataset

    def __init_subclass__(cls) -> None:
        own = {name: value.metadata for name, value in vars(cls).items() if isinstance(value, dataclasses.Field)}
        units = {name: str(metadata["unit"]) for name, metadata in own.items() if "dimensions" in metadata}
        arrays = {
            name: (own[name]["dimensions"], unit) for name, unit in units.items() if own[name]["dimensions"] != (name,)
        }
        cls.variables = cls.variables | arrays
        cls.coordinates = cls.coordinates | {name: unit for name, unit in units.items() if name not in arrays}

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if isinstance(value, np.ndarray) and value.flags.writeable:
                if value.base is not None:
                    value = value.copy()
                    object.__setattr__(self, f.name, value)
                value.flags.writeable = False

    @cached_property
    def reduction(self) -> Reduction:
        """What the theory took from the network."""
        return reduced(self.network)

    @cached_property
    def axis(self) -> Axis:
        """The axis of populations of the arrays."""
        network = composed(self.network)
        return Axis(tuple(network.named), np.array(network.fractions, dtype=float))

    @cached_property
    def blocks(self) -> Blocks:
        """The network's populations as arrays."""
        return blocks_of(self.network)

    def to_xarray(self) -> xarray.Dataset:
        """Return arrays and scalars as a labelled dataset, with status, settings and the exact inputs as attributes."""
        import xarray

        def entry(name: str, dims: tuple[str, ...], unit: str) -> tuple[tuple[str, ...], Any, dict[str, str]]:
            values = np.asarray(getattr(self, name))
            return (("population", *dims) if values.ndim > len(dims) else dims, values, {"units": unit})

        held = {name: dims for name, dims in self.variables.items() if getattr(self, name) is not None}
        data = {name: entry(name, dims, unit) for name, (dims, unit) in held.items()}
        coords = {name: entry(name, (name,), unit) for name, unit in self.coordinates.items()}
        if any(dims[:1] == ("population",) for dims, _, _ in data.values()):
            coords["population"] = (("population",), np.array(list(composed(self.network).named)), {})
        held_along = {dimension for dims, _, _ in data.values() for dimension in dims}
        coords |= {name: ((name,), np.array(its), {}) for name, its in self.names.items() if name in held_along}
        attributes = {
            "theory": type(self).__name__,
            "network": repr(self.network),
            "status": self.convergence.status.name,
            "message": self.convergence.message,
            "residual": float(self.convergence.residual),
            "error": float(self.convergence.error),
            "steps": int(self.convergence.steps),
            "settings": repr(dict(self.settings)),
            "references": ", ".join(self.references),
        }
        attributes |= {name: getattr(self, name) for name in self.labels if hasattr(self, name)}
        return xarray.Dataset(data, coords=coords, attrs=attributes)


LEAST_RTOL = 1e-14


def checked_rtol(rtol: Any) -> float:
    """Return `rtol`, or refuse it unless it is a number in [1e-14, 1): below that lies the rounding of 8 bytes.

    Raises
    ------
    ValueError, TypeError : for anything else.
    """
    if isinstance(rtol, bool) or not isinstance(rtol, Real):
        raise TypeError(f"rtol must be a real number in [{LEAST_RTOL:g}, 1); got {rtol!r}")
    if not LEAST_RTOL <= float(rtol) < 1.0:
        raise ValueError(f"rtol must be in [{LEAST_RTOL:g}, 1), below which rounding alone is larger; got {rtol}")
    return float(rtol)


S = TypeVar("S", bound=Solution)


def delivered(solution: S, on_failure: OnFailure) -> S:
    """Return the solution; if it did not converge, raise or warn first, as `on_failure` says.

    Raises
    ------
    NotConvergedError : if not converged and `on_failure` is "raise"; its `.solution` is the best iterate.
    """
    one_of("on_failure", on_failure, ("raise", "warn", "ignore"))
    outcome = solution.convergence
    if not outcome.converged and on_failure != "ignore":
        text = f"{outcome.message} [{outcome.status.name}, residual {outcome.residual:.2g}, {outcome.steps} steps]"
        if on_failure == "raise":
            raise NotConvergedError(text, solution)
        warn(text, NotConvergedWarning)
    return solution
