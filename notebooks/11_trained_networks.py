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
# # Trained recurrent networks: targets, Dale's law, and what chaos does to learning
#
# A driven network of $N$ units can be the *target generator* of another one, the student:
#
# $$\dot X = -X + J_D\,\phi(X) + u_{\rm out}f_{\rm out} + u_{\rm in}f_{\rm in},\qquad
# \dot x = -x + J\,r + u_{\rm in}f_{\rm in},\quad r = \phi(x),\quad z = w\cdot r.$$
#
# Full-FORCE fits all rows of $J$ by recursive least squares, $J r = J_D\phi(X) + u_{\rm out}f_{\rm out}$ (DePasquale,
# Cueva, Rajan, Escola and Abbott, PLoS ONE 2018); FORCE fits the read-out alone and feeds it back (Sussillo and Abbott,
# Neuron 2009). Either can only learn what is the same in every trial: the largest Lyapunov exponent of the driven
# generator must be negative, and that is what the theory of driven networks says beforehand (Engelken et al., PLoS
# Comput. Biol. 2022).
#
# With `DMFT_NOTEBOOK=quick` there are fewer trials and networks.

# %%
import os
import warnings

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import COLOURS, figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"
TRIALS, TESTS, SEEDS = (15, 3, 2) if QUICK else (60, 20, 5)
SIZES = (100, 250) if QUICK else (100, 150, 200, 250, 300, 400)

# %% [markdown]
# ## One network
#
# The oscillation of the full-FORCE paper: a pulse, and a sine that goes from three cycles a trial to nine and back.

# %%
generator, task = dmft.RandomNetwork(g=1.5), validation.Oscillation()
trained = validation.train(
    validation.FullForce(generator, task), size=250, seed=1, trials=TRIALS, test_trials=TESTS, settling=5
)
print(f"test error {trained.test_error:.2g}, exponent of the generator {trained.generator_exponent:.3f}")

ran = trained.run(1, seed=0, rates=True)
times = 0.1 * np.arange(len(ran.outputs[0]))
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 2.6))
    left.plot(times, ran.trials[0].target, color="0.6", lw=2.5, label="target")
    left.plot(times, ran.outputs[0], color=COLOURS[0], label="read-out")
    left.set(xlabel=r"time ($\tau$)", ylabel="output")
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    right.plot(times, ran.rates[0][:, :4] + 2.2 * np.arange(4), color=COLOURS[1])
    right.set(xlabel=r"time ($\tau$)", ylabel="rates of four units")

# %% [markdown]
# ## How many units it takes
#
# Networks either learn the task or lose it: the picture shows single networks. The training error says nothing, since
# least squares hold the output to its target as long as they go on.

# %%
errors = {}
for rule in (validation.FullForce, validation.Force):
    for size in SIZES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dmft.AccuracyWarning)  # a small generator may be chaotic
            errors[rule.__name__, size] = [
                validation.train(
                    rule(generator, task), size=size, seed=seed, trials=TRIALS, test_trials=TESTS, settling=5
                ).test_error
                for seed in range(SEEDS)
            ]
with paper_style():
    figure, axes = plt.subplots(figsize=(4.0, 3.0))
    for colour, rule in zip(COLOURS, ("FullForce", "Force"), strict=False):
        for size in SIZES:
            axes.plot([size] * SEEDS, errors[rule, size], ".", color=colour, ms=4)
        axes.plot(SIZES, [np.median(errors[rule, size]) for size in SIZES], color=colour, label=rule)
    axes.set(yscale="log", xlabel="units N", ylabel="test error")
    axes.legend()

# %% [markdown]
# ## What theory says beforehand
#
# `solve_targets` joins the exponent of a driven network and the dimension of its rates. Of a balanced network inputs of
# independent phase suppress chaos at amplitudes of order one; a common input is cancelled by the balance, and must
# be of order $\sqrt N$.

# %%
for phases, amplitude in (("random", 2.0), ("random", 8.0), ("common", 8.0), ("common", 40.0)):
    net = dmft.BalancedNetwork(g=2.0, size=500, drive=dmft.Sinusoid(amplitude, 0.2, phases=phases))
    says = dmft.solve_targets(net)
    size = f"{says.dimension:.2f} dimensions, N >= {says.size_needed()}" if says.trainable else "no targets"
    print(f"{phases:>7}, I1 = {amplitude:4.1f}: lambda = {float(says.exponent):+.3f}, {size}")

# %% [markdown]
# A signal along random weights is a private input of random size; theory solves the units weight by weight.

# %%
for amplitude in (0.5, 6.0):
    weighted = dmft.RandomNetwork(1.5, drive=dmft.Weighted(dmft.Sinusoid(1.0, 0.1), amplitude=amplitude))
    says = dmft.solve_targets(weighted, nodes=3)
    print(f"weights in ({-amplitude}, {amplitude}): lambda = {float(says.exponent):+.3f}, trainable: {says.trainable}")

# %% [markdown]
# ## Dale's law
#
# Rows within bounds, $s_jJ_{ij}\ge0$: a good part of the couplings is exactly zero, and excitation is cancelled.

# %%
balanced = dmft.BalancedNetwork(g=1.5, size=100)
sine = validation.SumOfSines(20.0, pulse=0.0, cycles=(1,))
dale = validation.train(validation.BalancedTargets(balanced, sine, target_amplitude=3.0), size=100, seed=0)
print(
    f"phase-aligned error {dale.phase_aligned_error:.2g}, {dale.violations} violations, {dale.silent:.0%} zero, "
    f"net input {dale.balance():.0%} of the excitation"
)

# %% [markdown]
# The same of integrate-and-fire units: slow synapses are trained, fast ones are random, and the generator lets go of
# the currents round by round. Rates change within a period, so that intervals vary much (CV), while neighbouring ones
# hardly do (CV2): spikes are more regular than those of a Poisson process at the same rate.

# %%
saw = validation.Sawtooth(20.0, pulse=0.0)
rule = validation.BalancedTargets(dmft.BalancedNetwork(g=1.5, size=60), saw, target_amplitude=4.0, spiking=True)
spiking = validation.train(rule, size=60, seed=0, trials=5, test_trials=10)
spikes = spiking.test.spikes
print(
    f"phase-aligned error {spiking.phase_aligned_error:.2g}, {spikes.rates.mean():.2g} spikes per tau, variation of "
    f"intervals {np.nanmedian(spikes.variation()):.2f}, of neighbours {np.nanmedian(spikes.variation(local=True)):.2f}"
)
said = np.concatenate([output[:, 0] for output in spiking.test.outputs[:3]])
with paper_style():
    figure, (above, below) = plt.subplots(2, 1, figsize=(7.0, 4.0), sharex=True)
    shown = spikes.times < 60.0
    above.plot(spikes.times[shown], spikes.units[shown], "|", color=COLOURS[0], ms=2)
    below.plot(0.1 * np.arange(len(said)), np.tile(spiking.test.trials[0].target[:, 0], 3), color="0.6", lw=2.5)
    below.plot(0.1 * np.arange(len(said)), said, color=COLOURS[1])
    above.set(ylabel="unit")
    below.set(xlabel=r"time ($\tau$)", ylabel="output")

# %%
assert spiking.violations == 0
assert spiking.phase_aligned_error < 0.1
assert trained.test_error < 0.05
assert np.median(errors["FullForce", 250]) < 0.1 < np.median(errors["Force", 250])
assert dale.violations == 0
assert dale.phase_aligned_error < 0.02

# %% [markdown]
# ## The spectrum of what was learned
#
# Couplings of one's own have a Lyapunov spectrum as drawn ones do. A network that says a cycle by itself has an
# exponent zero, along the cycle; the further below zero the second one lies, the faster it comes back to it.

# %%
sines = validation.SumOfSines(20.0, pulse=0.0, cycles=(1, 2))
cyclic = validation.train(validation.FullForce(generator, sines), size=200, seed=1, trials=30, test_trials=5)
spectrum = validation.lyapunov_spectrum(generator, k=5, couplings=cyclic.couplings, burn_in=100.0, seed=3)
print(spectrum)

# %%
assert abs(spectrum.exponents[0]) < 0.02
assert spectrum.exponents[1] < -0.05

# %% [markdown]
# ## Exercises
#
# 1. Train the oscillation with `noise=0.003` at $N=250$ and $N=600$. Which of the two stands more of it, and does
#    FORCE at $N=600$?
# 2. Halve `target_amplitude` step by step until the generator warns that it is chaotic. Is the network that it teaches
#    lost at once? Compare with what `solve_targets` says of `FullForce(generator, sines).driven`.
# 3. `validation.IntegrateAndFire(strength=1.5)` makes the fast synapses five times as strong. What becomes of CV2, and
#    what does it cost in error? Then give the network time: `slow=2.0`, and a sawtooth of 40 in place of 20.
