"""The simulator of networks of rates: one stepper, and a sum of coupling terms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from validation.simulators.blocks import BlockMeans
from validation.simulators.frames import orthonormalise
from validation.simulators.integrators import INTEGRATORS
from validation.simulators.low_rank import LowRankCouplings, drawn_vectors, with_outlier
from validation.simulators.mean import MeanCouplings
from validation.simulators.network_in_time import Asked, NetworkInTime
from validation.simulators.plastic import PlasticCouplings
from validation.simulators.plastic_jacobian import joint_jacobian
from validation.simulators.product import CouplingProduct
from validation.simulators.question import Question
from validation.simulators.random import random_couplings
from validation.simulators.revealed import RevealedProduct
from validation.simulators.sparse import SparseCouplings
from validation.simulators.steps import chosen_integrator
from validation.simulators.terms import Term, term_of


class Simulator(NetworkInTime):
    """States and tangent vectors of one network of N neurons, stepping in time.

    Rows inside: (n_states, N) for y = x - z - M, with z the response to the input (see `inputs`) and M the mean mode
    (see `mean`), then the tangent vectors (n_states, n_tangents, N), without theirs. The random couplings multiply all
    of them in one product. Parameters are those of `NetworkInTime`.

    Attributes
    ----------
    random, mean, block_means, low_rank, sparse, plastic : the terms of the couplings; None for one that is not there.
    further : those of other kinds.
    """

    def _begin(self, question: Question, start: NDArray[Any], asked: Asked) -> None:
        arrays, n, n_states, n_tangents = self._arrays, self.n, self.n_states, self.n_tangents
        dtype, rows, for_couplings = asked.dtype, len(start), asked.for_couplings
        self._discrete = question.discrete
        for kind in self.layout.nonlinearities:
            arrays.check(kind, dtype)
        self.mean = None if question.mean is None else MeanCouplings(question, n_states, n_tangents, self.dt)
        self.plastic: Any = None
        if question.plastic is not None:
            self.plastic = PlasticCouplings(question.plastic, n, n_states, n_tangents, self.dt, dtype, asked.synapses)
        self._response = self.layout.response((n_states, n), dtype, asked.for_input)
        self.random: CouplingProduct | RevealedProduct | None = None
        self.block_means: BlockMeans | None = None
        self.low_rank: LowRankCouplings | None = None
        self.sparse: SparseCouplings | None = None
        self.further: list[Term] = []
        if asked.couplings is not None:
            fluctuating = np.asarray(asked.couplings, dtype=np.float64) - (question.mean or 0.0) / n
            self.random = CouplingProduct(np.array(fluctuating.T, dtype=dtype, order="C"), rows, arrays)
        else:
            self.random = random_couplings(question, self.layout, rows, dtype, for_couplings, arrays, asked.storage)
            if question.block_means is not None:
                self.block_means = BlockMeans(question.block_means, self.layout)
            if question.synapses is not None:
                self.sparse = SparseCouplings(question.synapses, question.fractions, self.layout, dtype, for_couplings)
            if question.low_rank is not None:
                self.low_rank = self._low_rank(question, dtype, for_couplings)
            self.further = [term_of(stated, self.layout, dtype, for_couplings) for stated in question.further]
        # What is added to the product with the random couplings.
        stated = (self.plastic, self.block_means, self.sparse, self.low_rank, *self.further)
        self._added = [term for term in stated if term is not None]
        self._z = arrays.to_device(self._response.z)
        if question.mean is not None and question.mean < 0:
            # of the scale that balance gives it: the constant input over the inhibition is a rate
            start[:n_states] *= 2.0 * max(-question.constant / question.mean, 0.1)
        if n_tangents:
            arrays.check(self._phi.derivative, dtype)
        self._state: Any = arrays.to_device(start)
        self._presynaptic: Any = arrays.empty(start.shape, dtype)
        method = INTEGRATORS[chosen_integrator(question, asked.integrator)]
        self._integrator = method(
            self, self._state.shape, dtype, self.dt, arrays, once=self.plastic is not None, tau=self.layout.tau
        )

    def _low_rank(self, question: Question, dtype: Any, rng: np.random.Generator) -> LowRankCouplings:
        statement: Any = question.low_rank
        thresholds = self.layout.thresholds
        left, right = drawn_vectors(
            statement,
            self.n,
            None if thresholds is None else thresholds[0],
            question.populations[0].threshold_variance,
            rng,
        )
        if statement.outlier is not None:
            random = np.zeros((1, 1)) if self.random is None else self.random.couplings
            right = with_outlier(statement, left, right, random)
        return LowRankCouplings(left, right, dtype)

    @property
    def couplings(self) -> NDArray[Any]:
        """J, its mean included, shape (N, N), [i, j] acts from j to i; plastic couplings are left out."""
        matrix = np.zeros((self.n, self.n)) if self.random is None else self.random.couplings
        if self.mean is not None:
            matrix = matrix.astype(np.float64) - self.mean.inhibition / self.n
        for term in (self.block_means, self.sparse, self.low_rank, *self.further):
            matrix = matrix if term is None else matrix.astype(np.float64) + term.couplings
        return matrix

    @property
    def _tangents(self) -> NDArray[Any]:
        rows: NDArray[Any] = self._state[self.n_states :]
        return rows.reshape(self.n_states, self.n_tangents, self.n)

    @property
    def _frames(self) -> NDArray[Any]:
        return self._tangents if self.mean is None else self.mean.raised_tangents(self._tangents)

    @property
    def x(self) -> NDArray[Any]:
        """The state, shape (N, n_states)."""
        x = self._state[: self.n_states] + self._z
        return self._arrays.to_host(x if self.mean is None else self.mean.raised(x)).T

    @property
    def tangents(self) -> NDArray[Any]:
        """The tangent vectors (of plastic couplings the neuronal part), shape (N, n_tangents, n_states)."""
        return self._arrays.to_host(self._frames).transpose(2, 1, 0)

    @property
    def velocity(self) -> NDArray[Any]:
        """Dx/dt of a network without input at the last step, shape (N, n_states); by Adams-Bashforth 4."""
        return self._arrays.to_host(self._integrator.velocity[: self.n_states]).T

    def step(self) -> None:
        """Advance the states and their tangent vectors by dt: first what the couplings drive, then the mean."""
        if self.mean is None:
            self._integrator.step(self._state)
        else:
            before = self._state[: self.n_states] + self._z
            slope, w = (self.slope.T, self._tangents.copy()) if self.n_tangents else (None, None)
            self._integrator.step(self._state)
            self.mean.advance(before, self._state[: self.n_states] + self._z, self.time)
            if slope is not None and w is not None:
                self.mean.advance_tangents(slope, self.slope.T, w, self._tangents)
        self.time += self.dt

    def couple(self, state: NDArray[Any], out: NDArray[Any]) -> None:
        """Write sum_j J_ij phi(x_j) to the rows of the states and sum_j J_ij phi'(x_j) v_j to those of the tangents."""
        n_states, source = self.n_states, self._presynaptic
        x = state[:n_states] + self._z
        if self.mean is not None:
            x = self.mean.raised(x)
        source[:n_states] = self._phi(x)
        if self.n_tangents:
            slope = self._phi.derivative(x)
            shape = (n_states, self.n_tangents, self.n)
            vectors = state[n_states:].reshape(shape)
            if self.mean is not None:
                vectors = self.mean.raised_tangents(vectors)
            np.multiply(vectors, slope[:, None, :], out=source[n_states:].reshape(shape))
        if self.random is None:
            out[...] = 0
        else:
            self.random(source, out)
        for term in self._added:
            term.add(source, out)

    def advance_input(self, step: float) -> None:
        """Move the response to the input by a step."""
        if self._moves:
            self._response.advance(step)
            self._z = self._arrays.to_device(self._response.z)

    def forget(self) -> None:
        """Begin at the normal numbers themselves, not at these beside the response to what was heard before."""
        self._state[: self.n_states] -= self._z

    def place(self, x: NDArray[Any]) -> None:
        """Put the states at x, shape (N, n_states), leaving the synapses as they are."""
        self._state[: self.n_states] += self._arrays.to_device(np.asarray(x - self.x, dtype=self._state.dtype).T)
        self._integrator.restart()

    def imprint(self, x: NDArray[Any]) -> None:
        """Put the states at x, shape (N, n_states), and the synapses where these rates held for ever would bring them.

        A = (k/N) phi phi^T: a fixed point of the synapses, and one of the network if x = J phi + k <phi^2> phi.
        """
        if self.plastic is None:
            raise ValueError(f"network must have plastic couplings to be imprinted, got {self.network!r}")
        self.place(x)
        self.plastic.imprint(self.rates)

    def orthonormalise(self) -> NDArray[np.float64]:
        """Make the tangent vectors of each state orthonormal; return the logs of their stretching.

        Everything that is linear in them moves into the new basis with them: their earlier derivatives, their mean, and
        their part in the synapses.
        """
        history = self._integrator.history[:, self.n_states :]
        history = history.reshape(len(history), *self._tangents.shape)
        # Once a tau, on the host: the products, ten times a tau, are what a device is for.
        frames, earlier = self._arrays.to_host(self._frames), self._arrays.to_host(history)
        logs, triangles = orthonormalise(frames, earlier)
        terms: list[Any] = [term for term in (self.mean, self.plastic) if term is not None]
        for term in terms:
            for state, triangle in enumerate(triangles):
                term.recombine(state, triangle)
        if self.mean is not None:
            frames = frames - self.mean.mu[:, :, None].astype(frames.dtype)
        self._tangents[...] = self._arrays.to_device(frames)
        if not self._arrays.on_host:
            history[...] = self._arrays.to_device(earlier)
        return logs

    def jacobian(self, state: int = 0) -> NDArray[np.float64]:
        """Return the matrix of the linear flow at a state, shape (N, N), in float64.

        (-1 + J diag(phi'(x)))/tau, rows by their time constants; in discrete time J diag(phi'(x)); of a plastic network
        `joint_jacobian`, (2 N, 2 N).
        """
        matrix = self.couplings.astype(np.float64)
        slope = np.asarray(self.slope[:, state], dtype=np.float64)
        if self.plastic is not None:
            matrix += self.plastic.matrix(state)
            return joint_jacobian(self.plastic.rule, matrix, np.asarray(self.rates[:, state], float), slope)
        matrix *= slope
        if not self._discrete:
            matrix[np.diag_indices(self.n)] -= 1.0
        return matrix if self.layout.tau is None else matrix / self.layout.tau[:, None]
