"""Cases of low-rank couplings and of manifolds, each with a second method.

A low-rank state is held against the two equations of its variance and of its overlap, by brute-force averages; a
manifold's capacity against draws of the mean squared distance to the solutions, each by a program of its own.
"""

from __future__ import annotations

import math

import numpy as np
import second_methods as second
import strategies as some
from averages import Averages
from hypothesis import strategies as st
from scipy.optimize import nnls

import dmft

_SIGMAS = 6.0
_BALL_DRAWS, _CLOUD_DRAWS = 400_000, 6000


@st.composite
def low_rank(draw):
    """Draw rank one, or a rotation of rank two; with noise or without."""
    from cases import Case

    g, phi = draw(some.log_uniform(0.05, 3.0)), draw(some.BOUNDED)
    strength, noise = draw(some.signed(some.log_uniform(0.05, 5.0))), draw(st.sampled_from([None, None, 0.3]))
    turn = draw(st.sampled_from([None, None, 0.5, 2.0]))
    settings = {"on_failure": draw(some.FAILURE)}
    overlap = strength if turn is None else [[strength, -turn], [turn, strength]]

    def run():
        population = dmft.Population(some.made(phi), drive=None if noise is None else dmft.WhiteNoise(noise))
        couplings = dmft.Couplings(dmft.Random(g), low_rank=dmft.LowRank(overlap))
        return dmft.solve_stationary(dmft.Network(population, couplings), **settings)

    def confirm(solution):
        if solution.state == "rotating" or solution.kappa is None:
            raise second.Unresolved("a state that rotates")
        phi_, kappa, variance = some.made(phi), float(solution.kappa), float(solution.variance)
        if variance <= 1e-12:
            return second.constant_state(g, phi_, 0.0, variance, second.claimed(solution))
        site, allowed = Averages(phi_, 0.0, variance), 10.0 * second.claimed(solution)
        structured = abs(kappa) > 1e-6 * math.sqrt(variance)
        if structured and turn is not None:
            raise second.Unresolved("a static overlap of rank two")
        if structured:  # Stein's identity: n . phi/N = overlap kappa <phi'>
            second.agree("overlap <phi'>", strength * site.mean_slope, 1.0, allowed)
        if noise is None and np.ptp(np.asarray(solution.cov_x)) <= 1e-9 * variance:
            second.agree("variance", variance, g**2 * site.mean_square + kappa**2, allowed * variance)
            return "both equations of a static state"
        if structured:
            return "the equation of the overlap"
        floor = float(solution.cov_x[-1])
        return second.energy_orbit(g, phi_, lambda v: 0.0, variance, noise or 0.0, floor, allowed)

    return Case("low rank", f"g={g}, {phi[1]!r}, overlap={overlap}, noise={noise}, {settings}", run, confirm)


def distance_to_ball(radius, dimension, margin, rng):
    """Return draws of min |v - t|^2 over v with v_0 - R |v'| >= margin, t normal: the distance to a cone."""
    along = rng.normal(size=_BALL_DRAWS)
    across = np.sqrt(rng.gamma(0.5 * dimension, 2.0, size=_BALL_DRAWS))
    off = np.maximum(margin - along + radius * across, 0.0)
    side = off**2 / (1.0 + radius**2)
    inside = across - radius * off / (1.0 + radius**2) >= 0.0
    return np.where(inside, side, np.maximum(margin - along, 0.0) ** 2 + across**2)


def distance_to_cloud(points, rng):
    """Return draws of min |v - t|^2 over v with points v >= 0: v is the residual of t + points' weights, weights >= 0
    (Moreau), and the squares of both add up to that of t."""
    t = rng.normal(size=(_CLOUD_DRAWS, points.shape[1]))
    return np.sum(t**2, axis=1) - np.array([nnls(points.T, -one)[1] ** 2 for one in t])


@st.composite
def manifolds(draw):
    from cases import Case

    kind, seed = draw(st.sampled_from(["ball", "ball", "cloud"])), draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    if kind == "ball":
        radius, dimension = draw(some.log_uniform(1e-3, 30.0)), draw(some.log_uniform(0.1, 1e3))
        margin = draw(st.sampled_from([0.0, 0.0, 0.5, 2.0]))
        words, shape = f"Ball({radius}, {dimension}), margin {margin}", (radius, dimension)
    else:
        n, d, size = draw(st.integers(1, 12)), draw(st.integers(1, 8)), draw(some.log_uniform(1e-3, 3.0))
        margin, words = 0.0, f"cloud of {n} points in {d} dimensions, size {size}, seed {seed}"
        shape = np.eye(1, d) + size * rng.normal(size=(n, d)) / math.sqrt(d)

    def run():
        one = dmft.Ball(*shape) if kind == "ball" else dmft.PointCloud(shape)
        return dmft.solve_manifolds(one, margin=margin, seed=0, accuracy=0.02)

    def confirm(solution):
        found = distance_to_ball(*shape, margin, rng) if kind == "ball" else distance_to_cloud(shape, rng)
        cost, error = float(found.mean()), float(found.std()) / math.sqrt(len(found))
        if kind == "cloud" and solution.state == "none":
            raise second.Unresolved("no plane through the origin separates it: no draws of a distance")
        first, claimed = float(1.0 / solution.capacity), float(solution.capacity_error / solution.capacity**2)
        allowed = _SIGMAS * math.hypot(error, claimed) + 1e-9
        second.agree("cost", first, cost, allowed)
        return "draws of the distance"

    return Case("manifolds", words, run, confirm)
