"""Lyapunov spectra on the way from a generator to what it taught: by itself, while it is told, and the student."""

from __future__ import annotations

from typing import Any

import dmft
import validation
from dmft.plotting import COLOURS, paper_style
from validation.cases.drawing import named, panels, symbols, zero
from validation.cases.section import Budget, Picture
from validation.ensemble import realization_seed, root_seed
from validation.training.generator import Generator
from validation.training.recurrent import train_recurrent
from validation.training.tasks import SumOfSines
from validation.training.trainers import FullForce

_GAIN, _PERIOD = 1.5, 20.0


def picture(budget: Budget) -> tuple[Picture, list[str]]:
    """Return the three spectra, and their first exponents."""
    size, shown = budget.choose((200, 20), (300, 40))
    task = SumOfSines(_PERIOD, pulse=0.0, cycles=(1, 2))
    trainer = FullForce(dmft.RandomNetwork(g=_GAIN), task)
    seed = budget.seed + 1
    trained = train_recurrent(trainer, size=size, seed=seed, trials=budget.choose(30, 60), test_trials=10)
    drawn = Generator(trainer, size, realization_seed(root_seed(seed), size, 0)).couplings
    settings: dict[str, Any] = {"k": shown, "seed": seed, "duration": budget.choose(100.0, 400.0), "burn_in": 100.0}
    kinds = {
        "generator by itself": (trainer.generator, drawn),
        "generator that is told": (trainer.driven, drawn),
        "trained, by itself": (trainer.generator, trained.couplings),
    }
    told = []
    with paper_style():
        figure, (axes,) = panels(1, 4.2, 3.0)
        zero(axes)
        for index, (name, (network, couplings)) in enumerate(kinds.items()):
            found = validation.lyapunov_spectrum(network, couplings=couplings, n_realizations=2, **settings)
            exponents, errors = found.exponents, found.standard_error
            symbols(axes, range(1, shown + 1), exponents, errors, index=index, ms=3, color=COLOURS[index], label=name)
            first = ", ".join(
                f"{value:.4f} +- {error:.4f}" for value, error in zip(exponents[:2], errors[:2], strict=True)
            )
            told.append(f"Exponents, {name}, N = {size}: {first}, ... in 1/tau.")
        named(axes, "index", r"Lyapunov exponent ($1/\tau$)", legend="center right", bbox_to_anchor=(1.0, 0.4))
    return Picture(
        "trained-spectrum",
        figure,
        f"The first {shown} Lyapunov exponents, N = {size}, from two random states each: couplings J_D of a generator "
        f"(g = {_GAIN:g}) by themselves, the same while they are told two sines along random weights, and a network "
        f"that full-FORCE has trained to say them by itself (error {trained.test_error:.1g}), whose first exponent is "
        "that of a cycle, zero, and whose others say how fast it comes back to it.",
    ), told
