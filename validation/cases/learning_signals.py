"""Learning signals: angles against the gradient, kernels, students and teachers, and layered networks that learn."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.plotting import paper_style
from validation.cases.images import of_images
from validation.cases.learning_signals_figures import (
    against_channels,
    against_crossings,
    against_width,
    in_time,
    learning_curves,
    of_kernels,
    of_rules,
    tangent_curves,
)
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.comparison import Comparison, compare
from validation.gated.digits import ten_digits
from validation.layered.optimisers import Adam, Momentum
from validation.layered.training import Training, logits_of, train_layered

_GLOBAL = dmft.GlobalErrorVector()
_SIGNS = {
    "uniform sizes (uSF), Gaussian weights": (dmft.SignFeedback("uniform"), "gaussian"),
    "drawn sizes (frSF), Gaussian weights": (dmft.SignFeedback("fixed"), "gaussian"),
    "uniform sizes (uSF), uniform weights": (dmft.SignFeedback("uniform"), "uniform"),
    "drawn sizes (frSF), uniform weights": (dmft.SignFeedback("fixed"), "uniform"),
}
_STUDENT = dmft.TeacherStudent.drawn(2, 2, seed=1, size=0.5)
_ONLINE = {"direct feedback": dmft.DirectFeedback([1.0, -0.5]), "backpropagation": dmft.Backprop()}
_RATE = 0.2
_RULES = {
    "BP": dmft.Backprop(),
    "uSF": dmft.SignFeedback("uniform"),
    "frSF": dmft.SignFeedback("fixed"),
    "brSF": dmft.SignFeedback("batch"),
    "FA": dmft.FeedbackAlignment(),
    "DFA": dmft.DirectFeedback(),
}


def paired(width: int, components: int = 10) -> dmft.LayeredNetwork:
    """Return a vectorised nonnegative network of three hidden layers."""
    return dmft.LayeredNetwork([width] * 3, vector_units=components, nonnegative=True)


def run(budget: Budget) -> Content:
    """Compare angles, kernels and courses of learning with networks, and draw the pictures."""
    comparisons: dict[str, Comparison] = {}
    width, n = budget.choose((256, 80), (1024, 200))
    widths = budget.choose((64, 128, 256), (64, 128, 256, 512, 1024))
    vectors = {w: budget.start(paired(w), {w: n if w == width else 40}, rule=_GLOBAL) for w in widths}
    angles = dmft.solve_alignment(paired(width), _GLOBAL)
    named = f"Global error vectors, nonnegative network of 3 x {width} units"
    comparisons[named] = _of_angles(angles, vectors[width].result())
    scalar = {title: dmft.LayeredNetwork([256] * 4, weights=law) for title, (_, law) in _SIGNS.items()}
    signs = {
        title: budget.start(scalar[title], {256: budget.choose(60, 400)}, rule=rule)
        for title, (rule, _) in _SIGNS.items()
    }
    for title, (rule, _) in _SIGNS.items():
        solved = dmft.solve_alignment(scalar[title], rule)
        comparisons[f"Signs of the weights: {title}"] = _of_angles(solved, signs[title].result())
    maps = _maps(budget)
    for title, (network, image, drawn) in maps.items():
        widest = max(drawn)
        solved = dmft.solve_alignment(network.replace(widths=[widest] * 2), _GLOBAL, image=image)
        comparisons[f"Global error vectors, two convolutions of {widest} channels, {title}"] = _of_angles(
            solved, drawn[widest]
        )
    size, pairs = budget.choose((600, 24), (1500, 60))
    kernels = {}
    for components in (3, 10):
        network = dmft.LayeredNetwork([size] * 3, vector_units=components, nonnegative=True)
        simulated = budget.start(network, {size: pairs}, correlation=0.5, samples=8).result()
        kernels[components] = simulated
        solved_kernel = dmft.solve_kernel(network, 0.5)
        comparisons[f"Kernel, {components} components"] = compare(solved_kernel, simulated, tolerance=TOLERANCE)
    courses = {}
    times = budget.choose([40.0, 80.0], [25.0, 50.0, 100.0, 150.0])
    dimensions, students = budget.choose((300, 5), (500, 16))
    for title, online in _ONLINE.items():
        kept = {"rate": _RATE, "duration": times[-1]}
        course = dmft.solve_online_learning(_STUDENT, online, **kept)
        settings = {"rule": online, "times": times, **kept}
        students_seen = budget.start(_STUDENT, {dimensions: students}, **settings).result()
        comparisons[f"A student that learns by {title}"] = compare(course, students_seen, tolerance=TOLERANCE)
        courses[title] = (dmft.solve_online_learning(_STUDENT, online, rate=_RATE, duration=3000.0), students_seen)
    with paper_style():
        pictures = [
            Picture(
                "signals-width",
                against_width(paired, {w: future.result() for w, future in vectors.items()}),
                "Angle of an update by the global error vector to the gradient, vectorised nonnegative networks of "
                "three hidden layers: it vanishes with the width, but for the last hidden layer, where it is "
                "arccos(pi^-1/2) = 55.65 degrees at every width. Lines: recursion.",
            ),
            Picture(
                "signals-signs",
                against_crossings(scalar, {t: r for t, (r, _) in _SIGNS.items()}, signs),
                "Feedback by signs: each matrix on the way multiplies the cosine by kappa, of the law of the weights "
                "and of the feedback's sizes; no width helps, and depth hurts. Networks of 256 units.",
            ),
            Picture(
                "signals-kernels",
                of_kernels({k: s for k, s in kernels.items()}),
                "Correlation of two inputs, layer by layer: units of one component bring inputs together, of many "
                "apart.",
            ),
            Picture(
                "signals-time",
                in_time(courses),
                "Align, then memorise: a student with direct feedback aligns its read-out with it on the plateau, and "
                "learns the teacher after. Lines: order parameters; symbols: students in "
                f"{dimensions} dimensions.",
            ),
        ]
        pictures.append(
            Picture(
                "signals-tangent",
                tangent_curves(_tangents(budget)),
                "The tangent kernel of global error vectors differs from that of the gradient by a number for each "
                "layer: at a rate of its own, wide networks learn alike. Lines: kernel at the initial weights, "
                "from the networks' own logits; symbols: means of four networks, off by what their width leaves, with "
                "the error of that difference.",
            )
        )
        pictures.append(
            Picture(
                "signals-maps",
                against_channels(maps, np.geomspace(6, 160, 12).astype(int) * 2),
                "Angles of the global error vector in convolutional nonnegative networks (8 x 8 pixels, two layers): "
                "they depend on the image, the last layer averages over places, and the first keeps an angle at any "
                "width, as places at the border have less above them. Lines: recursion over places.",
            )
        )
    more, told = of_images(budget, _digits)
    return Content(comparisons, (*pictures, *more), (_OUT_OF_REACH, *told))


def _of_angles(theory: Any, simulation: Any) -> Comparison:
    """Compare angles; scales scatter too widely between networks to be decided by some tens of them."""
    numbers = {f"angle_{i}": float(angle) for i, angle in enumerate(theory.angles, 1)}
    return compare(numbers, simulation, tolerance=TOLERANCE)


def _maps(budget: Budget) -> dict[str, tuple[Any, Any, dict[int, Any]]]:
    """Return network, image, and simulations by channels, of two images."""
    network = dmft.LayeredNetwork([8, 8], vector_units=10, nonnegative=True, convolutional=True)
    images = {"noise": np.random.default_rng(budget.seed).standard_normal(64), "flat image": np.ones(64)}
    counts = budget.choose({16: 40, 32: 40, 128: 80}, {16: 200, 32: 200, 64: 200, 128: 200, 256: 150})
    found = {}
    for title, image in images.items():
        wide = {w: network.replace(widths=[w, w]) for w in counts}
        settings = {"rule": _GLOBAL, "image": image, "samples": 1}
        started = {w: budget.start(one, {w: counts[w]}, **settings) for w, one in wide.items()}
        found[title] = (network, image, {w: future.result() for w, future in started.items()})
    return found


def _tangents(budget: Budget) -> dict[str, tuple[Any, Any, Any]]:
    """Return losses of theory and of networks that begin at their own logits, by each rule."""
    rng = np.random.default_rng(budget.seed)
    x, y = rng.standard_normal((12, 30)), rng.integers(4, size=12)
    x[6:] = 0.7 * x[:6] + 0.6 * x[6:]
    network = dmft.LayeredNetwork([budget.choose(256, 1024)] * 3, vector_units=4, nonnegative=True)
    steps = budget.choose(40, 160)
    found = {}
    for title, rule in (("global error vector", _GLOBAL), ("gradient", dmft.Backprop())):
        mean = np.mean(np.diag(dmft.solve_tangent(network, rule, x, y, duration=1e-6).kernel))
        duration = 36.0 / float(mean)
        full: dict[str, Any] = {
            "epochs": steps,
            "batch": 12,
            "clip": False,
            "optimiser": Momentum(duration / steps, 0.0),
        }
        runs = [train_layered(network, rule, data=(x, y), seed=budget.seed + i, **full) for i in range(4)]
        solved = [
            dmft.solve_tangent(network, rule, x, y, duration=duration, start=logits_of(run.first, x)) for run in runs
        ]
        lines = np.array([one.losses for one in solved])
        found[title] = (solved[0].times, lines, np.array([run.losses for run in runs]))
    return found


def _digits(budget: Budget) -> tuple[list[Picture], list[str]]:
    """Return the pictures of digits, with final accuracies and angles."""
    many, held = budget.choose((600, 300), (1437, 360))
    train, test = ten_digits(many, held, budget.seed, mnist=budget.mnist)
    images = "8 x 8 digits" if budget.mnist is None else "Images of MNIST"
    seeds = range(budget.choose(1, 5))

    def several(network: dmft.LayeredNetwork, rule: Any, **settings: Any) -> list[Training]:
        return [train_layered(network, rule, data=train, test=test, seed=s, **settings) for s in seeds]

    hidden, epochs = budget.choose(([64, 32], 6), ([128, 64], 15))
    vectors = {}
    for kind, nonnegative in (("nonnegative", True), ("mixed signs", False)):
        network = dmft.LayeredNetwork(hidden, vector_units=10, nonnegative=nonnegative)
        for name, rule in (("BP", dmft.Backprop()), ("GEVB", _GLOBAL), ("DFA", dmft.DirectFeedback())):
            vectors[f"{name}, {kind}"] = several(network, rule, epochs=epochs, optimiser=Adam(2e-3))
    scalar = dmft.LayeredNetwork(budget.choose([64] * 3, [128] * 3))
    chains = {
        name: several(scalar, rule, epochs=budget.choose(6, 20), optimiser=Momentum(0.02))
        for name, rule in _RULES.items()
    }
    maps = dmft.LayeredNetwork(budget.choose([8, 8], [16, 32]), convolutional=True)
    maps_epochs = budget.choose(4, 12)
    convolutions = {
        name: several(maps, rule, epochs=maps_epochs, optimiser=Momentum(0.05)) for name, rule in _RULES.items()
    }
    vector_maps = maps.replace(vector_units=10, nonnegative=True, widths=budget.choose([8, 8], [16, 16]))
    for name, rule in (
        ("BP, vector", dmft.Backprop()),
        ("GEVB, vector", _GLOBAL),
        ("DFA, vector", dmft.DirectFeedback()),
    ):
        convolutions[name] = several(vector_maps, rule, epochs=maps_epochs, optimiser=Adam(4e-3))
    with paper_style():
        pictures = [
            Picture(
                "signals-learning",
                learning_curves(vectors),
                f"{images}: loss of vector networks, nonnegative and of mixed signs, by backpropagation (BP), "
                "global error vectors (GEVB) and direct feedback (DFA); and angles to the gradient on the way.",
            ),
            Picture(
                "signals-rules",
                of_rules(chains, convolutions),
                f"{images}: accuracy on the test set and final angles, dense networks (left) and convolutional ones "
                "(right), one learning rate for all rules.",
            ),
        ]
    told = [
        f"Accuracy, {title}: {', '.join(f'{name} {_mean(of)}' for name, of in groups.items())}."
        for title, groups in (("vector units", vectors), ("dense", chains), ("convolutional", convolutions))
    ]
    return pictures, told


def _mean(trained: list[Training]) -> str:
    values = [one.accuracy for one in trained]
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{np.mean(values):.3f} +- {np.std(values, ddof=1) / np.sqrt(len(values)):.3f}"


_OUT_OF_REACH = (
    "Not reproduced: the tables of both papers on CIFAR-10 and ImageNet, and those on MNIST in full, which are beyond "
    "this machine; digits of 8 x 8 pixels stand in for the order of the rules, not for their numbers."
)

section = Section(
    key="learning-signals",
    title="Learning signals",
    text=(
        "How far what carries the error back lies from the gradient, and whether networks learn by it: a global error "
        "vector in networks of nonnegative weights (Clark, Abbott & Chung 2021), feedback that has the signs of the "
        "weights (Moskovitz, Litwin-Kumar & Abbott 2018), and direct feedback to a student of two layers (Refinetti, "
        "d'Ascoli, Ohana & Goldt 2021, after Saad & Solla 1995). Simulations: networks with drawn weights, students in "
        "some hundred dimensions, digits."
    ),
    run=run,
)
