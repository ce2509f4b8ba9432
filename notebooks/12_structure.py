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
# # Networks with structure
#
# Cortex is not one population of alike neurons. This notebook goes from the network of a single gain to populations
# that differ in everything, to a low-rank term in the couplings, to discrete time, and to sparse couplings; every
# theory stands beside networks. Rows of a matrix are targets: $J_{ij}$, $i\in a$, $j\in b$, has mean $M_{ab}/N$ and
# variance $g_{ab}^2/N$, and
#
# $$\tau_a\dot x_i = -x_i + h_a + \theta_i + \sum_b\sum_{j\in b}J_{ij}\,\phi_b(x_j) + \xi_i(t).$$
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
SIZE, COUNT = (500, 6) if QUICK else (2000, 16)

# %% [markdown]
# ## Populations
#
# Two populations of tanh units with time constants 1 and 2.5. Each has its own covariance $c_a(\ell)$; the equations
# couple through $K_{ab} = g_{ab}^2 f_b$:
#
# $$(1-\tau_a^2\partial^2)\,c_a = \sum_b K_{ab}\,\langle\phi_b(x)\phi_b(y)\rangle + s_a.$$

# %%
two = dmft.Network(
    {
        "fast": dmft.Population(dmft.Tanh(), dmft.Leaky(1.0), fraction=0.5),
        "slow": dmft.Population(dmft.Tanh(), dmft.Leaky(2.5), fraction=0.5),
    },
    dmft.Random([[4.0, 2.0], [3.0, 3.0]]),
)
state = dmft.solve_stationary(two)
exponent = dmft.lyapunov_exponent(state)
print("variances:", state.variance, " largest exponent:", exponent)

networks = validation.simulate(
    two,
    SIZE,
    n_realizations=COUNT,
    duration=60.0,
    burn_in=50.0,
    initial_states=4,
    measure=("correlation", "lyapunov"),
    seed=1,
)
print(networks)

# %% [markdown]
# Arrays of the theory and of the simulation have the populations first, and rows of a comparison are named population
# by population. Covariances of chaotic networks of this size lie off by per cents: the fluctuations of a network live
# long.

# %%
report = validation.compare(state, networks, tolerance=0.2)
print(report)
print(report.row("corr_phi.slow[0]").statement)

# %%
lags = np.linspace(0.0, 20.0, 201)
with paper_style():
    figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    for axes, of, curve in ((panels[0], "x", state.corr_x_at(lags)), (panels[1], "phi", state.corr_phi_at(lags))):
        values, errors = networks.mean(f"corr_{of}", SIZE), networks.standard_error(f"corr_{of}", SIZE)
        for i, name in enumerate(two.named):
            axes.plot(lags, curve[i], color=COLOURS[i])
            shown = slice(None, None, 2)
            axes.errorbar(
                networks.lags[shown],
                values[i, shown],
                errors[i, shown],
                fmt=MARKERS[i],
                color=COLOURS[i],
                mfc="white",
                ms=4,
                label=name,
            )
        axes.set_xlabel(r"lag ($\tau$)")
        axes.set_ylabel({"x": r"$C^x_a$", "phi": r"$C^\phi_a$"}[of])
        axes.plot([], [], color="0.3", label="theory")
        axes.legend()
    plt.show()

# %% [markdown]
# ## Transients and periodic drives
#
# Means $m_a(t)$ and covariances $c_a(t, s)$ of an excitatory and an inhibitory population, each driven by a sinusoid of
# its own, go on together in two times:
#
# $$(1+\tau_a\partial_t)(1+\tau_a\partial_s)\,c_a(t,s)
# = \sum_b K_{ab}\,\langle\phi_b(x(t))\,\phi_b(x(s))\rangle + s_a.$$
#
# They come to the state that repeats with the drive, which `solve_periodic` finds at once.

# %%
PERIOD = 4.0
swung = dmft.Network(
    {
        "E": dmft.Population(dmft.Tanh(), fraction=0.6, bias=0.3, drive=dmft.Sinusoid(2.6, 1 / PERIOD)),
        "I": dmft.Population(
            dmft.Erf(), dmft.Leaky(2.5), fraction=0.4, drive=dmft.Sinusoid(1.0, 1 / PERIOD, phase=-np.pi / 2)
        ),
    },
    dmft.Couplings(dmft.Random([[1.2, 0.8], [1.2, 0.5]]), dmft.Mean([[1.0, -2.0], [1.5, -1.0]])),
)
transient = dmft.solve_nonstationary(swung, 4 * PERIOD)
locked = dmft.solve_periodic(swung)
over = validation.simulate(
    swung, SIZE, n_realizations=COUNT, duration=20.0, burn_in=40.0, measure=(validation.OverPeriod(PERIOD),), seed=8
)
print("exponent of the locked state:", dmft.lyapunov_exponent(locked))
with paper_style():
    figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    for axes, name, of in zip(panels, ("mean", "variance"), ("mean_x", "variance")):
        for i, population in enumerate(swung.named):
            axes.plot(transient.times, getattr(transient, of)[i], color=COLOURS[i])
            values, errors = (f(f"period_{name}", SIZE)[i] for f in (over.mean, over.standard_error))
            axes.errorbar(
                3 * PERIOD + over.coordinates["phase"],
                values,
                errors,
                fmt=MARKERS[i],
                color=COLOURS[i],
                mfc="white",
                ms=4,
                label=population,
            )
        axes.set_xlabel(r"time ($\tau$)")
        axes.set_ylabel(f"{name} of $x$")
    panels[0].plot([], [], color="0.3", label="theory")
    panels[0].legend()
    plt.show()
last = transient.last_period()
at = transient.times[last] - transient.times[last.start]
assert np.allclose(transient.mean_x[0, last], np.interp(at, locked.times, locked.mean_x[0], period=PERIOD), atol=0.02)

# %% [markdown]
# ## A small hyperexcitable group
#
# How many neurons does it take to drive a calm network into chaos (Aljadeff, Stern & Sharpee, Phys. Rev. Lett. 114,
# 088101, 2015)? Rest is unstable when $\rho(g_{ab}^2 f_b) > 1$. With gains $g_a g_b$ that is $\sum_b g_b^4 f_b > 1$.

# %%
EXCITED, CALM = 1.7, 0.7


def with_group(part):
    """Return a network of which a part is excitable."""
    parts = {"group": dmft.Population(fraction=part), "rest": dmft.Population(fraction=1.0 - part)}
    return dmft.Network(parts, dmft.Random(np.outer((EXCITED, CALM), (EXCITED, CALM))))


onset = (1.0 - CALM**4) / (EXCITED**4 - CALM**4)
parts = np.sort(np.append(np.linspace(0.03, 0.9, 8 if QUICK else 30), onset))
exponents = [float(dmft.lyapunov_exponent(dmft.solve_stationary(with_group(float(part))))) for part in parts]
with paper_style():
    figure, axes = plt.subplots(figsize=(4.2, 2.9), layout="constrained")
    axes.axhline(0.0, color="0.8", lw=0.7)
    axes.axvline(onset, color="0.6", ls=":")
    axes.plot(parts, exponents, color="black")
    axes.set_xlabel("part of the excitable group")
    axes.set_ylabel(r"largest exponent ($1/\tau$)")
    plt.show()
print(f"chaos from {100 * onset:.1f} % of the neurons on")

# %% [markdown]
# ## All states, and whether they stay
#
# Excitation that holds itself has several states: `dmft.branches` finds all fixed points and the moving states that
# they turn into, each with its stability. $J$ is correlated with the slopes of its own fixed point, so that the outlier
# of the Jacobian is *not* that of means and mean slopes; networks have the corrected one.

# %%
held = dmft.Network({"E": dmft.Population()}, dmft.Couplings(dmft.Random(0.8), dmft.Mean(1.6)))
states = dmft.branches(held)
print(states)
spectrum = dmft.jacobian_spectrum(states.stable[0].solution)
resting = validation.simulate(
    held, SIZE, n_realizations=4, duration=1.0, burn_in=60.0, measure=("correlation", "jacobian"), seed=8
)
largest = resting.values("jacobian_eigenvalues", SIZE)[:, 0].real.max(axis=1)
print("largest eigenvalue of networks:", largest.round(3))
print("theory:", spectrum.outliers.real.round(4), " without the correlation:", spectrum.naive_outliers.real.round(4))

# %% [markdown]
# States and spectra draw themselves: stable states are full, states that a network leaves are hollow.

# %%
states.plot()

# %%
spectrum.plot()

# %% [markdown]
# Next to the onset of chaos the activity is slow, $\kappa\propto g-g_c$, and small. Its slow mode has an energy of its
# own, by which states are found as close to the line as numbers can tell; beyond that the exponent grows with the
# square of the distance.

# %%
critical = 1.0 / np.sqrt(np.max(np.linalg.eigvals(np.array([[1.0, 0.5], [1.2, 0.8]]) ** 2 * 0.5).real))
near = two.replace(**{"couplings.random.g": 1.0})
for excess in (1e-2, 1e-4, 1e-6):
    gains = critical * (1.0 + excess) * np.array([[1.0, 0.5], [1.2, 0.8]])
    close = dmft.solve_stationary(near.replace(**{"couplings.random.g": gains}))
    growth = float(dmft.lyapunov_exponent(close))
    print(
        f"{excess:.0e} beyond: variances over that {(close.variance / excess).round(4)}, "
        f"exponent over its square {growth / excess**2:.4f}"
    )

# %% [markdown]
# ## Dimension, block by block
#
# Squared covariances of pairs, $\frac1N\sum_{i\in a,j\in b}C_{ij}^2$, and the dimension of the whole, with noise.

# %%
noisy = two.replace(
    **{
        "couplings.random.g": np.sqrt([[1.5, 0.8], [2.0, 0.5]]),
        "populations.fast.drive": dmft.WhiteNoise(1.0),
        "populations.slow.drive": dmft.WhiteNoise(0.5),
    }
)
driven = dmft.solve_stationary(noisy)
print("theory:", dmft.covariance_blocks(driven, "x").matrix.round(4).tolist())
pairs = validation.simulate(
    noisy, SIZE, n_realizations=COUNT, duration=30.0, burn_in=20.0, initial_states=8, measure="dimension", seed=9
)
print("networks:", pairs.mean("covariance_blocks_x", SIZE).round(4).tolist())
print(
    "PR/N of x, theory:",
    dmft.effective_dimension(driven, "x"),
    "networks:",
    validation.harmonic_dimension(pairs, SIZE, of="x"),
)

# %% [markdown]
# What else is asked of a state: its power spectrum (frequencies are in cycles per unit of time), and how rates are
# distributed over units.

# %%
dmft.power_spectrum(driven, np.geomspace(1e-3, 2.0, 60)).plot()

# %%
dmft.rate_distribution(driven).plot()

# %% [markdown]
# ## Random plus low-rank couplings
#
# $J = gX + m n^T/N$. The term has one say, the outlier $\lambda$ of $J$ (Mastrogiuseppe & Ostojic, Neuron 99, 609,
# 2018): beyond $1/\langle\phi'\rangle$ the network organises along $m$, $\kappa = n\cdot\phi/N$. For gains above one,
# chaos and structure live together. A single network has an outlier of its own, off by $1/\sqrt N$, and everything
# depends on it steeply: *the theory has to be evaluated there.* `measure="outlier"` finds it.


# %%
def rank_one(g, overlap):
    """Return random couplings with a term of rank one."""
    return dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(g), low_rank=dmft.LowRank(overlap)))


outliers = np.linspace(1.02, 3.2, 12 if QUICK else 45)
drawn = {
    g: [
        validation.simulate(
            rank_one(g, overlap),
            SIZE,
            n_realizations=3 if QUICK else 8,
            duration=40.0,
            burn_in=60.0,
            measure=("correlation", "kappa", "outlier"),
            seed=2,
        )
        for overlap in (1.5, 2.5)
    ]
    for g in (0.8, 2.0)
}
with paper_style():
    figure, panels = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    for axes, (g, simulations) in zip(panels, drawn.items(), strict=True):
        states = [dmft.solve_stationary(rank_one(g, float(outlier))) for outlier in outliers]
        for i, (theory, measured, label) in enumerate(
            (
                ("kappa", "kappa", r"$|\kappa|$"),
                ("variance", "variance", "$c_0$"),
                ("static_variance",) * 2 + (r"$c_\infty$",),
            )
        ):
            axes.plot(
                outliers, [abs(float(getattr(s, theory))) for s in states], color=COLOURS[i], ls="-" if i < 2 else "--"
            )
            for simulation in simulations:
                at, found = simulation.values("outlier", SIZE), simulation.values(measured, SIZE)
                axes.plot(at, found, MARKERS[i], color=COLOURS[i], mfc="white", ms=4, label=label)
                label = None
        axes.set_title(f"g = {g:g}")
        axes.set_xlabel(r"outlier $\lambda$ of the couplings")
        axes.plot([], [], color="0.3", label="theory")
        axes.legend()
    plt.show()

ratios = []
for simulation in drawn[0.8]:
    for outlier, variance in zip(simulation.values("outlier", SIZE), simulation.values("variance", SIZE), strict=True):
        if outlier > 1.4:  # away from the onset
            ratios.append(variance / dmft.solve_stationary(rank_one(0.8, float(outlier))).variance)
print(f"variance of single networks over the theory at their outlier: {np.mean(ratios):.3f} +- {np.std(ratios):.3f}")

# %% [markdown]
# A network may change the sign of $\kappa$ in a run; then the covariance of early and late means, which measures
# $c_\infty$, is below zero.
#
# A term of rank two whose overlaps are a rotation turns for ever: $\kappa$ moves on a circle at $\omega = b/a$, while
# $x$ stays a stationary Gaussian process.

# %%
turning = dmft.Network(
    dmft.Population(), dmft.Couplings(dmft.Random(1.5), low_rank=dmft.LowRank([[2.5, -1.5], [1.5, 2.5]]))
)
rotation = dmft.solve_stationary(turning)
seen = validation.simulate(
    turning, SIZE, n_realizations=4, duration=60.0, burn_in=60.0, measure=("kappa", "outlier"), seed=3
)
print(f"{rotation.state}: |kappa| {rotation.kappa:.4f}, {rotation.frequency:.4f} turns per tau; networks:")
print(seen)

# %% [markdown]
# ## Discrete time, and deep networks
#
# $x(t+1) = J\phi(x(t))$: one-step maps. Layers of a deep random network are its times; chaos is at
# $\rho(K\langle\phi'^2\rangle) > 1$ here too, $\lambda = \tfrac12\ln\rho$.

# %%
gains = np.linspace(0.6, 3.0, 9 if QUICK else 25)
mapped = dmft.Network(dmft.Population(dynamics=dmft.Map()), dmft.Random(2.0))
discrete = [
    float(dmft.lyapunov_exponent(dmft.solve_stationary(mapped.replace(**{"couplings.random.g": g})))) for g in gains
]
steps = validation.simulate(
    mapped, SIZE, n_realizations=4, duration=200.0, burn_in=50.0, measure=("correlation", "lyapunov"), seed=4
)
above = int(np.searchsorted(discrete, 0.0))
print(f"edge of chaos between g = {gains[above - 1]:.2f} and {gains[above]:.2f}")
print(
    f"g = 2: theory {np.interp(2.0, gains, discrete):.4f} a step, networks {steps.mean('lyapunov_exponent', SIZE):.4f}"
)

# %% [markdown]
# Small differences are multiplied by $J\,\mathrm{diag}\,\phi'$ in each step, whose eigenvalues fill a disc of radius
# $e^\lambda$. Two copies that start differently come to share $c_{12} = Kq(c_{12})$ if they hear nothing in common.

# %%
chaos = dmft.solve_stationary(mapped)
print("radius:", dmft.jacobian_spectrum(chaos).radius, " e^lambda:", np.exp(float(dmft.lyapunov_exponent(chaos))))
for noise in (0.1, 0.5, 2.0):
    heard = dmft.solve_stationary(mapped.replace(**{"populations.drive": dmft.WhiteNoise(noise)}))
    print(f"noise {noise}: the copies' correlation {float(dmft.copy_overlap(heard).correlation):.4f}")
dmft.jacobian_spectrum(chaos).plot()

# %% [markdown]
# A low-rank term structures a map as it does a flow, but what turns over in each step counts too: an outlier of $-2$
# dies out in continuous time, $-2\langle\phi'\rangle - 1 < 0$, while a map comes to a cycle of two steps.

# %%
for overlap in (2.0, -2.0):
    stepped = mapped.replace(**{"couplings.random.g": 0.8, "couplings.low_rank": dmft.LowRank(overlap)})
    print(dmft.branches(stepped))

# %% [markdown]
# ## Sparse couplings
#
# $K$ inputs a unit. A theory sees means and variances by block; what is left is of order $1/K$, and in discrete time
# known: $c_0(K) = c_0(1 + a/K)$ with $a$ from the fourth cumulant of $x$.

# %%
sparse = dmft.Network(
    dmft.Population(dynamics=dmft.Map()),
    dmft.Couplings.sparse(8, 0.0, deviation=2.0 / np.sqrt(8), binary=True, exact=True),
)
limit = dmft.solve_stationary(sparse)
correction = dmft.in_degree_correction(limit)
few = validation.simulate(sparse, 2 * SIZE, n_realizations=8, duration=150.0, burn_in=50.0, seed=5)
excess = 8 * (few.values("variance", 2 * SIZE) / limit.variance - 1)
print(
    f"K (c0(K)/c0 - 1): theory {correction:.3f}, networks of K = 8: {excess.mean():.3f} +- {excess.std() / 8**0.5:.3f}"
)

# %% [markdown]
# Coherent modes cost more: with weights of one sign in each column (Dale's law) the means are of order $K w$, and an
# `AccuracyWarning` says at which sizes the theory is off.
#
# ## A matrix of one's own
#
# `Network.from_matrix` reads gains and means by block off a matrix, with errors in `estimate_blocks`, and
# `simulate(couplings=...)` runs that very matrix, which differs from the mean over matrices by $1/\sqrt N$.

# %%
rng = np.random.default_rng(6)
labels = ["E"] * (SIZE * 4 // 5) + ["I"] * (SIZE // 5)
matrix = rng.standard_normal((SIZE, SIZE)) * np.where(np.array(labels) == "E", 1.2, 2.4) / np.sqrt(SIZE)
blocks = dmft.estimate_blocks(matrix, labels)
print("gains:", blocks.gains.round(3).tolist(), "+-", blocks.gains_error.max().round(3))
measured = dmft.Network.from_matrix(matrix, labels, populations=dmft.Population(drive=dmft.WhiteNoise(0.5)))
own = validation.simulate(measured, couplings=matrix, n_realizations=4, duration=60.0, burn_in=30.0, seed=7)
print("variances:", own.mean("variance", SIZE), "theory:", dmft.solve_stationary(measured).variance)

# %%
assert np.allclose(state.variance, [6.401495427, 4.876822185], rtol=1e-7)
assert abs(exponent - 0.1969371) < 1e-5
assert abs(rotation.kappa - 1.746781949) < 1e-6
assert abs(rotation.frequency - 0.6 / (2 * np.pi)) < 1e-9
assert abs(correction - 0.1483) < 1e-4
assert abs(np.mean(ratios) - 1.0) < 0.1
assert abs(spectrum.outliers[0].real + 0.5634066) < 1e-6
assert abs(np.mean(largest) - spectrum.outliers[0].real) < 0.1

# %% [markdown]
# ## Exercises
#
# 1. Give the inhibitory population twice the time constant. At which value does the state begin to oscillate
#    (`peak_frequency`, `branches`)?
# 2. Find the overlap of low-rank couplings at which the structured state appears at $g = 0.8$, and compare it with
#    $1/\langle\phi'\rangle$ of the homogeneous one.
# 3. Halve the in-degree of the sparse couplings. By how much is the correction larger, and do networks agree?
