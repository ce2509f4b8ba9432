"""`recorded`: runs of one's own as a `Simulation`, measured by the estimators of `simulate`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.checks import positive
from dmft.models.statement import Statement
from validation.ensemble import RealizationSeed
from validation.estimators import Sampling
from validation.estimators.correlation import Correlations
from validation.plan import Plan
from validation.realization import observed, stacked
from validation.simulation import Simulation, SizeResult
from validation.simulators.layout import Layout
from validation.simulators.question import Question, question_of
from validation.simulators.requirements import check_size

_LEAST = 4
_LARGEST = 1e100


def recorded(network: Statement, x: Any, *, interval: float, rates: Any = None, max_lag: float = 20.0) -> Simulation:
    """Return runs of one's own, or recordings, as the simulation of a network, for `compare`.

    Parameters
    ----------
    network : what the runs are of: the statement that the theory solves.
    x : the states. An array of shape (units, times) is one network, of shape (networks, units, times) several of one
        size; a list of arrays of shape (units, times) several of any sizes. Units are those of the populations one
        after the other, N f_a of each (largest remainders). Leave out the times before the state is stationary.
    interval : time between two of them, in units of tau.
    rates : what the units send, in arrays like x; None for phi(x) of the network.
    max_lag : largest lag of the correlation functions in units of tau; at most half of the times are used.

    Returns
    -------
    Simulation : with the results of `validation.Correlations`: it pools with others of the same network and times, is
        compared, drawn and stored like one of `simulate`. Of one network the error is not known.

    Raises
    ------
    ValueError : for shapes that do not fit, numbers that are not finite, fewer than four times, populations that
        would have fewer than two units, an array that is there twice; for networks of species, and
        of units that state their equations.
    TypeError : for what is no array of numbers.

    Accuracy
    --------
    That of the runs: what their time step did is in no bound, and whether they are stationary, and of the network that
    is stated, is not tested. The bound on the bias is of networks with the stated couplings and the slopes of the runs:
    of runs of weaker couplings than stated it is wide, and their verdict rather "undecided" than "disagree".
    """
    interval = positive("interval", interval)
    question = question_of(network)
    if question.stated or question.species:
        who = "species" if question.species else "units that state their equations"
        raise ValueError(f"recorded takes networks of units with a nonlinearity, got one of {who}; see simulate")
    if question.discrete and interval != round(interval):
        raise ValueError(f"interval must be a whole number of steps in discrete time, got {interval:g}")
    runs = _runs("x", x)
    sent = [None] * len(runs) if rates is None else _runs("rates", rates)
    if len(runs) != len(sent) or [run.shape for run in runs] != [
        one.shape if one is not None else run.shape for run, one in zip(runs, sent, strict=True)
    ]:
        raise ValueError(
            f"rates must have the shapes of x, {', '.join(str(run.shape) for run in runs)}; got "
            f"{', '.join(str(one.shape) for one in sent if one is not None)}"
        )
    lengths = {run.shape[1] for run in runs}
    if len(lengths) > 1:
        raise ValueError(
            f"x must have the same number of times in every network (units are rows, times columns: transpose yours if "
            f"it is the other way round), got {sorted(lengths)}"
        )
    plan = Plan(
        network=network,
        dt=interval,
        dtype="float64",
        initial_states=1,
        integrator=None,
        measures=(Correlations(max_lag).among(question.names),),
        sampling=Sampling(interval, 0, lengths.pop()),
        recorded=True,
    )
    by_size: dict[int, list[tuple[RealizationSeed, dict[str, Any]]]] = {}
    for run, one in zip(runs, sent, strict=True):
        size = len(run)
        check_size(network, size)
        shown: Any = Replay(question, run, one, interval)  # in the place of a simulator
        found = observed(shown, plan, f"a recorded network of N = {size}")
        by_size.setdefault(size, []).append((_seed(run), found))
    for size, each in by_size.items():
        if len({seed for seed, _ in each}) < len(each):
            raise ValueError(f"x must have each network once, got two equal arrays of N = {size}")
    results = (
        SizeResult(size, tuple(seed for seed, _ in each), stacked([found for _, found in each]))
        for size, each in sorted(by_size.items())
    )
    return Simulation(plan, tuple(results))


class Replay:
    """States that are known, one after the other, as estimators look at a simulator.

    Parameters
    ----------
    question : of what they are.
    x, rates : shape (units, times); None for rates that are phi(x).
    interval : time between them.
    """

    n_states = 1

    def __init__(self, question: Question, x: NDArray[Any], rates: NDArray[Any] | None, interval: float) -> None:
        self.n, self.dt, self.time = len(x), interval, -interval
        self.layout, self.names = Layout(question, self.n), question.names
        self._x, self._rates, self._now = x, rates, -1

    def step(self) -> None:
        """Go to the next time."""
        self._now += 1
        self.time += self.dt

    @property
    def x(self) -> NDArray[Any]:
        """The state, shape (N, 1)."""
        return self._x[:, self._now, None]

    @property
    def rates(self) -> NDArray[Any]:
        """The rates, shape (N, 1)."""
        if self._rates is not None:
            return self._rates[:, self._now, None]
        return np.asarray(self.layout.phi(self.x.T)).T

    @property
    def slope(self) -> NDArray[Any]:
        """The slopes phi'(x), shape (N, 1)."""
        return np.asarray(self.layout.phi.derivative(self.x.T)).T


def _runs(name: str, given: Any) -> list[NDArray[np.float64]]:
    """Return one array of shape (units, times) for each network."""
    several = isinstance(given, Sequence) and all(np.ndim(one) == 2 for one in given)
    try:
        whole: Any = [_numbers(one) for one in given] if several else _numbers(given)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be an array of numbers of shape (units, times) or (networks, units, times), or a list of "
            f"arrays of shape (units, times); got {type(given).__name__}"
        ) from None
    if isinstance(whole, np.ndarray):
        whole = list(whole[None] if whole.ndim == 2 else whole) if whole.ndim in (2, 3) else []
    runs = list(whole)
    if not runs:
        shape = np.shape(given)
        raise ValueError(f"{name} must have the shape (units, times) or (networks, units, times), got {shape}")
    for run in runs:
        if run.shape[0] < 2:
            raise ValueError(f"{name} must have at least 2 units (rows), got the shape {run.shape}")
        if np.max(np.abs(run), initial=0.0) > _LARGEST:
            raise ValueError(f"{name} must be at most {_LARGEST:g} in size, got {np.max(np.abs(run)):.3g}")
        if run.shape[1] < _LEAST:
            raise ValueError(f"{name} must have at least {_LEAST} times (units are rows), got the shape {run.shape}")
        if not np.all(np.isfinite(run)):
            raise ValueError(f"{name} must be finite, got {np.count_nonzero(~np.isfinite(run))} numbers that are not")
    return runs


def _numbers(given: Any) -> NDArray[np.float64]:
    """Return an array of real numbers, nan where one is masked.

    Raises
    ------
    TypeError : for what are none, dates and complex ones among them.
    """
    masked = np.ma.asarray(given)
    if masked.dtype.kind not in "biufO" or any(isinstance(one, complex) for one in masked.ravel()[:1].tolist()):
        raise TypeError("not real numbers")
    return np.asarray(np.ma.filled(masked.astype(float), np.nan))


def _seed(run: NDArray[np.float64]) -> RealizationSeed:
    """Return what tells a recording from others: a number made of it."""
    digest = hashlib.sha256(np.ascontiguousarray(run).tobytes()).digest()
    return RealizationSeed(int.from_bytes(digest[:8], "big"), (len(run), 0))
