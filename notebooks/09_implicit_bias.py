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
# # Where gradient descent ends: implicit bias in gated linear networks
#
# A network whose gates no weight moves is linear in *contexts*: unit $h$ is in the context $c_h(x)$, and
#
# $$f(x) = \sum_h a_h\,\mathbf w_{h,c_h(x)}\cdot\mathbf x = \langle\zeta(\theta), \psi(x)\rangle,\qquad
# \zeta_{hc} = a_h\mathbf w_{hc}.$$
#
# Many weights fit a training set. Gradient descent on a loss with an exponential tail goes, in direction, to those that
# reach margin one with the smallest weights (Lyu and Li, ICLR 2020), so the predictor is the one of least
#
# $$\rho(\zeta) = \min_{\zeta(\theta) = \zeta}\tfrac12|\theta|^2
# = \tfrac L2\sum_g|\zeta_g|^{2/L}\quad\text{with}\quad y_i f(x_i)\ge 1$$
#
# (Lippl, Abbott and Chung, arXiv 2202.02649, 2022; below LAC). For $L = 1$ that is a support vector machine in each
# context, for $L = 2$ a sum of norms over the units: convex, with a dual that proves the optimum. This notebook makes
# the three claims of LAC on digits: *the limit predicts trained networks; architecture and bias both matter; a good
# part of the bias of ReLU networks is captured.*
#
# With `DMFT_NOTEBOOK=quick` there are fewer draws and steps. `DMFT_MNIST=FILE` (a .npz of `images`, `labels`) takes
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
DRAWS, STEPS = (3, 3000) if QUICK else (12, 20_000)
LONG = 3 * STEPS if MNIST else STEPS  # until a rectified network fits its images, which are larger
TRAIN, TEST = (500, 2000) if MNIST else (200, 800)


def sets(seed):
    return validation.digits(TRAIN, TEST, seed, mnist=MNIST)


def mean(values):
    """Mean and standard error over draws."""
    values = np.asarray(values, dtype=float)
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))


# %% [markdown]
# ## One network
#
# Twenty units, each with a half-space of its own. The solution carries its proof: the largest dual norm
# $\max_h|\sum_i v_i y_i\Psi_{ih}|$, which is 1 at the optimum, and the gap between primal and dual.

# %%
train, test = sets(0)
network = dmft.GatedLinear(dmft.HalfSpaces(20, per_unit=1, seed=0))
limit = dmft.solve_implicit_bias(network, *train)
print(f"{limit.state}: norm {limit.norm:.6f}, gap {limit.gap:.1e}, certificate - 1 = {limit.certificate - 1:.1e}")
print(f"{limit.n_active} of 20 units are active, {limit.support.sum()} of {TRAIN} inputs are at the margin")
print(f"accuracy {dmft.accuracy(limit, *test):.3f} +- {dmft.accuracy(limit, *test).error:.3f}")
assert limit.gap < 1e-6
assert limit.certificate < 1.0 + 1e-6
figure = limit.plot()

# %% [markdown]
# ## On the way to infinite time
#
# $|\theta|^2/(2\gamma^{2/L})$, with $\gamma$ the least margin, is what it takes to reach margin one in the direction of
# the moment. Weak duality: it is never below the limit. Steps are normalised by the gradient of the logarithm of the
# loss, so that the margin grows for ever. Where all units share a gate the excess falls as 1/time. Where they have
# gates of their own, units that are to be silent leave at a rate that vanishes near the border: networks linger.

# %%
rng = np.random.default_rng(2)
x = np.column_stack([rng.standard_normal((40, 20)), np.ones(40)])
y = np.where(rng.random(40) < 0.5, 1.0, -1.0)
shared = dmft.HalfSpaces(1, 1, 0)
toys = {
    "one gated layer": dmft.GatedLinear(shared, layers=1),
    "two layers, shared gate": dmft.GatedLinear(shared, units=5),
    "two layers, shared gate, gated read-out": dmft.GatedLinear(shared, units=5, readout="gated"),
    "two layers, a gate for each unit": dmft.GatedLinear(dmft.HalfSpaces(6, 1, 0)),
    "two layers, a linear convolution": dmft.LinearConvolution(),
}
with paper_style():
    figure, axes = plt.subplots(figsize=(4.4, 3.2), layout="constrained")
    for colour, (name, toy) in zip(COLOURS, toys.items(), strict=False):
        some = slice(20 if "convolution" in name else None)  # a linear map of 21 numbers does not fit all 40
        least = dmft.solve_implicit_bias(toy, x[some], y[some]).norm
        path = validation.train(toy, data=(x[some], y[some]), seed=1, steps=4000 if QUICK else 60_000).path
        axes.loglog(path.steps, path.values / least - 1.0, color=colour, label=name)
        assert np.all(path.values > least * (1.0 - 1e-8))
    axes.set_xlim(left=10)
    axes.set_ylim(top=30)
    axes.set_xlabel("steps of gradient descent")
    axes.set_ylabel(r"$|\theta|^2/2\gamma^{2/L}$ over the least norm, $-1$")
    axes.legend(fontsize=7, loc="upper right")

# %% [markdown]
# Theory beside several first weights, with a bound for what finite time leaves:

# %%
toy = toys["two layers, shared gate"]
solved = dmft.solve_implicit_bias(toy, x, y)
inputs = np.column_stack([rng.standard_normal((500, 20)), np.ones(500)])
runs = validation.simulate(
    toy,
    8000 if QUICK else 30_000,
    data=(x, y),
    test=(inputs, np.sign(solved.predict(inputs))),
    beside={"theory": solved.predict(inputs)},
    n_realizations=3,
    seed=1,
)
table = validation.compare(solved, runs)
print(table)
assert table.row("norm").verdict == "agree"

# %% [markdown]
# ## One layer: accuracy against the number of contexts
#
# LAC, first experiment. More half-spaces make the network more expressive and leave fewer inputs in each context.

# %%
half_spaces = (0, 1, 3, 6) if QUICK else (0, 1, 2, 3, 4, 6, 8, 11, 15)
found = {"limit": {}, "gradient descent": {}}
for count in half_spaces:
    by = {name: [] for name in found}
    for seed in range(DRAWS):
        train, test = sets(seed)
        one = dmft.GatedLinear(dmft.HalfSpaces(1, count, seed), layers=1)
        solved = dmft.solve_implicit_bias(one, *train)
        if solved.state == "optimum":  # a linear classifier does not always fit
            by["limit"].append(dmft.accuracy(solved, *test))
        said = validation.train(one, data=train, seed=seed, steps=STEPS).predict(test[0])
        by["gradient descent"].append(np.mean(said * test[1] > 0.0))
    for name, values in by.items():
        if len(values) > 1:
            found[name][count] = mean(values)
with paper_style():
    figure, axes = plt.subplots(figsize=(3.8, 2.9), layout="constrained")
    for index, (name, points) in enumerate(found.items()):
        axes.errorbar(
            np.array(list(points)) + 0.1 * index,
            *zip(*points.values(), strict=True),
            fmt=MARKERS[index],
            mfc="white",
            ls="-",
            color=COLOURS[index],
            label=name,
        )
    axes.set_xlabel("half-spaces")
    axes.set_ylabel("accuracy")
    axes.legend()

# %% [markdown]
# ## Two layers: the limit, the bias alone left out
#
# Predictors of margin one on the same contexts, by the norm that they minimise: that of gradient descent, the Euclidean
# norm of $\zeta$, and that of the architecture alone, the mean square over all joint contexts of
# $\beta_{c_1\ldots c_H} = \sum_h\zeta_{h,c_h}$, which knows what the network can say and nothing of how it is trained.

# %%
norms = {"limit": "parameters", r"least $|\zeta|$": "zeta", "architecture alone": "function"}
units = (5, 20) if QUICK else (5, 10, 20, 50)
accuracy = {name: {h: [] for h in units} for name in (*norms, "gradient descent")}
agreement = {name: {h: [] for h in units} for name in norms}
for h in units:
    for seed in range(DRAWS):
        train, test = sets(seed)
        net = dmft.GatedLinear(dmft.HalfSpaces(h, 1, seed))
        trained = validation.train(net, data=train, seed=seed, steps=STEPS)
        accuracy["gradient descent"][h].append(np.mean(trained.predict(test[0]) * test[1] > 0.0))
        for name, norm in norms.items():
            solved = dmft.solve_implicit_bias(net, *train, norm=norm)
            accuracy[name][h].append(dmft.accuracy(solved, *test))
            agreement[name][h].append(dmft.agreement(solved, trained, test[0]))
with paper_style():
    figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    for axes, numbers, label in zip(panels, (accuracy, agreement), ("accuracy", "agrees with descent"), strict=True):
        for index, (name, points) in enumerate(numbers.items()):
            values = [mean(values) for values in points.values()]
            axes.errorbar(
                np.array(units) + 0.3 * index,
                *zip(*values, strict=True),
                fmt=MARKERS[index],
                mfc="white",
                ls="-",
                color=COLOURS[index],
                label=name,
            )
        axes.set_xlabel("units")
        axes.set_ylabel(label)
    panels[0].legend()
pooled = {name: np.concatenate(list(points.values())) for name, points in agreement.items()}
better = mean(pooled["limit"] - pooled["architecture alone"])
print("the limit agrees with gradient descent on {:.3f} +- {:.3f} of the test set,".format(*mean(pooled["limit"])))
print("on {:.4f} +- {:.4f} more than the architecture alone".format(*better))

# %% [markdown]
# ## Rectified networks
#
# Their gates move, which theory does not follow. Train one, freeze its gates where they are, and solve the limit of
# *that* network; beside it the limit of random gates, a support vector machine on the hidden layer, and a linear
# classifier. The norm of the trained network is an upper bound of that of the limit, and no equality.

# %%
names = ("hidden layer", "learned gates", "random gates", "linear")
agrees = {name: [] for name in names}
linear = dmft.GatedLinear(dmft.HalfSpaces(1, 0), layers=1)
ratios = []
for seed in range(DRAWS):
    train, test = sets(seed)
    rectified = validation.train(dmft.RectifiedNetwork(50), data=train, seed=seed, steps=LONG)
    said = rectified.predict(test[0])
    hidden = [np.column_stack([rectified.hidden(part[0]), np.ones(len(part[1]))]) for part in (train, test)]
    learned = dmft.solve_implicit_bias(rectified.frozen(), *train)
    random = dmft.GatedLinear(dmft.RectifierGates.drawn(50, train[0].shape[1], seed))
    agrees["hidden layer"].append(
        dmft.agreement(dmft.solve_implicit_bias(linear, hidden[0], train[1]), said, hidden[1])
    )
    agrees["learned gates"].append(dmft.agreement(learned, said, test[0]))
    agrees["random gates"].append(dmft.agreement(dmft.solve_implicit_bias(random, *train), said, test[0]))
    by_line = validation.train(linear, data=train, seed=seed, steps=LONG).predict(test[0])
    agrees["linear"].append(np.mean(by_line * said > 0.0))
    ratios.append(rectified.value / learned.norm)
with paper_style():
    figure, axes = plt.subplots(figsize=(4.4, 2.9), layout="constrained")
    for place, name in enumerate(names):
        axes.errorbar(place, *mean(agrees[name]), fmt=MARKERS[place], mfc="white", color=COLOURS[place])
        axes.plot(np.full(len(agrees[name]), place + 0.15), agrees[name], ".", ms=3, color="0.6")
    axes.set_xticks(range(len(names)), names)
    axes.set_ylabel("agrees with the rectified network")
for name, values in agrees.items():
    print("{:<14} {:.3f} +- {:.3f}".format(name, *mean(values)))
print(f"norm of the trained networks over that of the limit of their gates: {min(ratios):.2f} to {max(ratios):.2f}")
assert min(ratios) > 1.0

# %% [markdown]
# ## The headline numbers
#
# What the limit of the learned gates shares with a rectified network beyond what a linear classifier does; and that
# limit, proved.

# %%
gained, missing = mean(np.subtract(agrees["learned gates"], agrees["linear"])), 1.0 - np.mean(agrees["linear"])
print(f"captured of what is not linear: {gained[0] / missing:.2f} +- {gained[1] / missing:.2f}")
if MNIST is None:  # 500 images of 785 pixels can be told apart by a line, and networks stay near it for long
    assert gained[0] > 2.0 * gained[1]
assert learned.certificate < 1.0 + 1e-6

# %% [markdown]
# ## Exercises
#
# 1. Take gates without offsets (`HalfSpaces(..., offset_sd=0)`), and add to the training set the mirror image of every
#    input, with the other label. Which contexts are the images in, and by what does the norm change?
# 2. Draw ever more units. The norm falls towards a limit: against $1/H$, which power does its excess over the limit
#    follow, and how many units carry weight?
# 3. Train for ten times as long. How fast does $(|\theta|^2/2)/m^{2/L}$ approach the norm of the limit, in steps or in
#    their logarithm?
