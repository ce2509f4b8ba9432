"""The figure of a result of networks, by the class of it."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from validation.comparison import Comparison
from validation.comparison_plot import plot_comparison
from validation.course_plot import draw_descent, draw_epochs, draw_errors, draw_exponents, draw_margins, draw_trials
from validation.gated.trained import Trained
from validation.layered.training import Training
from validation.perceptrons.learning import TrainedPerceptron
from validation.perceptrons.memory import MemoryNetwork
from validation.simulation import Simulation
from validation.simulation_plot import plot_simulation
from validation.spectrum import LyapunovSpectrum
from validation.training.trained import TrainedNetwork

if TYPE_CHECKING:
    import matplotlib.figure


@singledispatch
def figure(result: Any) -> matplotlib.figure.Figure:
    """Return the figure of a simulation, a comparison, a spectrum of exponents, or of how a training went.

    Raises
    ------
    TypeError : for what is none of them.
    ValueError : where there is nothing to draw.
    """
    raise TypeError(f"figure takes a result of validation, got {type(result).__name__}")


figure.register(Simulation, plot_simulation)
figure.register(Comparison, plot_comparison)
figure.register(TrainedNetwork, draw_trials)
figure.register(Training, draw_epochs)
figure.register(TrainedPerceptron, draw_errors)
figure.register(Trained, draw_descent)
figure.register(MemoryNetwork, draw_margins)
figure.register(LyapunovSpectrum, draw_exponents)
