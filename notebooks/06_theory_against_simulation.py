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
# # Theory against simulation
#
# A theory of infinite networks and a simulation of finite ones never agree exactly. When is a difference a finding?
# This notebook goes through what `validation.compare` does, and through the usual suspects when a curve lies off its
# dots: chance, finite size, the time step, the burn-in, and a wrong theory.

# %%
import os
import tempfile

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import COLOURS, MARKERS, figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"
COUNTS = {400: 32, 800: 16} if QUICK else {500: 128, 1000: 64, 2000: 32, 4000: 12}

network = dmft.RandomNetwork(g=3.0)
theory = dmft.solve_stationary(network)

# %% [markdown]
# ## A simulation, and a verdict
#
# Small networks are cheap and large ones are close to the theory: take many of the former and few of the latter.
# Simulations of the same experiment add up; they keep the seeds of every realization, so that nothing is counted twice.

# %%
parts = [
    validation.simulate(
        network,
        size,
        n_realizations=n,
        duration=60.0 if QUICK else 200.0,
        measure=("correlation", "lyapunov"),
        seed=6,
    )
    for size, n in COUNTS.items()
]
networks = parts[0]
for part in parts[1:]:
    networks = networks + part
report = validation.compare(theory, networks, tolerance=0.2 if QUICK else 0.1)
print(report)

# %% [markdown]
# Each row has the number of the theory, the estimate for large $N$, their difference with its error, what the theory is
# *within* (the difference, its error at 95 % on either side, and the bias together), a bound on what finite size and
# time step can still do to the estimate (*bias <*), and the deviation that would have been noticed (*seen from*). A row
# *agrees* if the theory is within the tolerance; it *disagrees* if the difference is more than five of its errors
# outside the bound on the bias; else it is *undecided*: more or larger networks are needed, and *within* says how far
# away one is.
#
# ## Finite size
#
# Averages of a network of $N$ neurons differ from the theory by a scatter of order $N^{-1/2}$, which more networks
# reduce, and by a bias of order $1/N$, which they do not. The exponent shows it best: networks of a few hundred
# neurons lie a quarter below the theory. A straight line in $1/N$ takes the bias away.


# %%
def against_size(axes, name, exact, label, at=None):
    """Draw a quantity against 1/N with its extrapolation and the theory."""
    inverse = 1.0 / np.array(networks.sizes)
    row = 0 if at is None else int(np.argmin(np.abs(networks.lags - at)))

    def of_size(method, size):
        value = method(name, size)
        return value if at is None else value[row]

    means = [of_size(networks.mean, size) for size in networks.sizes]
    errors = [of_size(networks.standard_error, size) for size in networks.sizes]
    limit = validation.extrapolate(networks, name, at=at, order=1)
    axes.errorbar(inverse, means, errors, fmt="o", mfc="white", color=COLOURS[0], label="networks")
    axes.errorbar([0.0], [limit.value], [limit.standard_error], fmt="D", color=COLOURS[3], label="large N")
    axes.plot(
        [0.0, inverse[0]], [limit.value, limit.value * (1 + limit.coefficient * inverse[0])], color=COLOURS[3], lw=0.8
    )
    axes.axhline(exact, color="black", label="theory")
    axes.set_xlabel("1/N")
    axes.set_ylabel(label)
    return limit


exponent = dmft.lyapunov_exponent(theory)
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 2.8))
    variance = against_size(left, "corr_phi", theory.corr_phi[0], r"$C^\phi(0)$", at=0.0)
    slow = against_size(right, "lyapunov_exponent", float(exponent), r"largest exponent $\lambda$ ($1/\tau$)")
    left.legend()
print(variance)
print(slow)

# %% [markdown]
# ## The time step is not it
#
# Halving it must change nothing beyond its own, known, error. The same seeds draw the same networks, so that chaos is
# the only difference between the two runs, and averages differ by chance alone.

# %%
for dt in (0.1, 0.05):
    run = validation.simulate(network, 400, n_realizations=24, duration=60.0, dt=dt, seed=6)
    value, error = run.mean("corr_phi", 400)[0], run.standard_error("corr_phi", 400)[0]
    print(f"dt = {dt:4}: C^phi(0) = {value:.4f} +- {error:.4f}")

# %% [markdown]
# ## A wrong theory is seen
#
# Suppose that someone forgot a factor and solved the theory at a gain 10 % too low. The networks tell.

# %%
wrong = dmft.solve_stationary(network.replace(g=2.7))
numbers = {"corr_x[0]": float(wrong.corr_x_at(0.0)), "corr_phi[0]": float(wrong.corr_phi_at(0.0))}
refuted = validation.compare(numbers, networks, tolerance=0.2)
print(refuted)
assert refuted.verdict == "disagree"

# %% [markdown]
# ## The whole Lyapunov spectrum (Engelken, Wolf & Abbott, Phys. Rev. Research 5, 043044, 2023: extensive chaos)
#
# The theory gives the largest exponent; networks have $N$ of them. Against $i/N$ the spectra of different sizes fall on
# one curve, so that the dimension of the attractor (Kaplan and Yorke) and the entropy rate (Pesin) grow in
# proportion to $N$ (the first few exponents of small networks lie low, by order $1/N$, as above). The dimension of the
# attractor is not that of the covariance (notebook 04): chaos has more directions than variance shows.

# %%
sizes = (200, 400) if QUICK else (200, 400, 800)
spectra = {
    size: validation.lyapunov_spectrum(
        network, size, k=size // 5, n_realizations=4, duration=100.0 if QUICK else 300.0, seed=2
    )
    for size in sizes
}
with paper_style():
    figure, axes = plt.subplots(figsize=(3.9, 3.0))
    axes.axhline(0.0, color="0.8", lw=0.7)
    for (size, spectrum), colour, marker in zip(spectra.items(), COLOURS, MARKERS, strict=False):
        index = (np.arange(len(spectrum.exponents)) + 0.5) / size
        axes.plot(index, spectrum.exponents, marker, ms=2.5, mfc="white", color=colour, label=f"N = {size}")
    axes.axhline(float(exponent), color="black", lw=1.0, ls="--", label="theory, largest")
    axes.set_xlabel("index i/N")
    axes.set_ylabel(r"exponent $\lambda_i$ ($1/\tau$)")
    axes.legend()
dimension = dmft.effective_dimension(dmft.solve_two_site(theory))
for size, spectrum in spectra.items():
    attractor, rate = spectrum.kaplan_yorke_dimension / size, spectrum.entropy_rate / size
    print(f"N = {size}: attractor {attractor:.3f} N, entropy {rate:.5f} N/tau; covariance, theory: {dimension:.4f} N")
attractor = spectra[sizes[-1]].kaplan_yorke_dimension
assert attractor - 3 * attractor.standard_error > dimension * sizes[-1]

# %% [markdown]
# ## Long runs
#
# With `checkpoint` every finished network is kept: an interrupted run goes on where it stopped, and one with more
# realizations adds only the new ones. `executor` spreads them over processes, or over a cluster. A simulation is
# saved with its seeds and read back as the same object.

# %%
with tempfile.TemporaryDirectory() as folder:
    settings = {"duration": 20.0, "seed": 3, "checkpoint": f"{folder}/networks"}
    few = validation.simulate(network, 100, n_realizations=4, **settings)
    more = validation.simulate(network, 100, n_realizations=8, **settings)  # four are read, four are run
    assert np.array_equal(more.values("corr_x", 100)[:4], few.values("corr_x", 100))
    validation.save(more, f"{folder}/networks.npz")
    assert validation.load(f"{folder}/networks.npz").seeds == more.seeds

# %% [markdown]
# ## The headline
#
# The right theory is not refuted by the networks that refute the wrong one, and their large-N estimates are within four
# standard errors of it.

# %%
assert report.verdict != "disagree"
if not QUICK:
    assert report.verdict == "agree"
assert abs(variance.value - theory.corr_phi[0]) < 4 * variance.standard_error
assert abs(slow.value - float(exponent)) < 4 * slow.standard_error
print(f"C^phi(0): theory {theory.corr_phi[0]:.5f}, networks {variance.value:.5f} +- {variance.standard_error:.5f}")
print(f"exponent: theory {float(exponent):.5f}, networks {slow.value:.5f} +- {slow.standard_error:.5f}")

# %% [markdown]
# ## Exercises
#
# 1. How many networks of $N = 500$ does it take to decide a tolerance of 2 % at $g = 2$? Read it off *seen from*.
# 2. Repeat the comparison at $g = 1.2$. Which rows are undecided, and is it their error or the bound on their bias?
# 3. Hand `compare` a mapping with your own, wrong, value of `lyapunov_exponent`. How wrong must it be to disagree?
