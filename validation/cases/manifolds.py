"""Manifolds that a linear read-out tells apart: capacity, geometry, data as they lie, responses of networks."""

from __future__ import annotations

import numpy as np

import dmft
from dmft.plotting import paper_style
from validation.cases.manifold_figures import against_radius, anchors, from_networks, half_loads, of_labels
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.comparison import Comparison, compare

_DIMENSIONS = (1, 2, 5, 10)

_REMARK = (
    "The mean number of random dimensions in which manifolds are told apart is their statistical dimension and 1/2, "
    "however few they are: there is no finite-size bias to bound."
)


def correlated(classes: int, seed: int) -> dmft.Manifolds:
    """Return clouds of six points in 60 dimensions, their centres in five common directions and their own."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((5, 60))
    centres = [rng.standard_normal(5) @ common + 0.8 * rng.standard_normal(60) for _ in range(classes)]
    return dmft.Manifolds(tuple(c + 0.4 * rng.standard_normal((6, 3)) @ rng.standard_normal((3, 60)) for c in centres))


def cross_polytope(dimension: int, scale: float) -> dmft.PointCloud:
    """Return the 2 D points at a distance along D axes, around a centre of norm 1."""
    axes = scale * np.eye(dimension)
    return dmft.PointCloud(np.column_stack([np.vstack([axes, -axes]), np.ones(2 * dimension)]))


def run(budget: Budget) -> Content:
    """Compare mean dimensions with drawn projections, and draw the pictures."""
    clouds = correlated(24, budget.seed)
    sets = {
        "balls, R = 1, D = 5": dmft.Manifolds((dmft.Ball(1.0, 5),) * 4),
        "ellipsoids, R = 2, 1, 1/2": dmft.Manifolds((dmft.Ellipsoid([2.0, 1.0, 0.5]),) * 4),
        "cross-polytopes, R = 0.8, D = 5": dmft.Manifolds((cross_polytope(5, 0.8),) * 4),
    }
    count = budget.choose(280, 4000)
    begun = {
        title: budget.start(stated, {len(stated.manifolds): count}, measure="dimension")
        for title, stated in sets.items()
    }
    words = ("balanced", "one-vs-rest")
    labelled = {
        word: budget.start(clouds, {24: budget.choose(90, 1000)}, measure="dimension", labels=word) for word in words
    }
    loads = np.array([0.7, 0.85, 1.0, 1.15, 1.3])
    segments = {
        radius: [
            budget.start(
                dmft.Ball(radius, 1),
                {budget.choose(24, 60): budget.choose(30, 100)},
                load=float(a),
                measure="separable",
            )
            for a in loads * dmft.solve_manifolds(dmft.Ball(radius, 1)).capacity
        ]
        for radius in (0.3, 1.0, 3.0)
    }
    comparisons: dict[str, Comparison] = {}
    for title, future in begun.items():
        comparisons[f"dimensions taken by 4 {title}"] = compare(
            dmft.solve_manifolds(sets[title], accuracy=6e-3), future.result(), tolerance=TOLERANCE
        )
    for word, future in labelled.items():
        solved = dmft.solve_manifolds(clouds, labels=word, accuracy=5e-3)
        comparisons[f"24 correlated clouds as they lie, {word} labels"] = compare(
            solved, future.result(), tolerance=TOLERANCE
        )
    with paper_style():
        pictures = (
            Picture(
                "manifolds-radius",
                against_radius(_DIMENSIONS, {r: [f.result() for f in row] for r, row in segments.items()}),
                "Capacity of balls against their radius: a point holds 2, a large ball 1/(D + 1/2), and at R = 1 it is "
                "2/(D + 1) exactly. Dashed: the form of many dimensions. Symbols: loads at which half of the draws of "
                "segments (D = 1) are separable, by probit.",
            ),
            Picture(
                "manifolds-half",
                half_loads({r: [f.result() for f in row] for r, row in segments.items()}),
                "Fraction of draws that a read-out tells apart against the load over the capacity, with the probit.",
            ),
            Picture(
                "manifolds-anchors",
                anchors(budget.choose(7, 20)),
                "Radius and dimension of the anchors of ellipsoids of 20 axes with R_i ~ 1/sqrt(i), against their "
                "scale: small ones are held anywhere, large ones at their widest points.",
            ),
            Picture(
                "manifolds-labels",
                of_labels(clouds, {word: future.result() for word, future in labelled.items()}),
                "Clouds with centres in common directions: capacity if they lay at random, and as they lie.",
            ),
            Picture(
                "manifolds-responses",
                from_networks(budget.seed, *budget.choose((400, 8, 5, 60.0, 14), (1000, 10, 20, 200.0, 55))),
                "Manifolds made by a random network, g = 1.8, of trials of one input: beyond the amplitude at which "
                "the input suppresses chaos (dotted) all trials are one point. Lines: theory of C^phi; symbols: "
                "networks, one for each class. Next to that amplitude small networks without noise end in limit "
                "cycles, whose trials lie on one curve and are told apart more easily.",
            ),
        )
    return Content(comparisons, pictures, (_REMARK,))


section = Section(
    key="manifolds",
    title="Population geometry",
    text=(
        "How many classes a linear read-out can hold when each is a manifold, and the radius and dimension "
        "that decide it. Theory: Chung, Lee & Sompolinsky (2018), reviewed by Chung & Abbott (2021). Simulations: "
        "linear and cone programs on manifolds placed at random, and on random projections of data as they lie."
    ),
    run=run,
)
