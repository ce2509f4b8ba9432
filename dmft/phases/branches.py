"""`branches`: every state of a network that is found, each with its stability."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from dmft.budget import limited
from dmft.errors import answering
from dmft.models.brief import brief
from dmft.theories.blocks import blocks_of
from dmft.theories.low_rank import has_low_rank
from dmft.theories.reduction import reduced_or_none
from dmft.theories.shown import Shown
from dmft.theories.solution import checked_rtol
from dmft.theories.stated_units import is_stated, stated_units_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.balanced import balanced_branches
from dmft.theories.stationary.centred.all_states import all_states
from dmft.theories.stationary.discrete.all_states import all_states as steady_states
from dmft.theories.stationary.discrete.method import DiscreteTime
from dmft.theories.stationary.low_rank.method import low_rank_branches
from dmft.theories.stationary.low_rank.shared_method import shared_branches
from dmft.theories.stationary.populations.all_states import all_states as states_of_populations
from dmft.theories.stationary.populations.method import Populations
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.sampled import Sampled
from dmft.theories.stationary.stated_units.all_states import all_states as states_of_units

if TYPE_CHECKING:
    import xarray

_CENTRED = 1e-12  # of a mean over the deviation, below which it is shown as 0
_WIDTH = 80  # of the table that is printed
_MOST = 60.0  # estimated seconds of the states of several populations


@dataclass(frozen=True)
class Branch:
    """One state.

    Attributes
    ----------
    solution : of `solve_stationary`, whether it is stable or not.
    stable : whether small perturbations and small changes of the variance die out; None where that is not known. (A
        chaotic state is stable in this sense.)
    criterion : the sentence that decided.
    """

    solution: StationarySolution
    stable: bool | None
    criterion: str


@dataclass(frozen=True, repr=False)
class Branches(Shown, Sequence[Branch]):
    """The states of a network, by increasing variance.

    Attributes
    ----------
    network : the network.
    states : the branches.
    complete : whether the number of fixed points is what the limits at small and large variance demand; if not, one is
        missing (or two have merged). None where that number is not known: several populations under noise, with a phi
        without bound, or sampled units.
    """

    network: Any
    states: tuple[Branch, ...]
    complete: bool | None

    @overload
    def __getitem__(self, index: int) -> Branch: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Branch, ...]: ...
    def __getitem__(self, index: int | slice) -> Branch | tuple[Branch, ...]:
        return self.states[index]

    def __len__(self) -> int:
        return len(self.states)

    def __iter__(self) -> Iterator[Branch]:
        return iter(self.states)

    @property
    def stable(self) -> tuple[Branch, ...]:
        """The stable ones."""
        return tuple(branch for branch in self.states if branch.stable)

    @property
    def references(self) -> tuple[str, ...]:
        """Keys of the papers whose equations the states solve."""
        return tuple(dict.fromkeys(key for branch in self.states for key in branch.solution.references))

    def to_xarray(self) -> xarray.Dataset:
        """Return the states as a dataset with a dimension `branch`; `stable` is 1, 0, or -1 where it is not known."""
        import xarray

        solutions: list[Any] = [branch.solution for branch in self.states]
        named = any(np.ndim(s.variance) for s in solutions)
        dims = ("branch", "population") if named else ("branch",)
        data: dict[str, Any] = {
            "state": ("branch", [s.state for s in solutions]),
            "stable": ("branch", [-1 if b.stable is None else int(b.stable) for b in self.states]),
            "criterion": ("branch", [b.criterion for b in self.states]),
        }
        data |= {
            name: (dims, np.array([getattr(s, name) for s in solutions], dtype=float), {"units": "1"})
            for name in ("mean_x", "variance", "static_variance")
        }
        coords = {"population": list(solutions[0].blocks.names)} if named else {}
        attributes = {
            "theory": type(self).__name__,
            "network": repr(self.network),
            "complete": repr(self.complete),
            "references": ", ".join(self.references),
        }
        return xarray.Dataset(data, coords, attributes)

    def __str__(self) -> str:
        lines = [brief(self.network)]
        for branch in self.states:
            s: Any = branch.solution
            word = "not known" if branch.stable is None else "stable" if branch.stable else "unstable"
            means = np.where(np.abs(s.mean_x) > _CENTRED * np.sqrt(np.abs(s.variance)), s.mean_x, 0.0)
            mean = f"mean {_shown(means):<12} " if np.any(means) or np.ndim(means) else ""
            lines.append(f"  {s.state:<16} {mean}variance {_shown(s.variance):<12} {word:<9} {branch.criterion}")
        if not self.states:
            lines.append("  no state found")
        if self.complete is None:
            lines.append("  how many there must be is not known")
        elif not self.complete:
            lines.append("  the number of fixed points is not what it must be: one was missed, or two have merged")
        broken = (textwrap.wrap(line, _WIDTH, subsequent_indent=" " * 4) for line in lines)
        return "\n".join(part for line in broken for part in line)


@answering
def branches(network: Any, *, rtol: float = 1e-9, max_steps: int = 100) -> Branches:
    """Return every stationary state that is found, each with its stability.

    Undriven: the state at rest, all fixed points (roots of the variance equation c0 = g^2 <phi^2>, in balanced networks
    with that of the mean), and the moving states (orbits of zero energy). With white noise the moving states; with
    other input those that are followed from white noise of the same variance. With low-rank couplings homogeneous
    states (kappa = 0), which the structure makes unstable where an outlier times <phi'> exceeds 1, structured and
    rotating ones.

    Parameters
    ----------
    network : `RandomNetwork` (without partial symmetry) or `BalancedNetwork`, with a drive of private input or none, or
        a `Network` of one or several populations, in discrete time too, without one or with private noise, or of units
        stated by equations.
    rtol, max_steps : as of `solve_stationary`.

    Returns
    -------
    Branches : a sequence of `Branch`, by increasing variance; printing it gives a table.

    Raises
    ------
    TypeError : for another kind of network.
    ValueError : for partially symmetric couplings, or a common drive.

    Notes
    -----
    Populations: all static states of both equations, m = h + A <phi> and c0 = K <phi^2> + s, by Newton's method from
    many starts until the signs of their determinants add up to 1, and along curves from each; stable if
    rho(K <phi'^2>) < 1 and no outlier of the Jacobian grows (with what J has in common with phi'(x), which
    det(1 + lambda tau - A <phi'>) leaves out). From each that has rho > 1 the moving states are relaxed to; one is
    unstable if a mode of the means grows, oscillating ones too, by the turns of their response along the frequencies
    (`tests/limits/test_oscillating_means.py`), or an odd number of real modes of (means, covariances), by the sign of
    the determinant of its equations; of zero mean by symmetry, by the roots of det(1 + lambda tau - A <phi'>).

    Units stated by equations are sampled from high and low activity and, with mean couplings, from means to both sides
    along the direction that these amplify most: what was come to, each with its status, whatever that is
    (`tests/limits/test_stated_units_states.py`).

    In discrete time all steady states of means and variances, stable if the derivative of the one-step map brings both
    back (`tests/limits/test_discrete_states.py`); one that moves is called chaotic.

    One population: a fixed point is stable if g^2 <phi'^2> < 1 (the bulk of the Jacobian) and its variance map falls
    (the outlier that comes with x = J phi(x)). Roots are searched on a dense grid over 17 decades of the variance or
    more; the count is held against the degree.

    Accuracy: `tests/invariants/test_branches.py`, `tests/invariants/test_population_branches.py`. Cost: 20 ms (tanh,
    erf, ReLU) to a few seconds; of populations 0.2-0.5 s and that of each moving state.
    """
    if has_low_rank(network):
        of_structure: Any = shared_branches if blocks_of(network).named else low_rank_branches
        solved, whole = of_structure(network, rtol=checked_rtol(rtol), max_steps=max_steps)
        return Branches(network, tuple(Branch(s, s.stable, why) for s, why in solved), whole)
    rtol = checked_rtol(rtol)
    if is_stated(network):
        return _of_stated_units(network, max_steps)
    problem = reduced_or_none(network)
    if problem is None or problem.named:
        return _of_populations(network, rtol, max_steps)
    if problem.remembers:
        raise TypeError(
            "branches takes networks without plasticity; of plastic couplings see dmft.fixed_points and "
            "dmft.solve_plastic"
        )
    if problem.symmetry != 0:
        raise ValueError(
            f"branches are known for symmetry=0, got {problem.symmetry}: with partial symmetry the theory is sampled"
        )
    if problem.common:
        raise ValueError('a common drive makes the state periodic: use dmft.solve_nonstationary, or phases="random"')
    if problem.centred:
        found, complete = all_states(problem, rtol=rtol, max_steps=max_steps)
        return Branches(network, tuple(Branch(s.solution, s.stable, s.criterion) for s in found), complete)
    solutions = balanced_branches(problem, rtol=rtol, max_steps=max_steps)
    states = sorted((Branch(s, bool(s.stable), _criterion(s)) for s in solutions), key=lambda b: b.solution.variance)
    return Branches(network, tuple(states), all(s.others is not None for s in solutions))


def _of_populations(network: Any, rtol: float, max_steps: int) -> Branches:
    question = Question(network, rtol=rtol, max_steps=max_steps)
    if question.blocks.discrete:
        reason = DiscreteTime().refuses(question)
        if reason is not None:
            raise ValueError(reason)
        with limited(_MOST):
            steady, whole = steady_states(question)
        return Branches(network, tuple(Branch(*state) for state in steady), whole)
    reason = Populations().refuses(question)
    if reason is not None:
        raise ValueError(reason)
    with limited(_MOST):
        found, complete = states_of_populations(question.blocks, question)
    return Branches(network, tuple(Branch(s.solution, s.stable, s.criterion) for s in found), complete)


def _of_stated_units(network: Any, max_steps: int) -> Branches:
    reason = Sampled().refuses(Question(network))
    if reason is not None:
        raise ValueError(reason)
    with limited(_MOST):
        found = states_of_units(stated_units_of(network), paths=None, seed=0, accuracy=None, max_steps=max_steps)
    states = (Branch(s, s.stable if s.convergence.converged else None, why) for s, why in found)
    return Branches(network, tuple(sorted(states, key=_variance)), None)


def _variance(branch: Branch) -> float:
    whole = float(np.sum(branch.solution.variance))
    return np.inf if np.isnan(whole) else whole


def _shown(value: Any) -> str:
    return ", ".join(f"{number:.6g}" for number in np.atleast_1d(value))


def _criterion(solution: Any) -> str:
    if solution.process.branch == "locked":
        return "by its bulk, its mean and its variance"
    return "by the rise of its energy with the variance"
