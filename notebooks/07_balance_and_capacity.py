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
# # Balance and capacity of a neuron
#
# A neuron has $N$ inputs, a fraction $f_E$ of them excitatory ($w_i \ge 0$), the others inhibitory ($w_i \le 0$). It
# fires if $h = \mathbf w\cdot\mathbf x - 1 > 0$: the threshold is the unit of $h$. Of $P = \alpha N$ random patterns a
# fraction $p$ are to make it fire. How many can it tell apart, and how far from threshold can it keep them? Rubin,
# Abbott and Sompolinsky (PNAS 114, E9366, 2017; below RAS) found that robustness to noise of the output requires
# *balance*: excitatory and inhibitory drive, each $\sqrt N$ times the threshold, cancel to the order of the threshold.
#
# The theory is one inequality. With $q = \sum_i w_i^2\sigma_i^2$ the fields are $(\Delta + t)\sqrt q$, $t$ normal.
# What the patterns demand is $\alpha J(k, \Delta)$, the mean square by which they miss the margin $k\sqrt q$; what
# sign-constrained weights offer is $C = \max_u (g\cdot u)^2/N$, $g$ normal. Margin $k$ can be kept if
# $\alpha J \le C$. For signs alone $C = 1/2$ instead of 1, so that
#
# $$\alpha_c = \frac{1}{2 J^*(0)},$$
#
# half of Gardner's capacity, exactly and for any $p$; if the drives must balance, $C$ is smaller unless
# $f_E = f^* = \mathrm{CV}_E/(\mathrm{CV}_E + \mathrm{CV}_I)$.
#
# With `DMFT_NOTEBOOK=quick` there are fewer points and draws.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import COLOURS, MARKERS, figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"


def finite(simulation, name, size):
    """Mean and standard error over the draws that can be told apart."""
    values = simulation.values(name, size)
    values = values[np.isfinite(values)]
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))


# %% [markdown]
# ## Capacity against the fraction of excitatory inputs
#
# RAS, figure 2. Above $f^*$ the best weights are unbalanced and hold as much as signs allow. Below, the threshold could
# only be reached by more excitation than there is: the capacity is that of balanced weights. At finite $N$ the
# constraint on the mean drive is softer by $1/\sqrt N$ (`size=`), which linear programs on drawn patterns confirm.

# %%
neuron = dmft.Perceptron(excitatory=0.5, cv=(1.0, np.sqrt(2.0)), positive=0.1)
fractions = np.linspace(0.0, 1.0, 51)
limit = dmft.phase_diagram(neuron, {"excitatory": fractions}, ["capacity", "balanced_capacity", "state"])
size = 60 if QUICK else 100
sized = [dmft.solve_capacity(neuron.replace(excitatory=f), size=size).capacity for f in fractions[1:]]
drawn = {}
for f in (0.15, 0.6) if QUICK else (0.05, 0.1, 0.2, 0.4, 0.6, 0.9):
    settings = {"n_realizations": 10 if QUICK else 40, "seed": 1}
    drawn[f] = finite(
        validation.simulate(neuron.replace(excitatory=f), size, measure="capacity", **settings), "capacity", size
    )

with paper_style():
    figure, axes = plt.subplots(figsize=(4.2, 3.1), layout="constrained")
    axes.plot(fractions, limit["capacity"], color="black", label=r"$\alpha_c$")
    axes.plot(fractions, limit["balanced_capacity"], color=COLOURS[1], ls="-.", label=r"balanced, $\alpha_b$")
    axes.plot(fractions[1:], sized, color="black", ls="--", lw=0.9, label=f"form of $N$ = {size}")
    axes.errorbar(
        list(drawn), *zip(*drawn.values(), strict=True), fmt="o", mfc="white", color=COLOURS[0], label="linear programs"
    )
    best = dmft.solve_capacity(neuron).optimal_excitatory
    axes.axvline(best, color="0.6", ls=":", lw=0.9, zorder=0)
    axes.annotate("$f^*$", (best, 2.3), xytext=(3, 0), textcoords="offset points", va="center", color="0.4")
    axes.set_xlabel("fraction of excitatory inputs $f_E$")
    axes.set_ylabel(r"capacity $\alpha$")
    axes.set_ylim(0.0, 2.4)
    axes.legend(loc="lower center")
top = fractions[np.argmax(limit["balanced_capacity"].values)]
print(f"f* = {best:.4f}: the largest balanced capacity is at {top:.2f}")

# %% [markdown]
# ## Two kinds of robustness
#
# RAS, figure 3. $\kappa_\mathrm{in}$, the distance of the patterns from the hyperplane, is of order one for both kinds
# of weights. $\kappa_\mathrm{out}$, the distance of $h$ from threshold, is of order one only if $|\mathbf w|$ is:
# balanced weights. It drops to $\kappa_0/\sqrt N$ at $\alpha_b$, below the capacity.

# %%
neuron = dmft.Perceptron(excitatory=0.8, cv=(np.sqrt(2.0), 1.0), sd=(1.0, 2.0), positive=0.1)
capacity = dmft.solve_capacity(neuron)
size, n_draws = (100, 6) if QUICK else (200, 24)
loads = np.linspace(0.05, 0.999 * capacity.capacity, 60)
shown = np.array([0.4, 1.2]) if QUICK else np.linspace(0.2, 1.8, 9)
draws = {
    a: validation.simulate(
        neuron, size, load=a, measure=("input_margin", "output_margin"), n_realizations=n_draws, seed=2
    )
    for a in map(float, shown)
}
with paper_style():
    figure, panels = plt.subplots(1, 3, figsize=(9.0, 2.9), layout="constrained")
    for index, (axes, to) in enumerate(zip(panels, ("output", "input"), strict=False)):
        solved = [dmft.solve_robustness(neuron, a, to=to) for a in loads]
        sized = [dmft.solve_robustness(neuron, a, to=to, size=size) for a in loads]
        axes.plot(loads, [s.margin for s in solved], color="black", label="large $N$")
        axes.plot(loads, [s.margin for s in sized], color="black", ls="--", lw=0.9, label=f"form of $N$ = {size}")
        found = [finite(d, f"{to}_margin", size) for d in draws.values()]
        axes.errorbar(
            list(draws), *zip(*found, strict=True), fmt="o", mfc="white", color=COLOURS[0], label="cone programs"
        )
        axes.set_yscale("log")
        axes.set_ylim(2e-3, 10.0)
        axes.set_ylabel(rf"$\kappa_{{{to[:-3]}}}$")
        panels[2].plot(loads, [s.imbalance for s in sized], color=COLOURS[index], label=f"to {to} noise")
        found = [finite(d, f"{to}_imbalance", size) for d in draws.values()]
        panels[2].errorbar(
            list(draws), *zip(*found, strict=True), fmt=MARKERS[index], mfc="white", color=COLOURS[index]
        )
    panels[0].axvline(capacity.balanced_capacity, color="0.7", ls=":")
    panels[0].legend(loc="lower left")
    panels[2].set_ylabel("imbalance $(E - I)/(E + I)$")
    panels[2].legend()
    for axes in panels:
        axes.set_xlabel(r"load $\alpha$")

# %% [markdown]
# ## The weights
#
# Rectified Gaussians: half of the weights are silent where nothing holds the drive; where balance does, more of the
# kind that is in excess.

# %%
robust = dmft.solve_robustness(neuron, 1.0, to="output")
figure = robust.plot()
print(f"{robust.state}: silent fractions E {robust.silent[0]:.3f}, I {robust.silent[1]:.3f}")
print(f"at largest kappa_in: {dmft.solve_robustness(neuron, 1.0).silent}")

# %% [markdown]
# ## Memory
#
# RAS, figure 5, at $N = 120$: every neuron of a network learns the patterns of its own activity from the others. Fixed
# points made robust to output noise stand more of it. (Asynchronous updates; recalled: less than 5 % of the errors
# that an unrelated state of the same activity has.)

# %%
excitatory = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.3)
inhibitory = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.15)
noises = np.linspace(0.0, 0.25, 6)
with paper_style():
    figure, axes = plt.subplots(figsize=(3.6, 2.8), layout="constrained")
    for index, to in enumerate(("output", "input")):
        network = validation.memory_network(excitatory, inhibitory, 60 if QUICK else 120, 0.25, robust_to=to, seed=3)
        held = [network.recall(output_noise=s, seed=4).recalled for s in noises]
        axes.plot(noises, held, marker=MARKERS[index], mfc="white", color=COLOURS[index], label=f"robust to {to} noise")
        assert held[0] == 1.0
    axes.set_xlabel("output noise (thresholds)")
    axes.set_ylabel("fraction of patterns held")
    axes.legend(loc="lower left")

# %% [markdown]
# ## How well signed weights fit
#
# The regression of a rule that trains row by row (Ingrosso and Abbott, PLoS ONE 14, e0220547, 2019): targets
# that the inputs know nothing of leave $1 - 1/(2\alpha)$ of their variance, against $1 - 1/\alpha$ without signs.
# Exact fits exist with the probability that $\mathrm{Bin}(N, 1/2) \ge P$.

# %%
for load in (0.6, 1.0, 2.0):
    fit = dmft.solve_regression(excitatory, load)
    print(f"load {load:g}: residual {fit.residual:.4f}, |w| {fit.norm:.4f}, active {fit.active:.2f}")
figure = dmft.solve_regression(excitatory, 1.0, limits=(0.0, 3.0)).plot()
print(
    "P(exact fit), 60 weights, 24 to 36 equations:", [round(dmft.feasibility(p, 60), 3) for p in (24, 27, 30, 33, 36)]
)

# %% [markdown]
# ## The headline numbers
#
# An example with $N = 120$, binary inputs of activities 0.3 and 0.15: $\kappa_\mathrm{out}$ at $\alpha = 0.25$.

# %%
theory = dmft.solve_robustness(excitatory, 0.25, to="output", size=120)
sim = validation.simulate(
    excitatory, 120, load=0.25, measure="output_margin", n_realizations=12 if QUICK else 60, seed=5
)
print(validation.compare(theory, sim))
value, error = finite(sim, "output_margin", 120)
assert abs(theory.margin - 0.467) < 5e-4
assert abs(value - theory.margin) < 4.0 * error
free = dmft.solve_capacity(dmft.Perceptron(positive=0.1)).capacity
assert abs(2.0 * capacity.capacity / free - 1.0) < 1e-12

# %% [markdown]
# ## Exercises
#
# 1. Which `cv` of the inhibitory inputs makes the optimal excitatory fraction 0.8? Check that the capacity at this
#    fraction is half of that without signs.
# 2. At which load does the output margin of the neuron of the headline vanish as $1/\sqrt N$? Compare `size=100` and
#    `size=1000`.
# 3. Fit targets at load 1.5 with `limits=(0, 1)`. How much larger is the residual than with signs alone, and how many
#    weights sit at the upper bound?
