# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # Population geometry
#
# Each class of inputs gives a *manifold* of responses: the same object seen from all sides, the same cue in every
# trial. How many such classes can a linear read-out tell apart, and what of their shape decides it? Chung, Lee and
# Sompolinsky (PRX 8, 031003, 2018) answer with one average over a Gaussian vector $T$,
#
# $$\frac1\alpha = \Big\langle \min_V\{|V - T|^2 : V\cdot S \ge 0 \text{ for all points } S\}\Big\rangle,$$
#
# and with the radius and dimension of the *anchors*, the points that hold the read-out. Chung and Abbott (Curr. Opin.
# Neurobiol. 70, 137, 2021) set capacity beside other measures of geometry: untangling, abstraction, topology.
#
# For data as they lie, with all their correlations and given labels, the same average over the cone of all signed
# points is its statistical dimension $\delta$: a random projection to $n$ dimensions can be read out with probability
# one half at $n = \delta$, and $\alpha = P/\delta$.
#
# With `DMFT_NOTEBOOK=quick` there are fewer points and draws. Digits come from scikit-learn, where it is installed;
# `--mnist FILE` (an npz with `images` and `labels`) adds those of MNIST.

# %%
import itertools
import os
import sys

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import COLOURS, MARKERS, figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"
MNIST = sys.argv[sys.argv.index("--mnist") + 1] if "--mnist" in sys.argv else None

# %% [markdown]
# ## Balls
#
# A point holds 2 (Gardner). A ball of radius $R$ in $D$ dimensions holds less, $2/(D+1)$ at $R = 1$ and never less
# than $1/(D + 1/2)$. Symbols: segments placed at random, the load at which half of the draws can be read out.

# %%
radii = np.geomspace(0.03, 30.0, 41)
sweep = {D: dmft.phase_diagram(dmft.Ball(1.0, D), {"radius": radii}, {"alpha": "capacity"}) for D in (1, 2, 5, 20)}
drawn = {}
for radius in (0.5,) if QUICK else (0.2, 0.5, 1.0, 2.0, 5.0):
    segment = dmft.Ball(radius, 1)
    loads = dmft.solve_manifolds(segment).capacity * np.array([0.75, 0.9, 1.0, 1.1, 1.25])
    size, draws = (24, 24) if QUICK else (60, 60)
    drawn[radius] = validation.half_load(
        [validation.simulate(segment, size, load=a, measure="separable", n_realizations=draws, seed=1) for a in loads]
    )
with paper_style():
    figure, axes = plt.subplots(figsize=(4.2, 3.1), layout="constrained")
    for colour, (D, found) in zip(COLOURS, sweep.items(), strict=False):
        axes.plot(radii, found["alpha"], color=colour, label=f"$D$ = {D}")
    axes.errorbar(
        list(drawn), list(drawn.values()), [h.standard_error for h in drawn.values()], fmt="o", mfc="white", color="k"
    )
    axes.set_xscale("log")
    axes.set_xlabel("radius $R$ (centre norms)")
    axes.set_ylabel(r"capacity $\alpha$")
    axes.legend()
for radius, half in drawn.items():
    exact = dmft.solve_manifolds(dmft.Ball(radius, 1)).capacity
    print(f"R = {radius:g}: half of the draws at {half:.3f}({1000 * half.standard_error:.0f}), theory {exact:.4f}")

# %% [markdown]
# ## Clouds
#
# Points are projected on their cone by non-negative least squares. The example of the package in common use: 100 clouds
# of 50 normal points in 5000 dimensions, capacity 0.04, radius 1.47, dimension 36.2.

# %%
rng = np.random.default_rng(0)
clouds = dmft.Manifolds([rng.standard_normal((50, 5000)) for _ in range(5 if QUICK else 100)])
example = dmft.solve_manifolds(clouds)
for name in ("capacity", "radius", "dimension", "centred_radius", "cosine_dimension"):
    print(f"{name:17s} {getattr(example, name):.4f} +- {getattr(example, name + '_error'):.4f}")

# %% [markdown]
# ## A theory without finite-size bias
#
# The mean number of random dimensions in which manifolds are told apart is $\delta + 1/2$, for any number of them.

# %%
few = dmft.Manifolds([dmft.Ball(1.0, 3), dmft.Ellipsoid([0.3, 2.0]), dmft.Ball(0.5, 1), dmft.Ball(0.0, 1)])
projections = validation.simulate(few, measure="dimension", n_realizations=60 if QUICK else 1000, seed=1)
print(validation.compare(dmft.solve_manifolds(few), projections))

# %% [markdown]
# ## Digits, layer by layer
#
# A network learns to name digits; in each layer the ten digits are ten manifolds. Training untangles them: the
# capacity of digits grows from layer to layer. (Each by itself, about the mean of all: a hundred points of each digit
# would fill the fifty dimensions of the last layer, and as they lie no labels could be read out with certainty.)
# Few-shot error: of a digit, after one example of it and of another.


# %%
def trained(x, y, widths, steps, seed):
    """Weights of a network of rectified units that names classes, by Adam on the cross-entropy."""
    rng = np.random.default_rng(seed)
    sizes = [x.shape[1], *widths, int(y.max()) + 1]
    w = [rng.standard_normal((a, b)) * np.sqrt(2.0 / a) for a, b in itertools.pairwise(sizes)]
    first, second = [0 * m for m in w], [0 * m for m in w]
    for step in range(1, steps + 1):
        batch = rng.integers(len(x), size=128)
        hidden = layers(x[batch], w)
        scores = hidden[-1] @ w[-1]
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        delta = p / p.sum(axis=1, keepdims=True)
        delta[np.arange(128), y[batch]] -= 1.0
        for k in range(len(w) - 1, -1, -1):
            gradient = hidden[k].T @ delta / 128
            delta = (delta @ w[k].T) * (hidden[k] > 0)
            first[k] = 0.9 * first[k] + 0.1 * gradient
            second[k] = 0.999 * second[k] + 0.001 * gradient**2
            size = np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8
            w[k] = w[k] - 2e-3 * first[k] / (1 - 0.9**step) / size
    return w


def layers(x, w):
    """Responses of all layers below the names."""
    found = [x]
    for weights in w[:-1]:
        found.append(np.maximum(found[-1] @ weights, 0.0))
    return found


def untangled(name, x, y, points, steps):
    """Capacity, radius, dimension and few-shot error of each layer, before and after training."""
    rng = np.random.default_rng(1)
    test = np.concatenate([rng.choice(np.flatnonzero(y == c), points, replace=False) for c in range(10)])
    train = np.setdiff1d(np.arange(len(x)), test)
    after = trained(x[train], y[train], (200, 100, 50), steps, seed=0)
    before = trained(x[train], y[train], (200, 100, 50), 0, seed=0)
    table = {}
    for state, w in (("before", before), ("after", after)):
        seen = layers(x[test], w)
        guess = np.argmax(seen[-1] @ w[-1], axis=1)
        print(f"{name}, {state}: {np.mean(guess == y[test]):.3f} of {len(test)} digits named rightly")
        rows = []
        for responses in seen:
            solved = dmft.solve_manifolds(dmft.Manifolds.from_labels(responses, y[test]).centred(), accuracy=3e-2)
            few = dmft.few_shot_error(responses[y[test] == 3], responses[y[test] == 8], 1)
            shape = dmft.participation_ratio(responses)
            rows.append((solved.capacity, solved.radius, solved.dimension, float(few), float(shape)))
        table[state] = np.array(rows)
    return table


tables = {}
try:
    from sklearn.datasets import load_digits

    digits = load_digits()
    tables["8x8 digits"] = untangled(
        "8x8 digits", digits.data / 16.0, digits.target, 20 if QUICK else 60, 400 if QUICK else 3000
    )
except ImportError:
    print("scikit-learn is not installed: the digits are left out")
if MNIST is None:
    print("MNIST is left out: give its file with --mnist")
else:
    held = np.load(MNIST)
    images = held["images"].reshape(len(held["images"]), -1) / 255.0
    tables["MNIST"] = untangled(
        "MNIST", images, held["labels"].astype(int), 20 if QUICK else 60, 400 if QUICK else 4000
    )

names = ("capacity", "radius", "dimension", "error of 3 for 8, one shot", "participation ratio")
for name, table in tables.items():
    with paper_style():
        figure, panels = plt.subplots(1, 5, figsize=(11.0, 2.5), layout="constrained")
        for column, axes in enumerate(panels):
            for index, (state, rows) in enumerate(table.items()):
                axes.plot(rows[:, column], marker=MARKERS[index], mfc="white", color=COLOURS[index], label=state)
            axes.set_xlabel("layer")
            axes.set_ylabel(names[column])
            axes.set_ylim(bottom=0.0)
        panels[0].legend()
        figure.suptitle(name)
    assert table["after"][-1, 0] > 1.2 * table["before"][-1, 0]  # untangled by training
    assert table["after"][-1, 0] > table["after"][0, 0]  # and from layer to layer

# %% [markdown]
# ## Abstraction, tangling, topology
#
# Conditions at the corners of a box are abstract: what tells them apart by one variable is parallel, and generalises to
# conditions that were not seen. Their parity is not. A figure of eight is tangled where it crosses itself; one more
# dimension resolves that.

# %%
corners = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
axes3 = 3.0 * np.linalg.qr(rng.standard_normal((60, 3)))[0].T
trials = (corners @ axes3)[:, None, :] + 0.7 * rng.standard_normal((8, 20, 60))
for name, dichotomy in (("one variable", corners[:, 0]), ("parity", corners.prod(axis=1))):
    parallel = dmft.parallelism(trials.mean(axis=1), dichotomy, n_permutations=40)
    general = dmft.ccgp(trials, dichotomy, n_permutations=10 if QUICK else 100)
    print(
        f"{name:13s} parallelism {parallel.value:.2f} (null {parallel.null.mean():.2f}), "
        f"generalisation {general.value:.2f} (null {general.null.mean():.2f} +- {general.null.std():.2f})"
    )
time = np.linspace(0.0, 2.0 * np.pi, 200)
eight = np.column_stack([np.sin(time), np.sin(2.0 * time)])
lifted = np.column_stack([eight, np.cos(time)])
flat, apart = (dmft.tangling(x, time[1])[0].max() for x in (eight, lifted))
print(f"largest tangling: in the plane {flat:.1f}, lifted out of it {apart:.1f}")
try:
    ring = np.column_stack([np.cos(time), np.sin(time)]) @ rng.standard_normal((2, 30))
    holes = dmft.topology(ring + 0.1 * rng.standard_normal(ring.shape), count=80)
    print(f"loops of a noisy ring: {holes.persistent(1)}")
except dmft.DMFTError as error:
    print(error)

# %% [markdown]
# ## Manifolds that a network makes
#
# A random network hears one of several inputs, sinusoids with phases of their own in every unit. In each trial it
# starts elsewhere. Below the amplitude at which the input suppresses chaos trials differ, and a class is a cloud;
# above, all trials of a class are one point. Theory has the distances between trials from $C^\phi$ alone: what trials
# share is what one trial remembers of itself after many periods.

# %%
network = dmft.RandomNetwork(1.8, drive=dmft.Sinusoid(1.0, 0.2, phases="random"))
amplitudes = np.linspace(0.3, 3.0, 10 if QUICK else 40)
gains = (1.8,) if QUICK else (1.4, 1.8, 2.5)
maps = {
    g: dmft.phase_diagram(
        network.replace(g=g),
        {"drive.amplitude": amplitudes},
        {
            "capacity": lambda s: dmft.solve_manifolds(dmft.response_manifold(s, 10), accuracy=2e-2).capacity,
            "radius": lambda s: dmft.solve_manifolds(dmft.response_manifold(s, 10), accuracy=2e-2).radius,
            "exponent": dmft.lyapunov_exponent,
        },
    )
    for g in gains
}
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    for colour, (g, found) in zip(COLOURS, maps.items(), strict=False):
        left.plot(amplitudes, found["capacity"], color=colour, label=f"$g$ = {g}")
        right.plot(amplitudes, found["radius"], color=colour)
        edge = np.interp(0.0, -found["exponent"].values, amplitudes)
        for axes in (left, right):
            axes.axvline(edge, color=colour, ls=":", lw=0.8)
            axes.set_xlabel("amplitude of the input")
    left.set_ylabel(r"capacity $\alpha$ of clouds of ten trials")
    right.set_ylabel("radius (centre norms)")
    left.legend()
stable = maps[1.8].where(maps[1.8]["exponent"] < 0.0, drop=True)
assert np.allclose(stable["capacity"], 2.0)
assert float(maps[1.8]["capacity"][0]) < 0.5

# %% [markdown]
# ## The headline numbers

# %%
assert abs(example.capacity - 0.0400) < 5e-4
assert abs(example.radius - 1.47) < 0.02
assert abs(example.dimension - 36.1) < 0.4
assert abs(dmft.solve_manifolds(dmft.Ball(1.0, 5)).capacity - 1.0 / 3.0) < 1e-12

# %% [markdown]
# ## Exercises
#
# 1. A ball of radius $R$ and dimension $D$: at fixed $R\sqrt D$, which has the higher capacity, the small one of many
#    dimensions or the large one of few?
# 2. Rotate each cloud by a random rotation of its own. Capacity without labels does not change, that with labels
#    does. Why?
# 3. Halve the number of samples in each cloud. How far does the capacity move, and is that within its error?
