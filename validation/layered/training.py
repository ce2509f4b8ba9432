"""`train` of layered networks: batches in random order, signals of any rule, angles on the way."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.cost import check_cost
from dmft.models.brief import brief
from dmft.models.layered import LayeredNetwork, check_rule
from dmft.models.learning_rules import Backprop
from validation.ensemble import checked_count, root_seed
from validation.errors import SimulationError
from validation.layered.angles import angles_of
from validation.layered.drawing import drawn, drawn_above, weights_and_maps
from validation.layered.elementwise import softmax_error
from validation.layered.feedback import feedback_of
from validation.layered.labelled import Classes, classes_of
from validation.layered.optimisers import Momentum, checked_optimiser
from validation.layered.room import Kept
from validation.shown import Shown

_PROBE = 100  # training inputs on which angles are measured
_AT_ONCE = 500  # inputs of a pass that only looks
_FLOPS = 2e9
_STEP, _LOOK = 3e-5, 1e-4  # seconds that a step, and a look after an epoch, take at least
_HUGE = 1e12  # a weight


@dataclass(frozen=True, eq=False, repr=False)
class Training(Shown):
    """A trained network, and its way.

    Attributes
    ----------
    network, rule : what was trained.
    epochs : 0 to the last, shape (n_look,).
    losses : mean cross-entropy on the training set.
    accuracies : part of the test set that is right; of the training set where there is none.
    angles : between updates by the rule and by the gradient, on 100 training inputs, degrees, shape (n_look, n_layer);
        nan where one of them is zero.
    units : the layers, with their weights.
    first : the same as they were drawn.
    """

    network: LayeredNetwork
    rule: Any
    epochs: FloatArray = field(repr=False)
    losses: FloatArray = field(repr=False)
    accuracies: FloatArray = field(repr=False)
    angles: FloatArray = field(repr=False)
    units: Any = field(repr=False)
    first: Any = field(repr=False)

    def said(self) -> str:
        """Return what was trained by which rule, and how well."""
        after = f"accuracy {self.accuracy:.4g} after {self.epochs[-1]:g} epochs"
        return f"Training: {after} by {brief(self.rule)}; {brief(self.network)}"

    @property
    def accuracy(self) -> float:
        """Accuracy at the end."""
        return float(self.accuracies[-1])

    def predict(self, inputs: Any) -> Any:
        """Return the class of each input, shape (n,)."""
        return np.argmax(logits_of(self.units, np.asarray(inputs, dtype=float)), axis=1)


def train_layered(
    network: LayeredNetwork,
    rule: Any,
    *,
    data: Any,
    test: Any = None,
    epochs: int = 20,
    batch: int = 32,
    optimiser: Any = None,
    forward_norm: bool = False,
    clip: bool = True,
    seed: Any,
) -> Training:
    """Train a layered network by a rule, on softmax cross-entropy.

    Parameters
    ----------
    network : `dmft.LayeredNetwork`.
    rule : what carries the error back.
    data, test : (inputs, labels), shapes (n, n_input) and (n,), labels 0, 1, ...; vector units have a component each.
    epochs, batch : passes over the data, and inputs of a step.
    optimiser : `validation.Momentum(rate, momentum)` (default), `Adam(rate)` or `Manhattan(rate)`.
    forward_norm : scale each layer's weights back to their initial norm after every step.
    clip : keep the weights of a nonnegative network nonnegative; without, they only begin so.
    seed : integer >= 0, or a `numpy.random.SeedSequence`; weights, feedback and order of the data draw each from a
        generator of their own, so that rules are compared at equal weights.

    Returns
    -------
    Training

    Raises
    ------
    ValueError, TypeError : for arguments out of range, a rule that the network has no use for.
    TooCostlyError : a ValueError, for what would take weeks.
    SimulationError : if a layer's weights or activity grow without bound, with its name.

    Cost
    ----
    1437 digits, 128-128-128, 20 epochs: 0.7 s; vector units (128, 64) of 10 components, 15 epochs: 4 s. A step of 32 to
    512 units a layer and 16 to 512 inputs takes 0.35 to 0.95 of what it takes in plain numpy, by any rule
    (tests/benchmarks/test_signals_speed.py).
    """
    check_rule(network, rule)
    for name, asked in (("forward_norm", forward_norm), ("clip", clip)):
        if not isinstance(asked, bool):
            raise TypeError(f"{name} must be True or False, got {asked!r}")
    train, held = classes_of("data", data), None if test is None else classes_of("test", test)
    classes = _outputs(network, train, held)
    epochs, batch = checked_count("epochs", epochs), checked_count("batch", batch)
    stepper = checked_optimiser(Momentum() if optimiser is None else optimiser)
    weights, feedback, order = root_seed(seed).generators(3)
    numbers, maps = weights_and_maps(network, train.inputs.shape[1], classes)
    size = numbers * (network.vector_units or 1)
    check_cost(
        f"{epochs} epochs of {len(train.labels)} inputs",
        seconds=float(epochs)
        * (len(train.labels) * (size * 6.0 / _FLOPS + _STEP / min(batch, len(train.labels))) + _LOOK),
        memory=8.0 * (6.0 * numbers + 4.0 * maps * min(max(batch, _AT_ONCE), len(train.labels))),
        remedy="take fewer epochs or units",
    )
    units = drawn(network, train.inputs.shape[1], classes, weights)
    first = deepcopy(units)
    fed = feedback_of(
        rule, network, units, lambda: drawn_above(network, train.inputs.shape[1], classes, feedback), feedback
    )
    true = feedback_of(Backprop(), network, units, list, feedback)
    arrays = [*units.weights, *units.biases]
    step = stepper.start(arrays)
    norms = [float(np.linalg.norm(w)) for w in units.weights]
    rows, room = [], Kept()
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        rows.append(_looked(units, fed, true, train, held))
        for epoch in range(1, epochs + 1):
            shuffled = order.permutation(len(train.labels))
            for start in range(0, len(shuffled), batch):
                chosen = shuffled[start : start + batch]
                seen = units.forward(train.inputs[chosen], room)
                error = softmax_error(seen.logits, train.labels[chosen])
                updates, of_biases = units.gradients(seen, error, fed.signals(units, seen, error))
                for array, change in zip(arrays, step([*updates, *of_biases]), strict=True):
                    array += change
                if network.nonnegative and clip:
                    for w in units.weights[1:]:
                        np.maximum(w, 0.0, out=w)
                if forward_norm:
                    for w, norm in zip(units.weights, norms, strict=True):
                        w *= norm / float(np.linalg.norm(w))
                if not np.isfinite(seen.logits).all():
                    _refuse_divergence(units, seen, epoch)
            _refuse_divergence(units, seen, epoch)
            rows.append(_looked(units, fed, true, train, held))
    losses, accuracies, angles = (np.array(column) for column in zip(*rows, strict=True))
    return Training(network, rule, np.arange(epochs + 1.0), losses, accuracies, angles, units, first)


def logits_of(units: Any, inputs: FloatArray) -> FloatArray:
    """Return logits, shape (n, n_outputs)."""
    parts = [units.forward(inputs[i : i + _AT_ONCE]).logits for i in range(0, len(inputs), _AT_ONCE)]
    return np.vstack(parts)


def _looked(units: Any, fed: Any, true: Any, train: Classes, held: Classes | None) -> tuple[float, float, FloatArray]:
    """Return loss, accuracy and angles of the moment."""
    logits = logits_of(units, train.inputs)
    shifted = logits - logits.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(shifted)), train.labels]
    loss = float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - chosen))
    judged = train if held is None else held
    said = logits if held is None else logits_of(units, held.inputs)
    seen = units.forward(train.inputs[:_PROBE])
    error = softmax_error(seen.logits, train.labels[:_PROBE])
    both = [units.gradients(seen, error, way.signals(units, seen, error))[0] for way in (fed, true)]
    return loss, float(np.mean(np.argmax(said, axis=1) == judged.labels)), angles_of(*both)[0]


def _outputs(network: LayeredNetwork, train: Classes, held: Classes | None) -> int:
    """Return the number of outputs, or refuse labels that there is no output for."""
    classes = 1 + max(int(part.labels.max()) for part in (train, held) if part is not None)
    if held is not None and held.inputs.shape[1] != train.inputs.shape[1]:
        raise ValueError(f"test must have {train.inputs.shape[1]} inputs, as data; got {held.inputs.shape[1]}")
    if network.vector_units is None:
        return max(classes, 2)
    if classes > network.vector_units:
        raise ValueError(f"labels must be below {network.vector_units}, as units have components; got {classes - 1}")
    return network.vector_units


def _refuse_divergence(units: Any, seen: Any, epoch: int) -> None:
    """Stop where a layer grows without bound, and name it."""
    if np.all(np.isfinite(seen.logits)) and all(float(np.max(np.abs(w))) < _HUGE for w in units.weights):
        return
    last = len(units.weights) - 1
    for layer, w in enumerate(units.weights):
        if not float(np.max(np.abs(w))) < _HUGE:
            name = "the read-out" if layer == last else f"hidden layer {layer + 1}"
            raise SimulationError(f"training diverged in epoch {epoch}: weights of {name}; take a smaller rate")
    raise SimulationError(f"training diverged in epoch {epoch}: activity of the read-out; take a smaller rate")
