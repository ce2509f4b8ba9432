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
# # Learning signals: what carries the error back
#
# Gradient descent changes a weight by (signal of its unit) times (what came in), and the signal is the error carried
# back through the transposed weights, which no synapse knows. Two papers replace them:
#
# * Clark, Abbott and Chung (NeurIPS 2021, arXiv 2106.04089; CAC): units that carry *vectors*, one component for each
#   output, and weights that are nonnegative. The signal is then the error vector itself, the same everywhere, times the
#   unit's gate: *global error-vector broadcasting* (GEVB).
# * Moskovitz, Litwin-Kumar and Abbott (arXiv 1812.06488, 2018; MLA): feedback $B$ that has the *signs* of the weights
#   $W$ and sizes of its own, in networks too deep or convolutional for random feedback.
#
# How far is each from the gradient, and does it learn? This notebook has the angles with their theory, students and
# teachers along time, and digits. The tables of both papers on CIFAR-10 and ImageNet are beyond one machine, and are
# not imitated.
#
# With `DMFT_NOTEBOOK=quick` there are fewer networks and epochs. `DMFT_MNIST=FILE` (a .npz of `images`, `labels`) takes
# MNIST in place of the 8 x 8 digits that come with scikit-learn.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import COLOURS, MARKERS, figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"
MNIST = os.environ.get("DMFT_MNIST")
GLOBAL = dmft.GlobalErrorVector()


def ticks(axis, values):
    """Write values on a logarithmic axis as they are."""
    axis.set_ticks(list(values), [f"{value:g}" for value in values])
    axis.set_ticks([], minor=True)


def measured(simulation, name):
    """Means over networks with standard errors, layer by layer."""
    (size,) = simulation.sizes
    names = [found for found in simulation.variables if found.startswith(name)]
    return np.array([(simulation.mean(n, size), simulation.standard_error(n, size)) for n in names]).T


# %% [markdown]
# ## Global error vectors: the angle vanishes with the width, but for one layer
#
# In the vectorised nonnegative network the gradient is $-b_i\,\mathbf e\cdot\mathbf h_j$ with one number
# $b_i = G_i\sum_j w_{ji}b_j$ for each unit; GEVB puts the gate $G_i$ in its place. Over open units
# $\cos\theta = E b/\sqrt{E b^2}$. Units stand in pairs of opposite sign with a common gate, so that two numbers close a
# recursion from the output down ($A = E[b_+^2]/(E b)^2$, $B = E[b_+b_-]/(E b)^2$):
#
# $$A_l = 1 + \tfrac2N[(\pi-1)A_{l+1} - B_{l+1}],\qquad B_l = 1 + \tfrac2N[(\pi-1)B_{l+1} - A_{l+1}],\qquad
# A_L = \pi,\; B_L = 0.$$
#
# In the last hidden layer $b_i$ is one read-out weight and nothing averages: $\arccos\pi^{-1/2} = 55.65^\circ$ at every
# width. One layer below, $\tan^2\theta = 2\pi(\pi-1)/N$, further down $2(\pi-2)/N$, and depth adds nothing. (CAC: GEVB
# is proportional to the gradient at infinite width; the theory here says in which layers, and how fast.)

# %%
widths = [64, 128, 256] if QUICK else [64, 128, 256, 512, 1024]
grid = 2 * np.unique(np.geomspace(20, 800, 40).astype(int))


def paired(width, depth=4):
    return dmft.LayeredNetwork([width] * depth, vector_units=10, nonnegative=True)


curves = np.array([dmft.solve_alignment(paired(int(w)), GLOBAL).angles for w in grid])
points = {w: validation.simulate(paired(w), rule=GLOBAL, n_realizations=20, seed=1) for w in widths}
with paper_style():
    figure, axes = plt.subplots(figsize=(4.4, 3.2))
    for layer, name in enumerate(("first", "second", "third", "last")):
        axes.plot(grid, curves[:, layer], color=COLOURS[layer])
        found = np.array([measured(points[w], "angle")[:, layer] for w in widths])
        look = {"fmt": MARKERS[layer], "mfc": "white", "color": COLOURS[layer]}
        axes.errorbar(widths, found[:, 0], found[:, 1], **look, label=f"{name} hidden layer")
    axes.set(xscale="log", yscale="log", xlabel="units of each layer", ylabel="angle to the gradient (degrees)")
    ticks(axes.xaxis, widths)
    ticks(axes.yaxis, (2, 5, 10, 20, 50))
    axes.legend(fontsize=7)
plt.show()
for w in widths:
    theory = dmft.solve_alignment(paired(w), GLOBAL).angles
    told = [f"{m:.2f}({e:.2f})" for m, e in measured(points[w], "angle").T]
    print(f"N = {w:5d}: networks {' '.join(told)}   theory {' '.join(f'{a:.2f}' for a in theory)}")

# %% [markdown]
# The updates differ from the gradient in *size* from layer to layer, by $\sqrt{N/2\pi}$: a learning rate for each
# layer, or Adam, makes up for it.

# %%
wide = dmft.solve_alignment(paired(1024), GLOBAL)
print("update over gradient, first to last layer:", np.round(wide.scale, 4))
print(
    "ratio of E b from layer to layer:", np.round((wide.cosines / wide.scale)[:-1] / (wide.cosines / wide.scale)[1:], 2)
)

# %% [markdown]
# What the units do with their inputs meanwhile: two inputs of correlation 1/2, layer by layer. One component is a
# rectified unit, whose layers bring all inputs together; many components pull them apart.

# %%
with paper_style():
    figure, axes = plt.subplots(figsize=(3.8, 2.9))
    for index, components in enumerate((None, 3, 10)):
        network = dmft.LayeredNetwork([400] * 4, vector_units=components, nonnegative=components is not None)
        kernel = dmft.solve_kernel(network, 0.5)
        drawn = validation.simulate(network, correlation=0.5, n_realizations=10, samples=8, seed=2)
        axes.plot(kernel.layer, kernel.correlations, color=COLOURS[index], label=f"K = {components or 1}")
        values, errors = measured(drawn, "correlation")
        axes.errorbar(range(1, 5), values, errors, fmt=MARKERS[index], mfc="white", color=COLOURS[index])
    axes.set(xlabel="layer", ylabel="correlation of two inputs", ylim=(0, 1))
    axes.legend()
plt.show()

# %% [markdown]
# ## The kernel by which it learns
#
# In a wide network small steps change the logits by the tangent kernel $\Theta$. By the gradient a hidden layer gives
# $E b^2$ times what a pair of inputs has in common there, by the global vector $E b$: the two kernels differ by *a
# number for each layer*, even in the last hidden layer, whose updates are at 55.65 degrees. At a rate of its own each
# learns along the line that its kernel predicts (from the logits that the network happens to begin with). A jump is a
# gate that turns over in some sample; there are fewer, the wider the network.

# %%
rng = np.random.default_rng(0)
inputs, labels = rng.standard_normal((12, 30)), rng.integers(4, size=12)
small = dmft.LayeredNetwork([512] * 3, vector_units=4, nonnegative=True)
steps = 40 if QUICK else 100
with paper_style():
    figure, both = plt.subplots(1, 2, figsize=(7.4, 2.8), sharey=True)
    for axes, (name, rule) in zip(both, {"GEVB": GLOBAL, "gradient": dmft.Backprop()}.items(), strict=True):
        kernel = dmft.solve_tangent(small, rule, inputs, labels, duration=1e-6).kernel
        duration = 36.0 / np.mean(np.diag(kernel))
        plain = {"optimiser": validation.Momentum(duration / steps, 0.0), "epochs": steps, "batch": 12, "clip": False}
        run = validation.train(small, rule, data=(inputs, labels), seed=0, **plain)
        start = run.first.forward(inputs).logits
        predicted = dmft.solve_tangent(small, rule, inputs, labels, duration=duration, start=start)
        print(f"{name:8} by layer {np.round(predicted.parts / predicted.parts.sum(), 3)} of the kernel")
        axes.plot(predicted.times / duration, predicted.losses, color=COLOURS[0], label="kernel")
        axes.plot(run.epochs / steps, run.losses, MARKERS[0], mfc="white", ms=3, color=COLOURS[1], label="network")
        axes.set(xlabel=f"steps of the {name}, in units of the last", ylim=(0, None))
    both[0].set_ylabel("loss on the training set")
    both[0].legend()
plt.show()

# %% [markdown]
# ## Convolutions: places go together
#
# A convolution's weights are shared, so an update is a sum over places, and what counts is how the signals of different
# places go together. The two-number recursion becomes one of matrices between places, for one image. The last layer
# averages over the places of the read-out and comes nearer to the gradient; the first keeps an angle at *any* width,
# since places at the border have less above them.

# %%
image = np.ones(64)
maps_grid = 2 * np.unique(np.geomspace(4, 200, 20).astype(int))


def vector_maps_of(channels):
    return dmft.LayeredNetwork([channels] * 2, convolutional=True, vector_units=10, nonnegative=True)


with paper_style():
    figure, axes = plt.subplots(figsize=(4.0, 2.9))
    lines = np.array([dmft.solve_alignment(vector_maps_of(int(n)), GLOBAL, image=image).angles for n in maps_grid])
    for layer in range(2):
        axes.plot(maps_grid, lines[:, layer], color=COLOURS[layer])
    for n in (16, 64) if QUICK else (16, 32, 64, 128):
        drawn = validation.simulate(
            vector_maps_of(n), rule=GLOBAL, image=image, n_realizations=30 if QUICK else 100, samples=1, seed=6
        )
        values, errors = measured(drawn, "angle")
        for layer in range(2):
            look = {"fmt": MARKERS[layer], "mfc": "white", "color": COLOURS[layer]}
            name = f"{('first', 'last')[layer]} hidden layer" if n == 16 else None
            axes.errorbar(n, values[layer], errors[layer], **look, label=name)
    axes.set(xscale="log", xlabel="channels", ylabel="angle to the gradient (degrees)", ylim=(0, 60))
    ticks(axes.xaxis, (10, 20, 50, 100, 200, 400))
    axes.legend(loc="center right", fontsize=7)
plt.show()
infinite = dmft.solve_alignment(vector_maps_of(10**6), GLOBAL, image=image)
print(f"a million channels: {np.round(infinite.angles, 2)} degrees")

# %% [markdown]
# ## Signs: a factor for each matrix
#
# With independent weights each matrix on the way back multiplies the cosine by
# $\kappa = E[WB]/\sqrt{E W^2\,E B^2}$, whatever the width: $E|w|/\sigma_w$ for feedback of one size (uSF), its square
# for sizes that are drawn (frSF, brSF). What matters is the law of the weights: Gaussian ones are at 37.07 degrees
# after one matrix, weights of one size at zero.

# %%
signs = {
    "uSF, Gaussian": (dmft.SignFeedback("uniform"), "gaussian"),
    "frSF, Gaussian": (dmft.SignFeedback("fixed"), "gaussian"),
    "uSF, uniform": (dmft.SignFeedback("uniform"), "uniform"),
    "frSF, uniform": (dmft.SignFeedback("fixed"), "uniform"),
}
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.0))
    for index, (name, (rule, law)) in enumerate(signs.items()):
        deep = dmft.LayeredNetwork([256] * 10, weights=law)
        left.plot(range(1, 11), dmft.solve_alignment(deep, rule).angles[::-1], color=COLOURS[index])
        network = dmft.LayeredNetwork([256] * 4, weights=law)
        sim = validation.simulate(network, rule=rule, n_realizations=20 if QUICK else 60, seed=3)
        values, errors = measured(sim, "angle")[:, ::-1]
        look = {"fmt": MARKERS[index], "mfc": "white", "color": COLOURS[index]}
        left.errorbar(range(1, 5), values, errors, **look, label=name)
        across = [32, 64, 128, 256]
        runs = [
            validation.simulate(dmft.LayeredNetwork([n] * 2, weights=law), rule=rule, n_realizations=40, seed=4)
            for n in across
        ]
        last = np.array([measured(run, "angle")[:, -1] for run in runs])
        right.errorbar(across, last[:, 0], last[:, 1], **look)
        right.axhline(dmft.solve_alignment(network, rule).last_angle, color=COLOURS[index])
    left.set(xlabel="matrices between the error and the layer", ylabel="angle to the gradient (degrees)", ylim=(0, 95))
    left.legend(fontsize=6)
    right.set(xlabel="units of each layer", ylabel="angle of the last hidden layer", xscale="log", ylim=(0, 60))
    ticks(right.xaxis, across)
plt.show()

# %% [markdown]
# A law of one's own: sizes with their probabilities. The narrower the sizes, the better the signs.

# %%
for share in (0.0, 0.2, 0.5):
    law = [[1.0, 4.0], [1.0 - share, share]]
    found = dmft.solve_alignment(dmft.LayeredNetwork([100] * 3, weights=law), dmft.SignFeedback())
    print(f"a part {share:.1f} of weights four times as large: angles {np.round(found.angles, 1)}")

# %% [markdown]
# ## Align, then memorise
#
# Direct feedback $F$ (DFA) carries the error to each hidden unit by fixed weights. In a student of two layers with
# many inputs the overlaps with the teacher follow closed equations (Saad and Solla, 1995; for DFA Refinetti, d'Ascoli,
# Ohana and Goldt, ICML 2021): first the read-out $v$ *aligns* with $F$, on a plateau where all units are alike; then
# each unit finds its own teacher unit.

# %%
problem = dmft.TeacherStudent.drawn(2, 2, seed=1, size=0.5)
rules = {"direct feedback": dmft.DirectFeedback([1.0, -0.5]), "backpropagation": dmft.Backprop()}
looks = [5.0, 10.0, 20.0, 50.0, 100.0]
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.0))
    for index, (name, rule) in enumerate(rules.items()):
        theory = dmft.solve_online_learning(problem, rule, rate=0.2, duration=10_000.0)
        online = {"rule": rule, "rate": 0.2, "duration": 100.0, "times": looks}
        size, n = (200, 4) if QUICK else (500, 8)
        students = validation.simulate(problem, size, n_realizations=n, seed=5, **online)
        later = theory.times > 0.1
        left.plot(theory.times[later], np.maximum(theory.error[later], 1e-12), color=COLOURS[index], label=name)
        look = {"fmt": MARKERS[index], "mfc": "white", "color": COLOURS[index]}
        left.errorbar(looks, students.mean("error", size), students.standard_error("error", size), **look)
        if index == 0:
            right.plot(theory.times[later], theory.alignment[later], color=COLOURS[index])
            right.errorbar(looks, students.mean("alignment", size), students.standard_error("alignment", size), **look)
        part = dmft.solve_online_learning(problem, rule, rate=0.2, duration=100.0)
        print(name, theory.state, f"error bound {theory.error_bound:.1e}")
        print(validation.compare(part, students))
    left.set(xscale="log", yscale="log", xlabel=r"steps per dimension $\alpha$", ylabel="generalisation error")
    left.set_ylim(1e-8, 1)
    left.legend()
    right.set(xscale="log", xlabel=r"steps per dimension $\alpha$", ylabel="cosine of $v$ and $F$")
plt.show()

# %% [markdown]
# ## Digits
#
# Vector networks by backpropagation (BP), GEVB and DFA, nonnegative and of mixed signs. In the nonnegative one the
# angles of GEVB begin where the theory says; in the other they begin at 90 degrees and *fall*, without any
# nonnegativity.

# %%
many, held = (600, 300) if QUICK else ((4000, 2000) if MNIST else (1437, 360))
train, test = validation.ten_digits(many, held, 0, mnist=MNIST)
seeds = range(1 if QUICK else 3)


def several(network, rule, **settings):
    return [validation.train(network, rule, data=train, test=test, seed=s, **settings) for s in seeds]


def shown(runs):
    accuracy = [run.accuracy for run in runs]
    spread = f"({np.std(accuracy, ddof=1) / np.sqrt(len(accuracy)):.3f})" if len(accuracy) > 1 else ""
    return f"{np.mean(accuracy):.3f}{spread}  final angles {np.mean([run.angles[-1] for run in runs], axis=0).round(0)}"


three = {"BP": dmft.Backprop(), "GEVB": GLOBAL, "DFA": dmft.DirectFeedback()}
hidden, epochs = ([48, 32], 5) if QUICK else ([128, 64], 15)
learned = {}
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.0))
    for style, nonnegative in (("-", True), ("--", False)):
        network = dmft.LayeredNetwork(hidden, vector_units=10, nonnegative=nonnegative)
        for index, (name, rule) in enumerate(three.items()):
            runs = several(network, rule, epochs=epochs, optimiser=validation.Adam(2e-3))
            label = f"{name}, {'nonnegative' if nonnegative else 'mixed'}"
            print(f"{label:18} {shown(runs)}")
            learned[label] = runs
            look = {"color": COLOURS[index], "ls": style}
            left.plot(runs[0].epochs, np.mean([run.losses for run in runs], axis=0), **look, label=label)
            if index:
                right.plot(runs[0].epochs, np.mean([run.angles for run in runs], axis=0)[:, 0], **look, label=label)
    left.set(yscale="log", xlabel="epochs", ylabel="loss on the training set")
    left.legend(fontsize=6)
    right.set(xlabel="epochs", ylabel="angle of the first layer (degrees)", ylim=(0, 130))
    right.legend(fontsize=6)
plt.show()

# %% [markdown]
# Rules of signs in dense and convolutional networks, one learning rate for all (which favours BP). The published order
# (sign-concordant about as good as BP, far better than FA, and DFA worst where there are convolutions) is there at this
# scale; in convolutional vector networks GEVB trains, and DFA does not. MLA keep $B$ in step with growing weights:
# `norm="unit"` scales each row of $B$ to $|W|$ in every batch (`norm="layer"`: each matrix), `sizes="initial"` begins
# with the sizes of the weights themselves, so at the gradient.

# %%
chain = {
    "BP": dmft.Backprop(),
    "uSF": dmft.SignFeedback("uniform"),
    "frSF": dmft.SignFeedback("fixed"),
    "brSF": dmft.SignFeedback("batch"),
    "frSF, initial sizes": dmft.SignFeedback("fixed", sizes="initial"),
    "uSF, |B| = |W|": dmft.SignFeedback("uniform", norm="unit"),
    "FA": dmft.FeedbackAlignment(),
    "DFA": dmft.DirectFeedback(),
}
dense = dmft.LayeredNetwork([64] * 3 if QUICK else [128] * 3)
for name, rule in chain.items():
    print(f"dense, {name:20} {shown(several(dense, rule, epochs=5 if QUICK else 20))}")
manhattan = several(dense, dmft.SignFeedback(), epochs=5 if QUICK else 20, optimiser=validation.Manhattan(1e-3))
print(f"dense, uSF, batch Manhattan {shown(manhattan)}")

# %%
if MNIST is None:  # sides of 8: two halvings
    maps = dmft.LayeredNetwork([8, 8] if QUICK else [16, 32], convolutional=True)
    for name in ("BP", "uSF", "frSF", "brSF", "FA", "DFA"):
        settings = {"epochs": 3 if QUICK else 12, "optimiser": validation.Momentum(0.05)}
        print(f"convolutional, {name:6} {shown(several(maps, chain[name], **settings))}")
    vector_maps = dmft.LayeredNetwork(
        [8, 8] if QUICK else [16, 16], convolutional=True, vector_units=10, nonnegative=True
    )
    for name, rule in three.items():
        settings = {"epochs": 3 if QUICK else 8, "optimiser": validation.Adam(4e-3)}
        print(f"convolutional vector units, {name:6} {shown(several(vector_maps, rule, **settings))}")

# %% [markdown]
# The headline numbers: 55.65 degrees in the last hidden layer at every width, and networks that learn by the global
# vector about as well as by the gradient, with angles that end below those at the start.

# %%
for width, run in points.items():
    values, errors = measured(run, "angle")
    expected = dmft.solve_alignment(paired(width), GLOBAL).angles
    assert abs(expected[-1] - 55.654) < 1e-3
    assert np.all(np.abs(values - expected) < 4.0 * errors + 4.0 / width * expected)
best = {name: np.mean([run.accuracy for run in runs]) for name, runs in learned.items()}
assert best["GEVB, nonnegative"] > best["BP, nonnegative"] - 0.05
angles = np.mean([run.angles for run in learned["GEVB, nonnegative"]], axis=0)
assert np.all(angles[-1] < angles[0])

# %% [markdown]
# ## Exercises
#
# 1. `DirectFeedback` and `GlobalErrorVector` both send the error straight to all layers. Why is one at 90 degrees to
#    the gradient in a nonnegative network and the other not, and what becomes of GEVB with `nonnegative=False`?
# 2. A law of weights of two sizes, `[[1.0, s], [0.5, 0.5]]`: at which $s$ is the first of ten layers at 80 degrees by
#    uSF? Where would brSF be there? Check one of them by `validation.simulate`.
# 3. Give the student three units and the teacher two (`TeacherStudent.drawn(3, 2, ..)`, three feedback weights). Does
#    the read-out still align with the feedback? Then add `label_noise=0.1`: on which error does the student settle,
#    and how does that change with `rate`?
