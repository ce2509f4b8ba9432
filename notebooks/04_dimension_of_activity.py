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
# # Dimension of activity
#
# $N$ chaotic neurons could move in all $N$ directions of their state space. How many do they use? Let $\Sigma$ be the
# covariance matrix of the activity, $\lambda_a$ its eigenvalues. The participation ratio
#
# $$\mathrm{PR} = \frac{(\sum_a\lambda_a)^2}{\sum_a\lambda_a^2}
#   = \frac{(\mathrm{tr}\,\Sigma)^2}{\mathrm{tr}\,\Sigma^2}$$
#
# is $N$ if all eigenvalues are equal and 1 if one dominates. $\mathrm{tr}\,\Sigma^2 = \sum_{ij}\Sigma_{ij}^2$ contains
# the $N^2$ covariances of *pairs* of neurons. Each is only of order $1/\sqrt N$, and mean-field theory of a single
# neuron sets it to zero; but their squares add up to as much as the $N$ variances do. Clark, Abbott and Litwin-Kumar
# (Phys. Rev. Lett. 131, 118401, 2023; below CAL) found them by a cavity argument for two neurons. The result is that
# for these sums a chaotic network is as good as a *linear* one, $\phi = (1 - S J)^{-1}\xi$, in which every neuron
# responds to its input by $S(\omega) = \langle\phi'\rangle/(1 + i\omega)$ and makes a fluctuation $\xi$ of its own:
#
# $$N\langle C^\phi_{ij}(\omega_1) C^\phi_{ij}(\omega_2)\rangle
#   = \Big[\frac{1}{|1 - g^2 S(\omega_1)S(\omega_2)|^2} - 1\Big] C^\phi(\omega_1)C^\phi(\omega_2).$$
#
# With `DMFT_NOTEBOOK=quick` there are fewer points and smaller networks.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import COLOURS, MARKERS, figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"

network = dmft.RandomNetwork(g=3.0)
two_site = dmft.solve_two_site(dmft.solve_stationary(network))
print("PR/N of phi:", dmft.effective_dimension(two_site, "phi"))
print("PR/N of x:  ", dmft.effective_dimension(two_site, "x"))

# %% [markdown]
# A few per cent of $N$: strongly chaotic activity is confined to a small part of the state space, though that part
# grows in proportion to $N$ (it is *extensive*).
#
# ## Dimension against gain (the first figure of CAL)
#
# At the onset the dimension vanishes as $(g-1)^3$; at large gain it saturates at 13 % of $N$ for $\phi$ and 6 % for
# $x$. Networks are put on top. What theory averages over couplings is $\mathrm{tr}\,\Sigma^2$, that is
# $1/\mathrm{PR}$: the harmonic mean of networks converges to it fastest. And because $\mathrm{tr}\,\Sigma^2$ estimated
# in a run of finite length is too large, each network is started from many states, and different ones are multiplied
# with each other (`validation.Dimension`), so that no length of run is too short.

# %%
gains = np.concatenate([np.linspace(1.02, 2.0, 8 if QUICK else 25), np.linspace(2.2, 6.0, 8 if QUICK else 25)])
curves = {"phi": [], "x": []}
for g in gains:
    solved = dmft.solve_two_site(dmft.solve_stationary(network.replace(g=g)), lags=[0.0])
    for of, curve in curves.items():
        curve.append(dmft.effective_dimension(solved, of))

counts = {200: 16, 300: 12} if QUICK else {500: 40, 1000: 32, 2000: 8}
LAGS = (0.0, 2.0, 4.0, 8.0, 12.0, 16.0)


def simulated(model, sizes, lags=(0.0,), **settings):
    """Return networks of several sizes, size -> number of networks."""
    defaults = {"duration": 40.0, "burn_in": 40.0, "initial_states": 8 if QUICK else 16, "seed": 5}
    parts = [
        validation.simulate(
            model, n, n_realizations=k, measure=validation.Dimension(lags=lags), **(defaults | settings)
        )
        for n, k in sizes.items()
    ]
    return sum(parts[1:], parts[0])


at_gains = {g: simulated(network.replace(g=g), counts, LAGS if g == 3.0 else (0.0,)) for g in (2.0, 3.0, 5.0)}

# %%
with paper_style():
    figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    for axes, (of, curve) in zip(panels, curves.items(), strict=True):
        axes.plot(gains, curve, color="black", label="theory")
        for k, size in enumerate(counts):
            values = np.array([validation.harmonic_dimension(s, size, of=of) for s in at_gains.values()])
            # shifted a little, so that the sizes stand beside each other
            axes.errorbar(
                np.array(list(at_gains)) + 0.08 * (k - 0.5 * (len(counts) - 1)),
                values[:, 0],
                values[:, 1],
                fmt=MARKERS[k],
                color=COLOURS[k],
                label=f"networks, N = {size}",
            )
        axes.set_xlabel("gain $g$")
        axes.set_ylim(bottom=0.0)
    panels[0].set_ylabel(r"$\mathrm{PR}^\phi/N$")
    panels[1].set_ylabel(r"$\mathrm{PR}^x/N$")
    panels[0].legend()

# The limit of small g - 1, in closed form: 0.23399 (g - 1)^3, with corrections of the order of g - 1.
near = dmft.solve_two_site(dmft.solve_stationary(network.replace(g=1.01)), lags=[0.0])
print("PR/N/(g-1)^3 at g = 1.01:", dmft.effective_dimension(near) / 0.01**3)
assert abs(dmft.effective_dimension(near) / 0.01**3 / 0.23399 - 1.0) < 0.06

# %% [markdown]
# ## How long a population remembers (the time scales of CAL)
#
# A neuron forgets within a few $\tau$. Pairs of neurons do not: the slowest mode of the equivalent linear network
# decays at the rate $1 - g\langle\phi'\rangle$, and with it the sum of squared cross-covariances
# $\Psi(\ell) = \frac1N\sum_{ij}C_{ij}(\ell)^2$, $i = j$ included. Where the squared autocovariance has fallen to
# $2\cdot10^{-4}$, a quarter of $\Psi$ is left: knowledge of the past is in the population, not in the cell.

# %%
lags = np.linspace(0.0, 24.0, 97)
single = np.array(dmft.solve_stationary(network).corr_phi_at(lags))
with paper_style():
    figure, axes = plt.subplots(figsize=(3.9, 3.0), layout="constrained")
    axes.semilogy(lags, two_site.psi_at(lags) / two_site.psi_at(0.0), color="black", label=r"$\Psi$, theory")
    axes.semilogy(lags, (single / single[0]) ** 2, color="black", ls="--", label=r"$(C^\phi)^2$")
    for k, size in enumerate(counts):
        psi = at_gains[3.0].values("psi_phi", size)
        relative = psi / psi[:, :1]
        axes.errorbar(
            at_gains[3.0].coordinates["psi_lag"],
            relative.mean(axis=0),
            relative.std(axis=0, ddof=1) / np.sqrt(len(relative)),
            fmt=MARKERS[k],
            color=COLOURS[k],
            label=f"networks, N = {size}",
        )
    axes.set_ylim(1e-3, 1.5)
    axes.set_xlabel(r"lag $\ell$ ($\tau$)")
    axes.set_ylabel("relative to lag 0")
    axes.legend()
print(f"population time scale {two_site.population_timescale:.1f} tau")
assert two_site.psi_at(16.0) > 1000 * two_site.psi_at(0.0) * (np.interp(16.0, lags, single) / single[0]) ** 2

# %% [markdown]
# ## Private noise
#
# Independent noise on every neuron drives activity out of its subspace, and it damps the slow modes: the dimension
# rises steeply. The slow modes gone, networks differ less from each other, so that a few small ones test the theory
# to a per cent.

# %%
intensities = np.geomspace(0.03, 10.0, 7 if QUICK else 21)
driven = {"phi": [], "x": []}
for intensity in intensities:
    noisy = network.replace(g=2.0, drive=dmft.WhiteNoise(intensity))
    solved = dmft.solve_two_site(dmft.solve_stationary(noisy), lags=[0.0])
    for of, curve in driven.items():
        curve.append(dmft.effective_dimension(solved, of))
checked = network.replace(g=2.0, drive=dmft.WhiteNoise(3.0))
noise_counts = {300: 6} if QUICK else {800: 12}
noisy_networks = simulated(checked, noise_counts, dt=0.1, burn_in=15.0)
size = next(iter(noise_counts))

with paper_style():
    figure, axes = plt.subplots(figsize=(3.9, 3.0), layout="constrained")
    for (of, curve), colour, label in zip(driven.items(), COLOURS, (r"$\phi$", "$x$"), strict=False):
        axes.semilogx(intensities, curve, color=colour, label=f"{label}, theory")
        value, error = validation.harmonic_dimension(noisy_networks, size, of=of)
        axes.errorbar([3.0], [value], [error], fmt="o", color=colour, label=f"{label}, networks of {size}")
        expected = dmft.effective_dimension(dmft.solve_two_site(dmft.solve_stationary(checked), lags=[0.0]), of)
        print(f"PR^{of}/N at intensity 3: theory {expected:.4f}, networks {value:.4f} +- {error:.4f}")
        assert abs(value - expected) < 5.0 * error + 12.0 / size * expected
    axes.set_xlabel(r"noise intensity $\sigma^2$")
    axes.set_ylabel(r"$\mathrm{PR}/N$")
    axes.legend()

# %% [markdown]
# ## A linear network, exactly
#
# If $\phi(x) = x$ the equivalence is an identity, and for a drawn matrix the covariance obeys a Lyapunov equation that
# knows nothing of large $N$. At frequency 0 the dimension is $(1-g^2)^2$ (Hu and Sompolinsky, PLoS Comput. Biol. 18,
# e1010327, 2022).

# %%
linear = dmft.RandomNetwork(g=0.8, nonlinearity=dmft.Linear(), drive=dmft.WhiteNoise(1.0))
stationary = dmft.solve_stationary(linear)
exact = dmft.solve_two_site(stationary, lags=[0.0])
at_zero = dmft.effective_dimension(exact, "x", frequency=0.0)
print(f"frequency 0: {at_zero:.10f}, (1 - g^2)^2 = {(1 - 0.8**2) ** 2:.10f}")
assert abs(at_zero - (1 - 0.8**2) ** 2) < 1e-9

n = 200 if QUICK else 500
couplings = np.random.default_rng(3).standard_normal((n, n)) * 0.8 / np.sqrt(n)
covariance = dmft.covariance_of(couplings, stationary, of="x")
a = couplings - np.eye(n)
residual = a @ covariance.matrix + covariance.matrix @ a.T + np.eye(n)
print(f"Lyapunov equation, largest residual: {np.max(np.abs(residual)):.1e}")
print(f"equal time: {dmft.effective_dimension(exact, 'x'):.4f}, one matrix of N = {n}: {covariance.dimension:.4f}")
assert np.max(np.abs(residual)) < 1e-6

# %% [markdown]
# ## One network's covariance spectrum
#
# The same for a chaotic network with couplings drawn once: `covariance_of` gives its covariance matrix in the linear
# equivalent, without a simulation. The eigenvalues fall off without a gap: the dimension is no number of "active
# modes" but the width of a broad distribution.

# %%
n = 300 if QUICK else 1000
couplings = np.random.default_rng(4).standard_normal((n, n)) * 3.0 / np.sqrt(n)
drawn = dmft.covariance_of(couplings, dmft.solve_stationary(network))
variance = np.trace(drawn.matrix) / n
with paper_style():
    figure, axes = plt.subplots(figsize=(3.9, 3.0), layout="constrained")
    axes.semilogy(np.arange(1, n + 1) / n, drawn.eigenvalues / variance, color=COLOURS[0])
    axes.axvline(drawn.dimension, color="0.5", ls="--", label=r"$\mathrm{PR}^\phi/N$ of this network")
    axes.set_xlabel("rank of the eigenvalue over $N$")
    axes.set_ylabel("eigenvalue over the mean variance")
    axes.legend()
print(f"this network {drawn.dimension:.4f}, theory {dmft.effective_dimension(two_site):.4f}")
# networks scatter by 1/sqrt(PR)
assert abs(drawn.dimension / dmft.effective_dimension(two_site) - 1.0) < 4.0 / np.sqrt(0.0447 * n)

# %% [markdown]
# ## Partial symmetry
#
# If $N\,\mathrm{cov}(J_{ij}, J_{ji}) = \rho g^2$ a neuron hears an echo of itself, and the single-site process is not
# Gaussian: it is sampled, and every number carries its standard error. At the same distance from the onset,
# $g(1+\rho) = 3.6$, antisymmetric couplings make activity faster and spread it over more dimensions.

# %%
rhos = np.array([-0.3, 0.0, 0.3]) if QUICK else np.array([-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3])
dimensions = {"phi": [], "x": []}
for rho in rhos:
    partly = dmft.RandomNetwork(g=3.6 / (1 + rho), symmetry=float(rho))
    method = dmft.Sampled(256 if QUICK else 1024) if rho else None  # independent couplings need no sampling
    solved = dmft.solve_two_site(dmft.solve_stationary(partly, method=method), lags=[0.0])
    for of, found in dimensions.items():
        found.append(dmft.effective_dimension(solved, of))

with paper_style():
    figure, axes = plt.subplots(figsize=(3.9, 3.0), layout="constrained")
    for found, colour, label in zip(dimensions.values(), COLOURS, (r"$\phi$", "$x$"), strict=False):
        axes.errorbar(rhos, found, [v.standard_error for v in found], color=colour, marker="o", label=label)
    axes.set_xlabel(r"symmetry $\rho$")
    axes.set_ylabel(r"$\mathrm{PR}/N$ at $g(1+\rho) = 3.6$")
    axes.set_ylim(bottom=0.0)
    axes.legend()

# %% [markdown]
# The eigenvalues of the Jacobian show why: their disc becomes an ellipse, long along the imaginary axis for $\rho < 0$.

# %%
for rho in (-0.3, 0.3):
    partly = dmft.RandomNetwork(g=3.6 / (1 + rho), symmetry=rho)
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(partly, method=dmft.Sampled(256)))
    print(f"rho = {rho:+.1f}: half axes {spectrum.abscissa + 1:.3f} and {spectrum.boundary(np.pi / 2):.3f}")

# %% [markdown]
# ## The headline number
#
# $\mathrm{PR}^\phi/N$ at $g = 3$, against the value of an independent double sum over frequencies, and the networks.

# %%
headline = dmft.effective_dimension(two_site)
size = max(counts)
value, error = validation.harmonic_dimension(at_gains[3.0], size)
print(f"theory {headline:.8f}; {counts[size]} networks of N = {size}: {value:.4f} +- {error:.4f}")
assert abs(headline - 0.04465094) < 1e-8
assert abs(value - headline) < 5.0 * error + 40.0 / size * headline

# %% [markdown]
# ## Exercises
#
# 1. The dimension of $\phi$ goes to zero at the onset. With which power of $g - 1$?
# 2. At which intensity of `WhiteNoise` does the dimension of the network at $g = 2$ reach one half? Use
#    `critical_line` with `observable=lambda sol: effective_dimension(sol) - 0.5`.
# 3. Compare the dimension of one drawn matrix of $N = 500$ (`covariance_of`) with the theory. How many matrices do
#    you need to tell 5 % apart?
