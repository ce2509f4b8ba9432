"""What a driven network can be the target generator of: theory before training.

A student that is to carry the currents of a driven network can learn them only where they are the same in every trial:
where the largest Lyapunov exponent of the generator is negative. Its rates then repeat with the drive, and the part of
the space of N units that they visit is that of one period,

    K(t, s) = <phi(x(t)) phi(x(s))>  over units,

whose eigenvalues are those of the N x N second moment of the rates over time. The regression of each row has as many
equations as K has directions that matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.models.by_weight import NODES, by_weight
from dmft.models.checks import positive
from dmft.numerics.convergence import Convergence
from dmft.numerics.value import Value
from dmft.observables.locked_lyapunov import of_torus
from dmft.observables.lyapunov import exponent_of, lyapunov_exponent
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.input import gaussian_blocks
from dmft.theories.periodic import PeriodicSolution, solve_periodic
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution, solve_stationary

if TYPE_CHECKING:
    import xarray

_TIMES = 256  # of a period, where lags are a solution's own


@dataclass(frozen=True, eq=False, repr=False)
class TargetSolution(Shown):
    """What theory says of a generator of targets.

    Attributes
    ----------
    network : the generator.
    state : what it does: a `PeriodicSolution` under common inputs, a `StationarySolution` under those of random phase.
    exponent : its largest Lyapunov exponent, in 1/tau; of several populations that are chaotic, that of the locked
        state that they leave (`exponent.method` says so).
    spectrum : eigenvalues of K over one period, largest first, their sum the mean square rate, shape (n,); empty where
        the generator is chaotic and its rates do not repeat.
    dimension : participation ratio of the rates about their mean in time, with its numerical error; nan likewise.
    """

    network: Any
    state: PeriodicSolution | StationarySolution = field(repr=False)
    exponent: Value
    spectrum: FloatArray = field(repr=False)
    dimension: Value
    references: ClassVar[tuple[str, ...]] = ("depasquale2018", "engelken2022")

    @property
    def convergence(self) -> Convergence:
        """That of the state."""
        return self.state.convergence

    @property
    def trainable(self) -> bool | None:
        """Whether targets are the same in every trial: necessary for training, not sufficient. None: within errors."""
        error = self.exponent.error
        if abs(self.exponent) <= (error if math.isfinite(error) else 0.0):
            return None
        return bool(self.exponent < 0.0)

    def to_xarray(self) -> xarray.Dataset:
        """Return the eigenvalues, and the exponent and the dimension with their errors, as a dataset."""
        import xarray

        data: dict[str, Any] = {
            "spectrum": ("direction", self.spectrum, {"units": "1"}),
            "exponent": ((), float(self.exponent), {"units": "1/tau"}),
            "exponent_error": ((), float(self.exponent.error), {"units": "1/tau"}),
            "dimension": ((), float(self.dimension), {"units": "1"}),
            "dimension_error": ((), float(self.dimension.error), {"units": "1"}),
        }
        outcome = self.convergence
        attributes = {
            "theory": type(self).__name__,
            "network": repr(self.network),
            "state": self.state.state,
            "trainable": {True: "yes", False: "no", None: "not known"}[self.trainable],
            "status": outcome.status.name,
            "message": outcome.message,
            "residual": float(outcome.residual),
            "references": ", ".join(self.references),
        }
        return xarray.Dataset(data, attrs=attributes)

    def directions(self, left: float = 1e-4) -> int:
        """Return how many directions hold the rates, but for a part `left` of their mean square.

        Raises
        ------
        ValueError : for a part that is not in (0, 1), or a chaotic generator.
        """
        left = positive("left", left)
        if left >= 1.0:
            raise ValueError(f"left must be below 1, the whole; got {left:g}")
        if not len(self.spectrum):
            raise ValueError(f"the generator is chaotic, lambda_1 = {float(self.exponent):.4f}: its rates fill a space")
        rest = 1.0 - np.cumsum(self.spectrum) / np.sum(self.spectrum)
        return int(np.argmax(rest <= left)) + 1

    def size_needed(self, left: float = 1e-4, *, signed: bool = False) -> int:
        """Return the least N at which each row has a weight for every equation; with signs, two for every equation.

        Sign-constrained weights fit P generic equations exactly up to P = N/2, free ones up to N (`solve_regression`,
        `feasibility`). It is a lower bound: it says nothing of whether what is learned is stable.
        """
        return self.directions(left) * (2 if signed else 1)


@exponent_of.register
def _(process: TargetSolution, solution: TargetSolution) -> Value:
    return solution.exponent


@answering
def solve_targets(generator: Any, *, nodes: int = NODES) -> TargetSolution:
    """Return whether a driven network can be imitated, and how large its imitation must be.

    Parameters
    ----------
    generator : a network under inputs of one period: common ones, sinusoids of random phase, or `Weighted` signals.
    nodes : of the weights (`by_weight`).

    Returns
    -------
    TargetSolution

    Raises
    ------
    ValueError, TypeError : for a generator with private noise, without an input that repeats, or of both kinds.
    NotConvergedError : of the solver.

    Accuracy
    --------
    The error that the dimension carries, and 5 % of networks of 1000 units: tests/limits/test_targets.py. Exponents as
    `lyapunov_exponent`.

    Cost
    ----
    That of `solve_periodic` or `solve_stationary`, and of the exponent: 0.1 to 1 s; of a chaotic state under a common
    input 2 to 10 s.
    """
    network = by_weight(generator, nodes)
    blocks = gaussian_blocks(network)
    if blocks.noisy:
        raise ValueError(
            f"generator must have no private noise: what it does must be the same in every trial; got {generator!r}"
        )
    if not blocks.period or (blocks.phased and blocks.moved):
        raise ValueError(
            "generator must be driven by inputs of one period, all common to its units (Sinusoid, OfTime, Weighted) "
            f"with a period or all of random phase; got {generator!r}"
        )
    if blocks.phased:
        state: Any = solve_stationary(network)
        exponent = lyapunov_exponent(state)
        gram = _of_lags(state, blocks.period) if exponent < 0.0 else None
        coarse = None if gram is None else gram[::2, ::2]
    else:
        state = solve_periodic(network)
        exponent = lyapunov_exponent(state) if len(blocks) == 1 and not blocks.names[0] else of_torus(state)
        gram = _of_times(state, blocks) if exponent < 0.0 else None
        coarse = None if gram is None or state.coarse is None else _of_times(state.coarse, blocks)
    if gram is None:
        return TargetSolution(generator, state, exponent, np.empty(0), Value(math.nan, 0.0))
    spectrum = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0.0) / len(gram)
    dimension = _participation(gram)
    error = math.nan if coarse is None else abs(dimension - _participation(coarse))
    error += state.convergence.error * dimension
    return TargetSolution(generator, state, exponent, spectrum, Value(dimension, 0.0, "one period", (), error))


def _participation(gram: FloatArray) -> float:
    """Return (tr K)^2/tr K^2 of K about the mean in time."""
    centred = gram - gram.mean(axis=0) - gram.mean(axis=1)[:, None] + gram.mean()
    return float(np.trace(centred) ** 2 / np.sum(centred**2))


def _of_times(state: Any, blocks: Blocks) -> FloatArray:
    """Return K on the times of a locked state, shape (n, n)."""
    means, variances, covariances = (blocks.populated(x) for x in (state.mean_x, state.variance, state.covariance))
    averages = Averages(blocks.nonlinearities)
    n = means.shape[1]
    total = np.zeros((n, n))
    for part, pair, m, v, c in zip(blocks.fractions, averages.pairs, means, variances, covariances, strict=True):
        m1, v1, m2, v2 = (np.broadcast_to(x, (n, n)) for x in (m[:, None], v[:, None], m[None, :], v[None, :]))
        total += part * pair.pair(m1, v1, m2, v2, c)[0]
    return total


def _of_lags(state: Any, period: float) -> FloatArray:
    """Return K of a state that is stationary over units, from C^phi over one period of lags, shape (n, n)."""
    lags = period * np.arange(_TIMES) / _TIMES
    correlation = np.asarray(state.corr_phi_at(np.minimum(lags, period - lags)))
    return np.asarray(correlation[np.abs(np.subtract.outer(np.arange(_TIMES), np.arange(_TIMES)))])
