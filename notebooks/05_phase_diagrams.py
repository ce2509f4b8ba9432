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
# # Phase diagrams
#
# A phase diagram answers the question that comes first with any model: where is it quiescent, where chaotic, and what
# does input do? Here are the diagrams of this package. Each is one call; each comes back as an `xarray.Dataset`
# that keeps the status of every point, the exact inputs, and the critical lines that were computed beside the grid.
#
# With `DMFT_NOTEBOOK=quick` the grids are coarse, so that the whole notebook runs in a minute.

# %%
import os

import numpy as np

import dmft
import dmft.plotting

dmft.plotting.figures_beside()  # of a script: they are saved in figures/
QUICK = os.environ.get("DMFT_NOTEBOOK") == "quick"


def points(low, high, quick, full):
    return np.linspace(low, high, quick if QUICK else full)


# %% [markdown]
# ## Gain and private noise
#
# Schuecker, Goedeke and Helias (PRX 8, 041029, 2018) asked how white noise of intensity $\sigma^2$ shifts the onset of
# chaos in the network of Sompolinsky, Crisanti and Sommers. Two lines must be told apart:
#
# * $g^2\langle\phi'^2\rangle = 1$, where the Jacobian at a typical instant begins to have unstable directions;
# * $\lambda = 0$, where nearby trajectories begin to diverge for good.
#
# Between them the network expands locally and is stable all the same: the noise moves it on before an unstable
# direction can act. The second line is known in closed form, $c_0 = g^2\langle\phi^2\rangle$.

# %%
noise = dmft.noise_diagram(g=points(0.5, 3.0, 11, 51), intensity=points(0.01, 2.0, 7, 21))
dmft.plotting.phase_diagram(noise)

# %% [markdown]
# The line can be had without any grid. `critical_line` brackets the zero of an observable, follows it from one gain to
# the next, and gives each point with its error.

# %%
network = dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.0))
edge = dmft.critical_line(
    network,
    along={"g": points(1.2, 3.0, 4, 10)},
    over={"drive.intensity": (1e-3, 10.0)},
    observable=dmft.lyapunov_exponent,
)
print(edge["drive.intensity"].to_series())

# %% [markdown]
# ## Gain and symmetry of the couplings
#
# With $N\,\mathrm{cov}(J_{ij}, J_{ji}) = \rho g^2$ each unit hears an echo of itself. Antisymmetric couplings calm the
# network, symmetric ones excite it: $x = 0$ loses stability at $g(1 + \rho) = 1$, the edge of an ellipse. The process
# of a single unit is then not Gaussian, and is sampled: each point beyond the line has a standard error.

# %%
symmetry = dmft.symmetry_diagram(g=points(0.5, 3.0, 2, 8), symmetry=points(-0.4, 0.3, 2, 5))
dmft.plotting.phase_diagram(symmetry)

# %% [markdown]
# ## Driven balanced networks: a common sinusoid
#
# Engelken, Ingrosso, Khajeh, Goedeke and Abbott (PLoS Comput. Biol. 18, e1010590, 2022) drive a balanced network of
# threshold-linear neurons with a sinusoid that is the same for all of them. The recurrent inhibition cancels most of
# such an input, and the amplitude that suppresses chaos grows like the square root of the network's size.

# %%
common = dmft.drive_diagram("common", frequency=points(0.1, 1.0, 3, 16), amplitude=points(20.0, 100.0, 3, 17))
dmft.plotting.phase_diagram(common)

# %% [markdown]
# ## The same input with independent phases
#
# When each neuron has a phase of its own, the inhibition cannot cancel the input: an amplitude smaller by an order of
# magnitude ends the chaos. The minimum of the curve is a resonance.

# %%
independent = dmft.drive_diagram("random", frequency=points(0.05, 1.0, 4, 20), amplitude=points(0.5, 20.0, 4, 21))
dmft.plotting.phase_diagram(independent)

# %% [markdown]
# ## Plastic synapses
#
# Clark and Abbott (PRX 14, 021001, 2024) let the synapses follow the activity with strength $k$ and time constant $p$.
# Beside chaos there are exponentially many stable fixed points above a line $k_c(g)$, and above another line halting
# the synapses freezes the state the network is in.

# %%
plastic = dmft.plasticity_diagram(
    p=2.5, g=points(0.8, 3.0, 3, 12), k=points(-1.0, 2.5, 3, 15), freezing=not QUICK, progress=False
)
dmft.plotting.phase_diagram(plastic)

# %% [markdown]
# ## The headline number
#
# The edge of chaos under white noise at $g = 2$, in closed form and by `critical_line`, agrees to a millionth.

# %%
at_two = float(
    dmft.critical_line(
        network,
        along={"g": np.array([1.9, 2.0])},
        over={"drive.intensity": (1e-3, 10.0)},
        observable=dmft.lyapunov_exponent,
    )["drive.intensity"][-1]
)
print(at_two)
assert abs(at_two / 1.0942299908 - 1) < 1e-6

# %% [markdown]
# ## Exercises
#
# 1. Make the first diagram for `Erf()` in place of tanh, with $\phi'(0)$ scaled to one (`Scaled`). Does the edge
#    move?
# 2. A diagram of your own: `phase_diagram` over `g` and `drive.correlation_time` of an Ornstein-Uhlenbeck input.
#    Which corner is stable?
# 3. Interrupt a diagram with `checkpoint=`, and start it again with another grid. What is said, and why is it
#    refused?
