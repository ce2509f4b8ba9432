"""A section of the report: canonical cases of one theory, with their comparisons and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

from dmft.models.network import Network
from validation.comparison import Comparison
from validation.simulation import Simulation, simulate


@dataclass(frozen=True)
class Budget:
    """How much a section may spend.

    Attributes
    ----------
    quick : small networks, for a report within minutes; else the sizes that the pictures deserve.
    executor : runs realizations.
    seed : entropy of all networks of the report.
    """

    quick: bool
    executor: Executor | None = None
    seed: int = 20260

    def networks(self, network: Network, counts: Mapping[int, int], **settings: Any) -> Simulation:
        """Return networks of several sizes, size -> number of realizations: more of the small ones, which cost less."""
        parts = [
            simulate(network, size, n_realizations=n, seed=self.seed, executor=self.executor, **settings)
            for size, n in counts.items()
        ]
        return reduce(add, parts)

    def choose(self, quick: Any, full: Any) -> Any:
        """Return the first in a quick report, the second in a full one."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Picture:
    """A figure with its file name (without ending) and caption."""

    name: str
    figure: Any = field(repr=False)
    caption: str


@dataclass(frozen=True)
class Content:
    """What a section found.

    Attributes
    ----------
    comparisons : title -> theory beside networks.
    pictures : figures.
    remarks : sentences below the tables.
    """

    comparisons: dict[str, Comparison]
    pictures: tuple[Picture, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Attributes
    ----------
    key : short name, of files and of the command line.
    title, text : what the reader sees first.
    run : makes the content within a budget.
    """

    key: str
    title: str
    text: str
    run: Callable[[Budget], Content] = field(repr=False)
