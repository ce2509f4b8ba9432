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
# # Any unit
#
# A leaky unit is one answer to the question what a neuron does with its input. This notebook asks it of others: units
# that adapt, resonate, or hear each other late, which are linear filters and are solved exactly, and units whose
# equations one writes down, which are sampled. The statement is the same for theory and networks.
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
SIZE, COUNT = (800, 6) if QUICK else (1500, 12)


def network(unit, g, drive=None):
    """Return one population of units with independent couplings."""
    return dmft.Network(dmft.Population(dynamics=unit, drive=drive), dmft.Random(g))


# %% [markdown]
# ## Filters
#
# $x_i = H * (\sum_j J_{ij}\phi(x_j) + \xi_i)$ with a stable and causal filter $H$ keeps $x$ Gaussian, so that the
# theory is closed (Sompolinsky, Crisanti & Sommers 1988, with $H$ for the leak; Muscinelli, Gerstner & Schwalger 2019):
#
# $$C^x(\omega) = |H(i\omega)|^2\,\bigl(g^2 C^\phi(\omega) + C_I(\omega)\bigr).$$
#
# A filter is a text in $s$, or a product of named ones.

# %%
adapting = dmft.Filter("1/(1 + s + c/(1 + ta*s))", c=1, ta=5)
assert adapting.transfer == dmft.Adaptation(c=1, ta=5).transfer
resonator = dmft.Oscillator(w0=1, gamma=0.5)
late = dmft.Leaky(1.0) * dmft.Delay(1.0)
for unit in (dmft.Leaky(1.0), adapting, resonator, late):
    begin = dmft.onset(network(unit, 1.0))
    print(f"{unit!r}: unstable above g = {begin.factor:.5f}, at {2 * np.pi * begin.frequency:.4f} rad per tau")

# %% [markdown]
# Where $|H|$ has its maximum beside zero, the chaos above the onset is a narrow band around it.

# %%
cases = {"leaky": (dmft.Leaky(1.0), 2.0), "adapting": (adapting, 2.0), "resonant": (resonator, 1.5)}
states = {name: dmft.solve_stationary(network(unit, g)) for name, (unit, g) in cases.items()}
for name, state in states.items():
    print(
        f"{name}: variance {state.variance:.8f}, exponent {dmft.lyapunov_exponent(state):.8f}, "
        f"peak at {2 * np.pi * dmft.peak_frequency(state):.3f} rad per tau"
    )

# %%
running = {
    name: validation.simulate(
        network(unit, g), SIZE, n_realizations=COUNT, duration=100.0, burn_in=60.0, initial_states=2, seed=1
    )
    for name, (unit, g) in cases.items()
}
omega, lags = np.linspace(0.0, 2.2, 300), np.linspace(0.0, 20.0, 201)
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 2.9), layout="constrained")
    for i, (name, state) in enumerate(states.items()):
        left.plot(omega, cases[name][0].transfer.size(1j * omega), color=COLOURS[i], label=name)
        right.plot(lags, state.corr_x_at(lags) / state.variance, color=COLOURS[i], label=None if i else "theory")
        seen = running[name]
        values, errors = (np.asarray(f("corr_x", SIZE)) / state.variance for f in (seen.mean, seen.standard_error))
        shown = slice(None, None, 2)
        look = {"fmt": MARKERS[i], "color": COLOURS[i], "mfc": "white", "ms": 3.5}
        right.errorbar(
            seen.lags[shown], values[shown], errors[shown], **look, label=None if i else f"networks, N = {SIZE}"
        )
    left.set_xlabel(r"$\omega$ ($1/\tau$)")
    left.set_ylabel(r"$|H(i\omega)|^2$")
    left.legend()
    right.set_xlabel(r"lag ($\tau$)")
    right.set_ylabel(r"$C^x(\ell)/C^x(0)$")
    right.legend()
    plt.show()

# %% [markdown]
# ## Delays
#
# A delay multiplies $H$ by a phase, and no covariance knows of it: $C^x$ and $C^\phi$ are those without. What grows
# does: the exponent is the $\lambda$ at which the largest eigenvalue of
# $u \mapsto |H(\lambda + i\omega)|^2 g^2\,\langle\phi'\phi'\rangle\,u$ is one.

# %%
delays = 4.0 * np.linspace(0.0, 1.0, 7 if QUICK else 25) ** 2
delayed = [dmft.solve_stationary(network(dmft.Leaky(1.0) * dmft.Delay(float(d)), 2.0)) for d in delays]
growth = [float(dmft.lyapunov_exponent(state)) for state in delayed]
seen = validation.simulate(
    network(late, 2.0),
    SIZE,
    n_realizations=COUNT,
    duration=100.0,
    burn_in=60.0,
    measure=("correlation", "lyapunov"),
    seed=2,
)
with paper_style():
    figure, axes = plt.subplots(figsize=(4.2, 2.9), layout="constrained")
    axes.plot(delays, growth, color="black", label="theory")
    value, error = (f("lyapunov_exponent", SIZE) for f in (seen.mean, seen.standard_error))
    axes.errorbar([1.0], [value], [error], fmt="o", color=COLOURS[0], mfc="white", label=f"N = {SIZE}")
    axes.set_xlabel(r"delay ($\tau$)")
    axes.set_ylabel(r"largest exponent ($1/\tau$)")
    axes.legend()
    plt.show()
print("variances:", {f"{state.variance:.8f}" for state in delayed})

# %% [markdown]
# ## The Jacobian
#
# $z$ is an eigenvalue of the linear flow where $1/H(z)$ is one of $J\,\mathrm{diag}\,\phi'(x)$, which fill a disc of
# radius $R = g\sqrt{\langle\phi'^2\rangle}$. Its preimages are what `contour` draws.

# %%
spectrum = dmft.jacobian_spectrum(states["resonant"])
cloud = validation.simulate(
    network(resonator, 1.5), SIZE, n_realizations=1, duration=1.0, burn_in=60.0, measure="jacobian", seed=3
)
found = cloud.values("jacobian_eigenvalues", SIZE).ravel()
with paper_style():
    figure, axes = plt.subplots(figsize=(4.2, 3.2), layout="constrained")
    axes.plot(found.real, found.imag, ".", color=COLOURS[0], ms=2)
    for curve in spectrum.contour():
        axes.plot(curve.real, curve.imag, color="black")
    axes.set_xlabel(r"Re $z$ ($1/\tau$)")
    axes.set_ylabel(r"Im $z$ ($1/\tau$)")
    plt.show()
levels = 1.0 / np.asarray(spectrum.reach(found))
for part in (0.25, 0.5, 0.75, 0.9):
    print(f"|1/H| < {part} R: network {np.mean(levels < part):.3f}, theory {spectrum.cdf(part * spectrum.radius):.3f}")

# %% [markdown]
# ## Equations of one's own
#
# A unit that is no filter is stated by its equations: keys are states, keywords are parameters, every other name is a
# field that it hears through the couplings. Its process is not Gaussian, and is sampled: `solve_stationary` draws paths
# in the field that the network makes, until both agree, and says how far all of it may be off.
#
# With $s > 1$ a self-coupling gives a unit two states of its own (Stern, Sompolinsky & Abbott 2014).

# %%
few = dmft.Sampled(paths=64 if QUICK else 256, seed=1)
bistable = network(dmft.Dynamics("-x + s*tanh(x) + h", s=1.2), 2.0)
sampled = dmft.solve_stationary(bistable, method=few)
print(f"variance {sampled.variance:.3f} +- {sampled.corr_x_error[0]:.3f}, exponent:", dmft.lyapunov_exponent(sampled))
print(sampled.settings["errors"])

# %% [markdown]
# A linear unit is recognised, and solved without sampling; the sampled theory of it must agree.

# %%
exact = dmft.solve_stationary(network(dmft.Dynamics("-x + h"), 2.0))
again = dmft.solve_stationary(network(dmft.Dynamics("-x + h"), 2.0), method=few)
off = (again.variance - exact.variance) / again.corr_x_error[0]
print(f"exact {exact.variance:.6f}, sampled {again.variance:.4f}: {off:+.1f} errors")

# %% [markdown]
# ## Several fields
#
# A gate on the rate of a unit hears couplings of its own (Krishnamurthy, Can & Schwab 2022). It leaves variances alone
# and stretches time: half open, $a = 0$, all of it goes at half the speed.

# %%
gate = dmft.Dynamics({"x": "(-x + u)/(1 + exp(-a*z))", "z": "-z + v"}, output={"u": "tanh(x)", "v": "tanh(x)"}, a=1.0)
couplings = dmft.Couplings(random={"u": dmft.Random(2.0), "v": dmft.Random(1.0)})
gated = dmft.solve_stationary(dmft.Network(dmft.Population(dynamics=gate), couplings), method=few)
inside = gated.lags < 20.0
with paper_style():
    figure, axes = plt.subplots(figsize=(4.2, 2.9), layout="constrained")
    axes.plot(lags, states["leaky"].corr_phi_at(0.5 * lags), color="black", ls="--", label="$a = 0$, exact")
    axes.plot(gated.lags[inside], gated.corr_phi[inside], color=COLOURS[1], label="$a = 1$, sampled")
    axes.set_xlabel(r"lag ($\tau$)")
    axes.set_ylabel(r"$C^\phi(\ell)$")
    axes.legend()
    plt.show()

# %%
assert abs(states["adapting"].variance - 1.27561291) < 2e-8
assert abs(dmft.lyapunov_exponent(states["adapting"]) - 0.04438386) < 2e-8
assert abs(states["resonant"].variance - 5.70091500) < 2e-8
assert len({round(state.variance, 8) for state in delayed}) == 1
assert abs(growth[-1]) < 0.25 * growth[0]
assert abs(np.mean(levels < 0.5) - spectrum.cdf(0.5 * spectrum.radius)) < 0.06
assert abs(off) < 5.0
assert abs(gated.corr_phi[0] - states["leaky"].corr_phi[0]) < 5.0 * gated.corr_phi_error[0] + 1e-3

# %% [markdown]
# ## Exercises
#
# 1. Increase the damping of the resonator at fixed $g$. At which value does the peak of the spectrum of $x$ move to
#    zero (`peak_frequency`), and where does $|H|$ lose its own maximum?
# 2. Multiply the leak by a synapse, `Leaky(1.0) * Synapse(0.5)`. Does it slow the largest exponent more than a delay of
#    0.5 does?
# 3. Write a unit whose input is divided by its activity, `"-x + h/(1 + (x/c)**2)"`, and find the $c$ at which the
#    exponent is half that of leaky units. Do networks agree?
