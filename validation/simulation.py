"""`Simulation`: what was measured in networks of several sizes, and where it came from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.brief import brief
from dmft.models.statement import Statement
from validation.ensemble import RealizationSeed
from validation.notation import number_with_error
from validation.shown import Shown, filled

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False)
class SizeResult:
    """All realizations of one size.

    Attributes
    ----------
    size : number of neurons.
    seeds : one for each realization.
    values : name -> array, realizations first.
    """

    size: int
    seeds: tuple[RealizationSeed, ...]
    values: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Shown):
    """What was measured in networks of finite size, realization by realization.

    ``sim1 + sim2`` pools simulations of the same experiment with different seeds or sizes.

    Attributes
    ----------
    plan : how every realization was run: network, time step, precision, sampling, estimators; or perceptron and load.
    results : one `SizeResult` for each size, in increasing order.
    """

    plan: Any = field(repr=False)
    results: tuple[SizeResult, ...] = field(repr=False)

    @property
    def network(self) -> Statement:
        """The network that was simulated."""
        network: Statement = self.plan.network
        return network

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of neurons, increasing."""
        return tuple(r.size for r in self.results)

    @property
    def n_realizations(self) -> dict[int, int]:
        """Number of realizations of each size."""
        return {r.size: len(r.seeds) for r in self.results}

    @property
    def seeds(self) -> dict[int, tuple[RealizationSeed, ...]]:
        """Seeds of the realizations of each size."""
        return {r.size: r.seeds for r in self.results}

    @property
    def lags(self) -> NDArray[np.float64]:
        """Lags of the correlation functions in units of tau.

        Raises
        ------
        ValueError : if correlations were not measured.
        """
        coordinates = self.coordinates
        if "lag" not in coordinates:
            raise ValueError("correlations were not measured; simulate with measure=('correlation', ...)")
        return coordinates["lag"]

    @property
    def coordinates(self) -> dict[str, NDArray[np.float64]]:
        """Dimension -> values, for all that was measured."""
        merged: dict[str, NDArray[np.float64]] = {}
        for measure in self.plan.measures:
            merged.update(measure.coordinates(self.plan.sampling))
        return merged

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions after the realization, unit)."""
        merged: dict[str, tuple[tuple[str, ...], str]] = {}
        for measure in self.plan.measures:
            merged.update(measure.variables)
        return merged

    def at(self, size: int) -> SizeResult:
        """Return the realizations of one size.

        Raises
        ------
        ValueError : if that size was not simulated.
        """
        for result in self.results:
            if result.size == size:
                return result
        raise ValueError(f"size must be one of {', '.join(map(str, self.sizes))}; got {size!r}")

    def values(self, name: str, size: int) -> NDArray[Any]:
        """Return a result for every realization of a size, realizations first.

        Raises
        ------
        ValueError : if it was not measured.
        """
        found = self.at(size).values
        if name not in found:
            raise ValueError(f"name must be one of {', '.join(found)}; got {name!r}")
        return found[name]

    def mean(self, name: str, size: int) -> Any:
        """Return the mean over the realizations of a size."""
        return np.mean(self.values(name, size), axis=0)

    def standard_error(self, name: str, size: int) -> Any:
        """Return the standard error of that mean over networks; nan for one, and for one matrix however often run."""
        values = self.values(name, size)
        if len(values) < 2 or getattr(self.plan, "couplings", None) is not None:
            return np.full(values.shape[1:], np.nan)[()]
        return np.std(values, axis=0, ddof=1) / math.sqrt(len(values))

    def __add__(self, other: Simulation) -> Simulation:
        """Pool two simulations of the same experiment.

        Raises
        ------
        ValueError : if the experiments differ, or if a realization is in both.
        """
        if not isinstance(other, Simulation):
            return NotImplemented
        its = other.plan.same()
        for what, mine in self.plan.same().items():
            if mine != its.get(what):
                got = "" if what == "couplings" else f", got {mine!r} and {its.get(what)!r}"
                raise ValueError(f"simulations must have the same {what} to be pooled{got}")
        by_size = {r.size: r for r in self.results}
        for new in other.results:
            old = by_size.get(new.size)
            if old is None:
                by_size[new.size] = new
                continue
            shared = set(old.seeds) & set(new.seeds)
            if shared:
                raise ValueError(
                    f"seeds overlap: {len(shared)} realizations of N = {new.size} are in both, for example "
                    f"{min(shared)}; pooled they would count twice, simulate with another seed"
                )
            joined = {name: np.concatenate([old.values[name], new.values[name]]) for name in old.values}
            by_size[new.size] = SizeResult(new.size, (*old.seeds, *new.seeds), joined)
        return Simulation(self.plan, tuple(by_size[size] for size in sorted(by_size)))

    def to_xarray(self) -> xarray.Dataset:
        """Return all results as a dataset with the dimensions size and realization first, padded with nan.

        What has one entry a neuron has another length at each size: it becomes one variable for each size.
        """
        import xarray

        most = max(self.n_realizations.values())
        data: dict[str, Any] = {}
        for name, (dims, unit) in self.variables.items():
            found = [r.values[name] for r in self.results]
            if "neuron" in dims:
                for result in self.results:
                    own = tuple(f"{d}_{result.size}" if d == "neuron" else d for d in dims)
                    data[f"{name}_{result.size}"] = (
                        (f"realization_{result.size}", *own),
                        result.values[name],
                        {"units": unit},
                    )
                continue
            padded = np.full((len(found), most, *found[0].shape[1:]), np.nan)
            for i, values in enumerate(found):
                padded[i, : len(values)] = values
            data[name] = (("size", "realization", *dims), padded, {"units": unit})
        used = {d for entry in data.values() for d in entry[0]}
        coords = {"size": list(self.sizes), **{d: v for d, v in self.coordinates.items() if d in used}}
        attributes = {
            "network": repr(self.network),
            **self.plan.told(),
            "seeds": repr({size: [(s.entropy, s.spawn_key) for s in seeds] for size, seeds in self.seeds.items()}),
        }
        return xarray.Dataset(data, coords=coords, attrs=attributes)

    def said(self) -> str:
        """Return the networks that ran, and of what."""
        runs = ", ".join(f"{n} x N={size}" for size, n in self.n_realizations.items())
        return f"Simulation: {runs} of {brief(self.network)}"

    def __str__(self) -> str:
        lines = [filled(self.said()), filled(self.plan.sentence, "  ")]
        scalars = [
            name
            for name, (dims, _) in self.variables.items()
            if not dims and name.removesuffix("_error") not in self.variables.keys() - {name}
        ]
        width = max(map(len, [*scalars, "mean_square_slope"])) + 1
        for name in scalars:
            cells = [
                f"{number_with_error(self.mean(name, s), self.standard_error(name, s))} (N={s})" for s in self.sizes
            ]
            lines.append(filled(f"{name:<{width}} {', '.join(cells)}", "  "))
        by_population = [name for name, (dims, _) in self.variables.items() if dims == ("population",)]
        for name in by_population:
            for index, population in enumerate(self.coordinates["population"]):
                cells = [
                    f"{number_with_error(self.mean(name, s)[index], self.standard_error(name, s)[index])} (N={s})"
                    for s in self.sizes
                ]
                lines.append(filled(f"{f'{name}.{population}':<18} {', '.join(cells)}", "  "))
        return "\n".join(lines)
