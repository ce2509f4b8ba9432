"""Ready, set, go with and without a hint: networks of 300 units asked for intervals that they met, and for longer ones.

The delays are shorter than those of the paper (up to 80 tau for 210), where 300 units learn nothing within 300 trials.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning
from dmft.plotting import COLOURS, paper_style
from validation.cases.drawing import named, panels
from validation.cases.section import Budget, Picture, kept
from validation.training.recurrent import train_recurrent
from validation.training.tasks import Trial
from validation.training.timing_tasks import ReadySetGo
from validation.training.trainers import FullForce

SIZE, TRIALS = 300, 900
_LONGEST, _BEYOND = 80.0, 120.0
_WORDS = {True: "hint", False: "no hint"}


def _task(hint: bool, shortest: float, longest: float) -> ReadySetGo:
    return ReadySetGo(hint=hint, shortest=shortest, longest_delay=longest, bump=20.0, pause=20.0, mean_pause=20.0)


def intervals(draw: tuple[bool, int]) -> list[list[float]]:
    """Train a network, (hint, seed); return interval asked for, interval produced and error of each test trial.

    Half of the trials have intervals of the training, half longer ones. The error is relative to the bump,
    sum (z - f)^2/sum (f - baseline)^2; what is produced is where the output is largest after set.
    """
    hint, seed = draw
    trainer = FullForce(dmft.RandomNetwork(g=1.5), _task(hint, 10.0, _LONGEST))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AccuracyWarning)
        trained = train_recurrent(trainer, size=SIZE, seed=seed, trials=TRIALS, settling=6, test_trials=1)
    found = []
    for shortest, longest in ((10.0, _LONGEST), (_LONGEST, _BEYOND)):
        asked = replace(trained, trainer=replace(trainer, task=_task(hint, shortest, longest)))
        ran = asked.run(60, seed=99)
        found += [_produced(*pair, trainer.dt) for pair in zip(ran.trials, ran.outputs, strict=True)]
    return found


def _produced(trial: Trial, said: FloatArray, dt: float) -> list[float]:
    set_ = int(np.flatnonzero(trial.inputs[:, 1])[0])
    wait = int(np.argmax(trial.target[:, 0])) - set_
    raised = trial.target - trial.target[0]
    error = np.sum((said - trial.target) ** 2) / np.sum(raised**2)
    return [wait * dt, int(np.argmax(said[set_:, 0])) * dt, float(error)]


def picture(budget: Budget) -> tuple[Picture, list[str]]:
    """Return intervals produced against those asked for, and how many are right."""
    draws = [(hint, budget.seed + seed) for hint in _WORDS for seed in range(3)]
    found = np.array(kept(budget, "hints", intervals, draws)).reshape(2, -1, 3)
    told = []
    with paper_style():
        figure, axes = panels(2, 6.4, 3.0, sharey=True)
        for index, (panel, word, rows) in enumerate(zip(axes, _WORDS.values(), found, strict=True)):
            asked, produced, errors = rows.T
            panel.plot([0.0, 150.0], [0.0, 150.0], color="0.8", lw=0.7)
            panel.axvline(_LONGEST + 10.0, color="0.6", ls=":", lw=1.0)
            panel.plot(asked, produced, ls="", marker=".", ms=2, color=COLOURS[index])
            panel.set_title(word)
            named(panel, r"interval asked for ($\tau$)", "" if index else r"interval produced ($\tau$)", legend=None)
            parts = []
            for name, of in (("met in training", asked <= _LONGEST + 10.0), ("longer", asked > _LONGEST + 10.0)):
                right = np.mean(np.abs(produced - asked)[of] < 2.0 + 0.1 * asked[of])
                parts.append(
                    f"of intervals {name} {right:.0%} right within 10 % and 2 tau, error {np.median(errors[of]):.2g}"
                )
            told.append(f"Ready, set, go, N = {SIZE}, {TRIALS} trials, {word}: {'; '.join(parts)}.")
    return Picture(
        "trained-hints",
        figure,
        f"Ready, set, go: where networks of {SIZE} units put their bump, against where it should be, with a hint to "
        f"the generator in training and without. Trained up to the dotted line, {TRIALS} trials, three networks each.",
    ), told
