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
# # Driven networks: when input suppresses chaos
#
# A chaotic network forgets its initial state; a driven one can be made to forget it in favour of the input. At which
# strength does that happen, and what does it depend on? Three answers, each with the published figure it belongs to:
#
# 1. a sinusoid with a phase of its own for each unit (Rajan, Abbott and Sompolinsky 2010): there is a best frequency;
# 2. white noise (Schuecker, Goedeke and Helias 2018): local instability and chaos are not the same;
# 3. a balanced network of threshold-linear neurons (Engelken, Ingrosso, Khajeh, Goedeke and Abbott 2022): an input that
#    is common to all neurons is cancelled by the recurrent inhibition, and must be stronger by $\sqrt K$.
#
# With `DMFT_NOTEBOOK=quick` grids are coarse and networks small, so that the whole notebook runs in a minute.

# %%
import math
import os

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"


def choose(quick, full):
    return quick if QUICK else full


# %% [markdown]
# ## A sinusoid of random phase
#
# $\dot x_i = -x_i + \sum_j J_{ij}\tanh x_j + I\sin(2\pi f t + \theta_i)$, the phases uniform: the input that Rajan,
# Abbott and Sompolinsky (Phys. Rev. E 82, 011903, 2010) chose as a model of a stimulus. The mean over units stays
# zero, and the state is stationary once one averages over the phases. Given its phase a unit is Gaussian around its own
# response; the theory conditions on the phase instead of replacing the sinusoid by noise.
#
# Their first figures: the autocorrelation of the rates at growing amplitude. Without input it decays. A weak input
# leaves a decaying part on top of an oscillation: chaos that is modulated. A strong one leaves the oscillation alone:
# every unit repeats itself with the input.

# %%
GAIN, SLOW = 1.5, 0.05
lags = np.linspace(0.0, 40.0, 400)
with paper_style():
    figure, axes = plt.subplots(1, 3, figsize=(7.2, 2.4), sharey=True, layout="constrained")
    for panel, amplitude in zip(axes, (0.0, 0.3, 1.0), strict=True):
        sine = dmft.Sinusoid(amplitude, SLOW, phases="random") if amplitude else None
        solution = dmft.solve_stationary(dmft.RandomNetwork(GAIN, drive=sine))
        panel.plot(lags, solution.corr_phi_at(lags) / solution.corr_phi_at(0.0))
        panel.set_title(f"I = {amplitude:g}: $\\lambda$ = {float(dmft.lyapunov_exponent(solution)):+.3f}", fontsize=9)
        panel.set_xlabel(r"lag ($\tau$)")
    axes[0].set_ylabel(r"$C^\phi(\mathrm{lag})/C^\phi(0)$")

# %% [markdown]
# Their second result is a resonance: at a given amplitude one frequency suppresses chaos best, though the network
# without input prefers none. The exponent against the frequency shows it as a minimum, between slow inputs, which the
# network follows while remaining chaotic around them, and fast ones, which the time constant of the units filters out.

# %%
frequencies = np.geomspace(0.01, 0.3, choose(5, 14))
with paper_style():
    figure, panel = plt.subplots(figsize=(4.2, 2.8), layout="constrained")
    for amplitude in choose((0.6,), (0.3, 0.6, 0.9)):
        exponents = []
        for frequency in frequencies:
            network = dmft.RandomNetwork(GAIN, drive=dmft.Sinusoid(amplitude, float(frequency), phases="random"))
            exponents.append(float(dmft.lyapunov_exponent(dmft.solve_stationary(network))))
        panel.semilogx(frequencies, exponents, "o-", ms=3, label=f"I = {amplitude:g}")
    panel.axhline(0.0, color="0.8", lw=0.7)
    panel.set_xlabel(r"frequency ($1/\tau$)")
    panel.set_ylabel(r"largest exponent $\lambda$ ($1/\tau$)")
    panel.legend()
best = int(np.argmin(exponents))
assert 0 < best < len(frequencies) - 1, "the best frequency lies inside the range"

# %% [markdown]
# ## Private white noise
#
# Schuecker, Goedeke and Helias (Phys. Rev. X 8, 041029, 2018), their figures on the largest exponent and on the phase
# diagram. Noise of intensity $D$ lowers the exponent. It also shrinks the disk of eigenvalues of the Jacobian at an
# instant, whose radius is $g\sqrt{\langle\phi'^2\rangle}$. But the exponent is zero *before* the disk is back within
# the unit circle: between the two (grey) the network expands at every instant, and is stable all the same, because the
# noise turns the unstable directions away faster than a perturbation grows along them.

# %%
intensities = np.geomspace(0.05, 8.0, choose(12, 30))
exponents, radii = [], []
for intensity in intensities:
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(float(intensity))))
    exponents.append(float(dmft.lyapunov_exponent(solution)))
    radii.append(dmft.jacobian_spectrum(solution).radius)
noisy = dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(0.4))
networks = validation.simulate(
    noisy, choose([250, 500], [500, 1000, 2000]), n_realizations=choose(4, 8), duration=40.0, seed=1, measure="lyapunov"
)
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.6), layout="constrained")
    left.semilogx(intensities, exponents, label="theory")
    for size in networks.sizes:
        left.errorbar(
            0.4,
            networks.mean("lyapunov_exponent", size),
            networks.standard_error("lyapunov_exponent", size),
            fmt="o",
            ms=4,
            mfc="white",
            label=f"N = {size}",
        )
    left.set_ylabel(r"largest exponent $\lambda$ ($1/\tau$)")
    left.axhline(0.0, color="0.8", lw=0.7)
    right.semilogx(intensities, radii)
    right.axhline(1.0, color="0.8", lw=0.7)
    right.set_ylabel("radius of the Jacobian's disk")
    stable = np.interp(0.0, -np.array(exponents), intensities)
    within = np.interp(-1.0, -np.array(radii), intensities)
    for panel in (left, right):
        panel.axvspan(stable, within, color="0.92", label="expanding, stable")
        panel.set_xlabel(r"intensity of the noise $D$ ($1/\tau$)")
    left.legend()
assert stable < 0.9 * within, "a network that expands locally and is stable"

# %% [markdown]
# ## A balanced network
#
# $\dot h_i = -h_i + \sum_j J_{ij}\max(0, h_j) + \sqrt K I_0 + I(t)$ with
# $J_{ij} = -J_0\sqrt K/N + g z_{ij}/\sqrt N$. The excitation $\sqrt K I_0$ and the inhibition by all others are both
# large and cancel: the mean rate is held at about $I_0/J_0$, whatever the gain. Here $K = N$, $g = 2$ and
# $I_0 = J_0 = 1$, as in the paper.
#
# First a transient. The theory in two times follows the mean $m(t)$ and the covariance $c(t, s)$ from an initial state
# that knows nothing of the couplings. The mean is back in balance within a fraction $1/\sqrt K$ of $\tau$; the
# fluctuations take their time.

# %%
K = 5000.0
undriven = dmft.BalancedNetwork(2.0, K)
transient = dmft.solve_nonstationary(undriven, 25.0, method=dmft.TwoTimeMarch(dt=choose(0.1, 0.05)), init=(3.0, 1.0))
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 2.6), layout="constrained")
    left.plot(transient.times, transient.mean_x, label="mean")
    left.plot(transient.times, np.sqrt(transient.variance), label="standard deviation")
    left.set_xlabel(r"time ($\tau$)")
    left.set_ylabel("of h, over neurons")
    left.legend()
    for time in (2.0, 8.0, 25.0):
        row = int(np.argmin(np.abs(transient.times - time)))
        right.plot(transient.times[: row + 1], transient.covariance[row, : row + 1], label=f"t = {time:g}")
    right.set_xlabel(r"earlier time s ($\tau$)")
    right.set_ylabel("c(t, s)")
    right.legend()

# %% [markdown]
# Without input the state becomes stationary and chaotic. By the scale invariance of the threshold-linear rate its
# exponent depends on the gain alone.

# %%
chaos = float(dmft.lyapunov_exponent(dmft.solve_stationary(undriven)))
print(f"largest exponent without input: {chaos:.6f}/tau")

# %% [markdown]
# ## A period of a common input
#
# Under $I(t) = I_1\sin 2\pi f t$, the same for all neurons, mean and variance repeat with the input. The covariance
# tells more: over lags of whole periods it decays as long as the network is chaotic (the paper's figures on rates and
# autocorrelations). Dots: networks of $N$ neurons at the same $K$.

# %%
FREQUENCY, PERIOD = 0.2, 5.0
here = dmft.BalancedNetwork(2.0, 1000, drive=dmft.Sinusoid(0.6 * math.sqrt(1000.0), FREQUENCY))
solution = dmft.solve_nonstationary(
    here, choose(90.0, 150.0), method=dmft.TwoTimeMarch(dt=choose(0.1, 0.05), window=choose(35.0, 50.0))
)
networks = validation.simulate(
    here,
    1000,
    n_realizations=choose(8, 64),
    initial_states=2,
    duration=40.0,
    burn_in=30.0,
    seed=2,
    measure=[validation.OverPeriod(PERIOD, max_lag=2 * PERIOD)],
)
rows = solution.last_period()
times = solution.times[rows] - solution.times[rows][0]
phases, lags = networks.coordinates["phase"], networks.coordinates["period_lag"]
with paper_style():
    figure, panels = plt.subplots(1, 3, figsize=(7.2, 2.4), layout="constrained")
    curves = {"mean": solution.mean_x[rows], "variance": solution.variance[rows]}
    for panel, (name, curve) in zip(panels, curves.items(), strict=False):
        panel.plot(times, curve, color="black", label="theory")
        panel.errorbar(
            phases,
            networks.mean(f"period_{name}", 1000),
            networks.standard_error(f"period_{name}", 1000),
            fmt="o",
            ms=3,
            mfc="white",
            label="networks",
        )
        panel.set_xlabel(r"time in the period ($\tau$)")
        panel.set_ylabel(f"{name} of h")
    panels[1].legend(loc="lower center")
    panels[2].plot(solution.lags, solution.band[rows.start], color="black")
    panels[2].errorbar(
        lags,
        networks.mean("period_covariance", 1000)[0],
        networks.standard_error("period_covariance", 1000)[0],
        fmt="o",
        ms=3,
        mfc="white",
    )
    panels[2].set_xlim(-0.3, 2 * PERIOD + 0.3)
    panels[2].set_xlabel(r"lag ($\tau$)")
    panels[2].set_ylabel("cov(h(0), h(0 - lag))")

# %% [markdown]
# ## Exponent against amplitude
#
# The paper's central figure: the largest exponent against the amplitude of a common input (left) and of an independent
# one, in which each neuron has its own phase (right). Note the two scales. An independent input of order one suppresses
# chaos; a common one has to be of the order of $\sqrt K I_0$, because the network answers it with an inhibition that
# cancels it.
#
# Below the critical amplitude the state is chaotic, and its exponent is the growth rate of a tangent kernel in two
# times. Above it the state is locked to the input; that kernel then spreads over all lags, and the exponent is found
# from a doubly periodic eigenvalue problem. `dmft.lyapunov_exponent` takes the one or the other. Networks of finite
# size lie lower, by about $30/N$ on the chaotic side: from two sizes at the same $K$ they extrapolate to the theory.

# %%
SIZE = choose(1000, 2000)


def driven(amplitude, phases, size):
    return dmft.BalancedNetwork(2.0, size, drive=dmft.Sinusoid(float(amplitude), FREQUENCY, phases))


def theory(network):
    solve = dmft.solve_periodic if network.drive.phases == "common" else dmft.solve_stationary
    return float(dmft.lyapunov_exponent(solve(network)))


with paper_style():
    figure, panels = plt.subplots(1, 2, figsize=(7.2, 2.8), sharey=True, layout="constrained")
    for panel, phases, unit, top, dots in (
        (panels[0], "common", math.sqrt(SIZE), 1.6, (0.4, 1.3)),
        (panels[1], "random", 1.0, 15.0, (1.5, 10.0)),
    ):
        amplitudes = top * (np.arange(choose(6, 24)) + 0.37) / choose(6, 24)
        panel.plot(amplitudes, [theory(driven(unit * a, phases, SIZE)) for a in amplitudes], label="theory")
        for a in dots:
            networks = validation.simulate(
                driven(unit * a, phases, SIZE),
                [SIZE // 2, SIZE],
                n_realizations=choose(6, 12),
                initial_states=2,
                duration=30.0,
                burn_in=choose(20.0, 60.0),
                seed=3,
                measure="lyapunov",
            )
            limit = validation.extrapolate(networks, "lyapunov_exponent", order=1)
            panel.errorbar(
                a, limit.value, limit.standard_error, fmt="D", ms=4, color="black", capsize=1.5, label="large N"
            )
        panel.axhline(0.0, color="0.8", lw=0.7)
    handles, labels = panels[0].get_legend_handles_labels()
    panels[0].legend(handles[:2], labels[:2])
    panels[0].set_xlabel(r"common amplitude $I_1/\sqrt{K}$")
    panels[1].set_xlabel(r"independent amplitude $I_1$")
    panels[0].set_ylabel(r"largest exponent $\lambda$ ($1/\tau$)")

# %% [markdown]
# ## The critical amplitude
#
# At the critical amplitude the chaotic state merges with the locked one, so that it can be had from the locked state
# alone: `dmft.critical_amplitude`. Against the frequency both inputs have a best one: a shallow minimum for the common
# input, a deep one at a lower frequency for the independent input, the resonance again. (On the full grid, of a fourth
# from point to point, they are near 0.28 and 0.08.) A slow common input leaves the network silent for a part of each
# period, and the limit of low frequency follows from how large a part that is.

# %%
frequencies = np.geomspace(choose(0.04, 0.05), 2.0, choose(6, 16))
with paper_style():
    figure, panel = plt.subplots(figsize=(4.2, 3.0), layout="constrained")
    for phases, label in (("common", "common"), ("random", "independent")):
        critical = [
            dmft.critical_amplitude(undriven.replace(drive=dmft.Sinusoid(1.0, float(f), phases)), rtol=1e-3)
            for f in frequencies
        ]
        panel.loglog(frequencies, critical, "o-", ms=3, label=label)
        print(f"{label} input: least amplitude of those drawn at f = {frequencies[np.argmin(critical)]:.2g}")
    panel.axhline(dmft.quasi_static_amplitude(undriven), color="0.6", ls=":", label="common, slow limit")
    panel.set_xlabel(r"frequency ($1/\tau$)")
    panel.set_ylabel("critical amplitude")
    panel.set_yticks([3, 10, 30, 100], ["3", "10", "30", "100"])
    panel.minorticks_off()
    panel.legend()

# %% [markdown]
# ## The headline numbers
#
# The exponent without input, and the critical amplitudes of both kinds of input at $f = 0.2$ and $K = 5000$.

# %%
common = dmft.critical_amplitude(undriven.replace(drive=dmft.Sinusoid(1.0, FREQUENCY)))
independent = dmft.critical_amplitude(undriven.replace(drive=dmft.Sinusoid(1.0, FREQUENCY, phases="random")))
print(f"exponent {chaos:.7f}, critical amplitude: common {common:.2f}, independent {independent:.4f}")
assert abs(chaos - 0.0960066) < 1e-6
assert abs(common / 64.94 - 1) < 2e-3
assert abs(independent / 4.0006 - 1) < 2e-3

# %% [markdown]
# ## Exercises
#
# 1. At which frequency is the critical amplitude of an independent input smallest? Use `critical_amplitude` along
#    `drive.frequency`, and compare the best one with the peak of the power spectrum of the undriven network.
# 2. Double $K$ under a common input. By how much does the critical amplitude grow, and how far is that from $\sqrt
#    2$?
# 3. Replace the sinusoid by an `OrnsteinUhlenbeck` input of the same variance. Which correlation time suppresses
#    chaos best?
