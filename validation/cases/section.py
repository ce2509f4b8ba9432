"""A section of the report: canonical cases of one theory, with their comparisons and pictures."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

import dmft
import validation
from dmft.models.statement import Statement
from dmft.sweeps.log import Log
from validation.comparison import Comparison, compare
from validation.quantities import theory_numbers
from validation.running import simulate
from validation.simulation import Simulation
from validation.simulators.simulator import Simulator
from validation.simulators.steps import dt_of_bias

# Part of its scale within which every quantity of the report must lie to agree; decided before looking.
TOLERANCE = 0.05
# Time step of what the report simulates by hand.
STEP = 0.1
# Relative bias that the time step of a quick report may leave in averages; it widens the bounds of its comparisons.
_BIAS_OF_STEP = 5e-3


@dataclass(frozen=True)
class Budget:
    """How much a section may spend.

    Attributes
    ----------
    quick : small networks and long time steps, for a report within minutes; else what the pictures deserve.
    executor : runs realizations.
    seed : entropy of all networks of the report.
    store : folder that keeps every finished realization, so that an interrupted section goes on where it stopped.
    progress : show a progress bar over the realizations of each simulation.
    mnist : file of MNIST, in place of the digits that come with scikit-learn; None for these.
    """

    quick: bool
    executor: Executor | None = None
    seed: int = 20260
    store: Path | None = None
    progress: bool = False
    mnist: Path | None = None

    def networks(self, network: Statement, counts: Mapping[int, int], **settings: Any) -> Simulation:
        """Return networks of several sizes, size -> number of realizations: more of the small ones, which cost less."""
        if self.quick and hasattr(network, "compose"):  # it runs in time
            settings.setdefault("dt", dt_of_bias(network, _BIAS_OF_STEP))
        question = repr((code_of_simulations(), network, self.seed, sorted(settings.items())))
        name = hashlib.sha256(question.encode()).hexdigest()[:16]
        if self.store is not None:
            self.store.mkdir(parents=True, exist_ok=True)

        def of_size(size: int) -> Simulation:
            return simulate(
                network,
                size,
                n_realizations=counts[size],
                seed=self.seed,
                executor=self.executor,
                # A log of its own for each size: they run at once, and a log has one run.
                checkpoint=None if self.store is None else self.store / f"{name}-{size}",
                progress=self.progress,
                **settings,
            )

        if self.executor is None:
            return reduce(add, map(of_size, counts))
        # All sizes at once: no worker waits for the last network of a size.
        with ThreadPoolExecutor(len(counts)) as waiting:
            return reduce(add, waiting.map(of_size, sorted(counts, reverse=True)))

    def start(self, network: Statement, counts: Mapping[int, int], **settings: Any) -> Future[Simulation]:
        """Begin what `networks` does, while theories are solved here; without an executor it is done at once."""
        if self.executor is not None:
            return _waiting().submit(self.networks, network, counts, **settings)
        done: Future[Simulation] = Future()
        done.set_result(self.networks(network, counts, **settings))
        return done

    def with_exponents(
        self, network: Statement, counts: Mapping[int, int], few: Mapping[int, int], **settings: Any
    ) -> tuple[Future[Simulation], Future[Simulation]]:
        """Begin networks for correlations, and for exponents: the same ones, but in a quick report `few` others.

        The tangent vector of each state costs as much as the state: in a quick report exponents are of one state each.
        """
        if not self.quick:
            both = self.start(network, counts, measure=("correlation", "lyapunov"), **settings)
            return both, both
        alone = self.start(network, counts, measure="correlation", **settings)
        return alone, self.start(network, few, measure="lyapunov", **{**settings, "initial_states": 1})

    def choose(self, quick: Any, full: Any) -> Any:
        """Return the first in a quick report, the second in a full one."""
        return quick if self.quick else full


@cache
def _waiting() -> ThreadPoolExecutor:
    """Threads that wait for simulations; the work is done by the processes of the executor."""
    return ThreadPoolExecutor(16, thread_name_prefix="networks")


@cache
def code_of_simulations() -> str:
    """Return a hash of the code that a simulated network depends on: the models, and all that draws and runs them."""
    models, simulators = Path(dmft.__file__).parent / "models", Path(validation.__file__).parent
    files = [*models.rglob("*.py"), *(f for f in simulators.rglob("*.py") if "cases" not in f.parts)]
    return hashlib.sha256(repr([file.read_text() for file in sorted(files)]).encode()).hexdigest()


def mapped(budget: Budget, function: Callable[[Any], Any], arguments: Any, *, chunk: int = 1) -> list[Any]:
    """Return function(argument) for each argument, by the workers of the budget if there are any.

    The function must pickle; `chunk` arguments go to a worker at a time.
    """
    if budget.executor is None:
        return [function(argument) for argument in arguments]
    return list(budget.executor.map(function, arguments, chunksize=chunk))


def kept(budget: Budget, name: str, function: Callable[[Any], Any], arguments: list[Any]) -> list[Any]:
    """Return function(argument) for each argument as `mapped`, each kept under `name` in the store as it is finished.

    Results are plain numbers or lists of them. What is kept holds for the same arguments and the same code.
    """
    if budget.store is None:
        return mapped(budget, function, arguments)
    budget.store.mkdir(parents=True, exist_ok=True)
    source = inspect.getsource(inspect.getmodule(function))  # type: ignore[arg-type]
    question = repr((code_of_simulations(), source, function.__name__, arguments))
    digest = hashlib.sha256(question.encode()).hexdigest()[:16]
    with Log(budget.store / f"{name}-{digest}", "experiment", digest) as log:
        found = {key: json.loads(content) for key, content in log}
        left = [index for index in range(len(arguments)) if str(index) not in found]
        asked = [arguments[index] for index in left]
        results = map(function, asked) if budget.executor is None else budget.executor.map(function, asked)
        for index, value in zip(left, results, strict=True):
            text = json.dumps(value)
            log.add(str(index), text.encode())
            found[str(index)] = json.loads(text)
    return [found[str(index)] for index in range(len(arguments))]


def of_networks(budget: Budget, function: Callable[[Any], Any], size: int, n: int, *, chunk: int = 1) -> Any:
    """Return function(seed) of n networks of a size, stacked; the seeds are the same for each function."""
    children = np.random.SeedSequence([budget.seed, size]).spawn(n)
    return np.array(mapped(budget, function, children, chunk=chunk))


def drawn(network: Statement, size: int, seed: np.random.SeedSequence, **settings: Any) -> Simulator:
    """Return a simulator of a network: the same seed has the same couplings, whenever it is asked."""
    keys = [(*seed.spawn_key, index) for index in range(4)]  # not `spawn`, which counts
    generators = [np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=key)) for key in keys]
    return Simulator(network, size, dt=STEP, generators=generators, **settings)


def compared(theory: Any, simulation: Simulation, exponents: Simulation) -> tuple[Comparison, Comparison]:
    """Return the comparison of all but the exponent, and that of the exponent, whose finite-size bias is its own."""
    numbers = theory_numbers(theory, simulation)
    numbers.pop("lyapunov_exponent", None)
    exponent = {"lyapunov_exponent": theory_numbers(theory, exponents)["lyapunov_exponent"]}
    return compare(numbers, simulation, tolerance=TOLERANCE), compare(exponent, exponents, tolerance=TOLERANCE)


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
