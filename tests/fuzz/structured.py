"""Cases of the theories of structure: several populations, and discrete time; a march is the second method of each."""

from __future__ import annotations

import numpy as np
import second_methods as second
import strategies as some
from hypothesis import strategies as st

import dmft

_SETTLED = 2e-3  # part of the variance by which a march may still move, at most
_STEPS, _DURATION = 160, 30.0


@st.composite
def structured_network(draw, discrete):
    """Draw the words and the making of a network of two or three populations, small gains and means."""
    size = draw(st.integers(2, 3))
    gains = draw(st.lists(some.log_uniform(0.1, 3.0), min_size=size * size, max_size=size * size))
    means = draw(st.lists(some.signed(some.log_uniform(0.01, 2.0)), min_size=size * size, max_size=size * size))
    biases = draw(st.lists(st.sampled_from([0.0, 0.0, 0.3, -0.5]), min_size=size, max_size=size))
    phis = draw(st.lists(some.BOUNDED, min_size=size, max_size=size))
    noise = draw(st.lists(st.sampled_from([None, None, 0.3]), min_size=size, max_size=size))
    share = round(1.0 / size, 6)
    fractions = [share] * (size - 1) + [None]

    def make():
        rows = range(size)
        populations = {
            "ABC"[a]: dmft.Population(
                some.made(phis[a]),
                dmft.Map() if discrete else dmft.Leaky(1.0),
                fraction=fractions[a],
                bias=biases[a],
                drive=None if noise[a] is None else dmft.WhiteNoise(noise[a]),
            )
            for a in rows
        }
        table = [[gains[size * a + b] for b in rows] for a in rows]
        mean = [[means[size * a + b] for b in rows] for a in rows]
        return dmft.Network(populations, dmft.Couplings(dmft.Random(g=table), dmft.Mean(mean)))

    return f"{size} populations g={gains}, M={means}, bias={biases}, noise={noise}, {[p[1] for p in phis]}", make


def settled(path, solution, steps):
    """Compare a stationary state with the end of a march from it: it stays where it is, if it is stable."""
    variance = np.asarray(path.variance)
    last, before = variance[:, -1], variance[:, -1 - steps]
    scale = float(np.max(np.abs(solution.variance))) + 1e-12
    if not path.convergence.converged or np.max(np.abs(last - before)) > _SETTLED * scale:
        raise second.Unresolved("the march has not settled")
    right = np.asarray(solution.variance)
    gap = float(np.max(np.abs(last - right)))
    moved = np.max(np.abs(np.asarray(path.mean_x)[:, -1] - np.asarray(solution.mean_x)))
    if gap > 0.2 * scale or moved > 0.2 * np.sqrt(scale):
        raise second.Unresolved("the march goes to another state")
    second.agree("variances", gap, 0.0, (3.0 * path.convergence.error + 3.0 * _SETTLED) * scale)
    return "the march from it"


def start(solution):
    return np.asarray(solution.mean_x).tolist(), np.asarray(solution.variance).tolist()


@st.composite
def populations(draw):
    words, make = draw(structured_network(False))
    settings = {"on_failure": draw(some.FAILURE)}

    def confirm(solution):
        path = dmft.solve_nonstationary(solution.network, _DURATION, init=start(solution), on_failure="ignore")
        return settled(path, solution, len(path.times) // 4)

    from cases import Case

    return Case("populations", words, lambda: dmft.solve_stationary(make(), **settings), confirm)


@st.composite
def discrete(draw):
    words, make = draw(structured_network(True))
    settings = {"on_failure": draw(some.FAILURE)}

    def confirm(solution):
        method = dmft.StepByStep(window=1)
        path = dmft.solve_nonstationary(
            solution.network, _STEPS, method=method, init=start(solution), on_failure="ignore"
        )
        return settled(path, solution, _STEPS // 4)

    from cases import Case

    return Case("discrete time", words, lambda: dmft.solve_stationary(make(), **settings), confirm)
