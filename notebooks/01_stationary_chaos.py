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
# # Stationary chaos
#
# The network of Sompolinsky, Crisanti and Sommers (Phys. Rev. Lett. 61, 259, 1988; below SCS),
#
# $$\dot x_i = -x_i + \sum_j J_{ij}\tanh x_j, \qquad J_{ij}\sim\mathcal N(0, g^2/N),$$
#
# is silent below $g = 1$ and chaotic above. For large $N$ the input $\sum_j J_{ij}\phi_j$ to a neuron is a sum of
# many weakly dependent terms, hence Gaussian, with the covariance $g^2 C^\phi(\ell)$, where $C^\phi(\ell) =
# \langle\phi(x(t))\,\phi(x(t+\ell))\rangle$. That covariance must be the one that the neuron driven by it produces:
# this is dynamical mean-field theory. Multiplying the equation of motion with itself gives
#
# $$\Big(1 - \frac{d^2}{d\ell^2}\Big) C^x(\ell) = g^2\, C^\phi(\ell),$$
#
# and $C^\phi$ is a function of $C^x(\ell)$ and $C^x(0)$ alone, since $x$ is Gaussian. One call solves it.

# %%
import os

import matplotlib.pyplot as plt
import numpy as np

import dmft
import validation
from dmft.plotting import COLOURS, figures_beside, paper_style

figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"

network = dmft.RandomNetwork(g=2.0)
solution = dmft.solve_stationary(network)
print(solution.state, solution.corr_x_at(0.0), solution.convergence.status.name, solution.convergence.residual)

# %% [markdown]
# ## A particle in a potential (SCS, figure 1)
#
# Read with $\ell$ as a time, the equation is Newton's law for a particle at position $C^x$ in a potential that
# depends on where it started: $\ddot C = -V'(C)$, $V' = g^2 C^\phi - C$. It starts at rest at $C(0)$, as the
# correlation is even and smooth, and a chaotic state is the orbit that ends on top of the hill at $C = 0$, neither
# falling back (an oscillation) nor going beyond. Energy is conserved, so that the potential can be read off the orbit
# itself: $V(C(\ell)) = -\tfrac12\dot C(\ell)^2$.

# %%
lags = np.linspace(0.0, 60.0, 6001)
with paper_style():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 2.8))
    for g, colour in zip((1.3, 1.6, 2.0), COLOURS, strict=False):
        orbit = dmft.solve_stationary(network.replace(g=g))
        c = orbit.corr_x_at(lags)
        speed = np.gradient(c, lags)
        left.plot(c / c[0], -0.5 * speed**2 / c[0] ** 2, color=colour, label=f"g = {g}")
        right.plot(lags, c / c[0], color=colour)
    left.set_xlabel(r"$C^x/C^x(0)$")
    left.set_ylabel(r"potential $V/C^x(0)^2$")
    left.legend()
    right.set_xlabel(r"lag $\ell$ ($\tau$)")
    right.set_ylabel(r"$C^x(\ell)/C^x(0)$")
    right.set_xlim(0, 60)

# %% [markdown]
# Towards the onset the well gets shallow and the orbit slow: chaos sets in with a correlation time that grows as
# $1/(g-1)$ and an amplitude that vanishes, $C^x(0)\to g-1$. The theory follows it to any gain.

# %%
print("   g - 1    C(0)/(g-1)   half-width * (g-1)")
for excess in (0.3, 0.1, 0.03, 0.01):
    near = dmft.solve_stationary(network.replace(g=1 + excess))
    fine = np.linspace(0.0, 10.0 / excess, 20001)
    half = fine[np.argmax(near.corr_x_at(fine) < 0.5 * near.variance)]
    print(f"{excess:8.2f}  {near.variance / excess:10.4f}  {half * excess:14.4f}")

# In the limit g^2 C^phi - C = -kappa^2 C + (2/3) C^3 with kappa = (g-1)/sqrt(3), so that C = (g-1)/cosh(kappa lag), of
# this half-width:
limit = np.sqrt(3) * np.arccosh(2.0)
print(f"   limit      1.0000  {limit:14.4f}")
assert abs(near.variance / excess - 1) < 0.05
assert abs(half * excess / limit - 1) < 0.05

# %% [markdown]
# ## Networks on top
#
# Nothing above has seen a network. Here are some, drawn and integrated by code that knows the equation of motion and
# nothing of the theory.

# %%
networks = validation.simulate(
    network,
    [400, 800] if QUICK else [1000, 2000, 4000],
    n_realizations=8 if QUICK else 16,
    duration=60.0 if QUICK else 200.0,
    measure=("correlation", "lyapunov"),
    seed=1,
)
report = validation.compare(solution, networks)
print(report)
report.plot()

# %% [markdown]
# ## The Lyapunov exponent (SCS, equations 12 to 14)
#
# Two copies of the network that start close together drift apart as $e^{\lambda t}$. The theory of the pair leads to
# a Schrödinger equation in the lag,
#
# $$\Big[-\frac{d^2}{d\ell^2} + 1 - g^2\langle\phi'\phi'\rangle(\ell)\Big]\psi = E\,\psi, \qquad
# \lambda = -1 + \sqrt{1 - E_0}.$$
#
# $\dot C^x$ solves it with $E = 0$. As it is odd, it is not the lowest level: $E_0 < 0$, and the state is chaotic.
# At the onset $\lambda\to(g-1)^2/2$, slower than the local instability: the Jacobian's rightmost eigenvalue is
# $g\sqrt{\langle\phi'^2\rangle} - 1$.

# %%
gains = np.linspace(0.6, 4.0, 18 if QUICK else 69)
states = [dmft.solve_stationary(network.replace(g=g)) for g in gains]
exponents = np.array([dmft.lyapunov_exponent(state) for state in states])
abscissae = np.array([dmft.jacobian_spectrum(state).radius - 1.0 for state in states])

with paper_style():
    figure, axes = plt.subplots(figsize=(3.9, 3.0))
    axes.axhline(0.0, color="0.8", lw=0.7)
    axes.plot(gains, exponents, color="black", label=r"exponent $\lambda$")
    axes.plot(gains, abscissae, color=COLOURS[1], ls="--", label="Jacobian's abscissa")
    near_onset = gains[(gains >= 1) & (gains <= 1.6)]
    axes.plot(near_onset, 0.5 * (near_onset - 1) ** 2, color=COLOURS[0], ls=":", label=r"$(g-1)^2/2$")
    size = networks.sizes[-1]
    axes.errorbar(
        [2.0],
        [networks.mean("lyapunov_exponent", size)],
        [networks.standard_error("lyapunov_exponent", size)],
        fmt="o",
        mfc="white",
        color=COLOURS[2],
        label=f"networks, N = {size}",
    )
    axes.set_xlabel("gain g")
    axes.set_ylabel(r"rate ($1/\tau$)")
    axes.set_ylim(-0.45, 0.75)
    axes.legend()

assert np.all((exponents > 0) == (gains > 1))
assert np.all(exponents[gains > 1.05] < abscissae[gains > 1.05])

# %% [markdown]
# ## Other nonlinearities (Kadmon & Sompolinsky, Phys. Rev. X 5, 041030, 2015)
#
# Any smooth function will do; `Symbolic` takes it as text and derives what is needed. A threshold-linear network
# without saturation has no bounded chaotic state of this kind, and the solver says so instead of returning a number.

# %%
for phi in (dmft.Tanh(), dmft.Erf(), dmft.Symbolic("x/sqrt(1 + x**2)"), dmft.Symbolic("sin(x)")):
    state = dmft.solve_stationary(dmft.RandomNetwork(g=2.0, nonlinearity=phi))
    print(f"{phi!r:32} C^x(0) = {state.variance:.6f}   exponent = {float(dmft.lyapunov_exponent(state)):.6f}")

try:
    dmft.solve_stationary(dmft.RandomNetwork(g=2.0, nonlinearity=dmft.ReLU()))
except dmft.NotConvergedError as failure:
    print(failure)

# %% [markdown]
# ## The headline number
#
# $\lambda(g=2)$ to eight digits, by collocation, and by a shooting method that shares no code with it.

# %%
exponent = dmft.lyapunov_exponent(solution)
print(f"{float(exponent):.10f}  {float(dmft.lyapunov_exponent(solution, method='riccati')):.10f}")
assert abs(float(exponent) - 0.112458110) < 2e-9
assert abs(float(exponent) - float(dmft.lyapunov_exponent(solution, method="riccati"))) < 1e-9
assert report.verdict != "disagree"

# %% [markdown]
# ## Exercises
#
# 1. Near the onset $\lambda$ grows as $(g-1)^2$ for tanh. Fit the power between $g = 1.02$ and $1.1$. What is it for
#    `Symbolic("sin(x)")`, and why the same?
# 2. For which of tanh, erf and `Symbolic("x/(1+x**2)")`, each scaled to $\phi'(0) = 1$, is $C^x(0)$ largest at $g =
#    2$? Guess from $\phi'''(0)$, then solve.
# 3. Add `WhiteNoise(0.01)`. The zero mode of the Schrödinger equation is gone: where is the level that it was, and
#    what does that do to $\lambda$?
