"""What the capacity theories return."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from dmft.arrays import FloatArray
from dmft.models.checks import non_negative
from dmft.numerics.gaussian.excess import beyond
from dmft.theories.solution import Solution, array, coordinate

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class OfWeights(Solution):
    """A solution that knows the distribution of the weights.

    Attributes
    ----------
    state : "balanced" (excitatory and inhibitory drive cancel to the order of the threshold), "unbalanced" (they are of
        the order of the threshold themselves), or "none".
    silent : fractions of weights that are exactly zero, (E, I), shape (2,); nan for a kind that is not there.
    multiplier : eta of the mean drive; the sign says which drive is in excess: 0 in the unbalanced state at largest
        kappa_in.
    widths : of the Gaussians that are rectified, of sqrt(N) w_i/|w|, (E, I), shape (2,).
    size : N of the finite-size form; None for the limit of large N.
    v, density : values of sqrt(N) w_i/|w|, shape (n_v,), and their densities, (E, I), shape (2, n_v); at v = 0 stands
        `silent` beside them.
    """

    silent: FloatArray = array("kind")
    multiplier: float = array()
    widths: FloatArray = array("kind")
    v: FloatArray = coordinate("v", "1")
    density: FloatArray = array("kind", "v")
    state: str
    size: int | None = None

    references: ClassVar[tuple[str, ...]] = ("rubin2017", "gardner1988")
    names: ClassVar[dict[str, tuple[str, ...]]] = {"kind": ("E", "I")}

    @property
    def perceptron(self) -> Any:
        """The perceptron that was solved."""
        return self.network


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class CapacitySolution(OfWeights):
    """Largest load, and the weights that reach it.

    `convergence.error` bounds the relative error of `capacity`.

    Attributes
    ----------
    capacity : alpha_c, patterns per input that can be told apart with margin `margin`.
    balanced_capacity : alpha_b, the same by weights whose drives cancel, in the limit of large N; capacity at margin
        `margin` to input noise, and at 0 the load up to which there is a margin of order one to output noise.
    optimal_excitatory : f* = CV_E/(CV_E + CV_I), the fraction of excitatory inputs at which the two are equal, and
        alpha_b largest; nan without a sign constraint.
    margin : kappa_in that was asked for, in units of the inputs.
    """

    capacity: float = array()
    balanced_capacity: float = array()
    optimal_excitatory: float = array()
    margin: float = array(unit="input")

    @property
    def capacity_error(self) -> float:
        """Bound on the error of `capacity`."""
        return self.capacity * self.convergence.error

    @property
    def balanced_capacity_error(self) -> float:
        """Bound on the error of `balanced_capacity`."""
        return self.balanced_capacity * self.convergence.error


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class RobustnessSolution(OfWeights):
    """Largest margin at a load, and the weights that have it.

    `convergence.error` bounds the relative error of `margin` (of `scaled_margin` where `margin` is 0). What does not
    exist is nan. Beyond capacity (NO_SOLUTION) those are the margins; norm, imbalance, silent fractions and densities
    are then of the best iterate, the weights at the capacity.

    Attributes
    ----------
    margin : kappa_in in units of the inputs, or kappa_out in units of the threshold, as asked.
    scaled_margin : sqrt(N) kappa_out, finite where kappa_out vanishes in the limit of large N; nan where it does not.
    input_margin, output_margin : kappa_in = kappa_out/|w| and kappa_out of these weights, whichever was maximised.
    weight_norm : |w| in units of the threshold over that of an input; 0 where it vanishes as 1/sqrt(N); nan in the
        limit of large N where it does not matter (balanced weights, margin to input noise); inf with a `size` at which
        the best weights make the threshold negligible.
    scaled_weight_norm : sqrt(N) |w|; nan where |w| is of order one.
    imbalance : IB = <w.x>/<|w|.x> = (E - I)/(E + I).
    load : alpha.
    to : "input" or "output", the noise against which the margin is largest.
    """

    margin: float = array(unit="input or threshold")
    scaled_margin: float = array(unit="threshold")
    input_margin: float = array(unit="input")
    output_margin: float = array(unit="threshold")
    weight_norm: float = array(unit="threshold/input")
    scaled_weight_norm: float = array(unit="threshold/input")
    imbalance: float = array()
    load: float = array()
    to: str = field(default="input")

    labels: ClassVar[tuple[str, ...]] = ("state", "to")

    @property
    def margin_error(self) -> float:
        """Bound on the error of `margin`."""
        return self.margin * self.convergence.error

    def to_xarray(self) -> xarray.Dataset:
        """Return arrays and scalars as a labelled dataset, the margin in the unit of what it is robust to."""
        dataset = super().to_xarray()
        dataset["margin"].attrs["units"] = "input" if self.to == "input" else "threshold"
        return dataset

    def error_rate(self, input_noise: float = 0.0, output_noise: float = 0.0) -> float:
        """Return the largest error rate of a pattern under Gaussian noise, H(kappa_out/sqrt(s_out^2 + |w|^2 s_in^2)).

        Patterns at the margin have it, others a smaller one.

        Parameters
        ----------
        input_noise : sd s_in of the noise of each input.
        output_noise : sd s_out of the noise of h, in units of the threshold.

        Returns
        -------
        float : in the limit of large N, where kappa_out and |w| may vanish, their limit; 0 without noise; nan where
            there is no solution, or where it depends on a norm that is not determined.

        Raises
        ------
        ValueError, TypeError : for noise that is not finite and >= 0.
        """
        s_in, s_out = non_negative("input_noise", input_noise), non_negative("output_noise", output_noise)
        if not math.isfinite(self.input_margin):
            return math.nan
        if s_in == 0.0 and s_out == 0.0:
            return 0.0
        if s_out == 0.0:
            return beyond(self.input_margin / s_in)
        if math.isinf(self.weight_norm):  # noise of the output is nothing beside the fields
            return beyond(self.input_margin / s_in) if s_in > 0.0 else 0.0
        return beyond(self.output_margin / math.hypot(s_out, self.weight_norm * s_in))


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class RegressionSolution(Solution):
    """Least squares with constrained weights, of targets that the inputs know nothing of.

    Targets have the standard deviation 1, the unit of what is fitted; an offset of the fit is free. `convergence.error`
    bounds the error of `residual` and the relative error of `norm`.

    Attributes
    ----------
    residual : |residual|^2/|target|^2.
    norm : |w|, in units of the target's sd over that of an input; where the fit is exact, of the shortest exact one.
    active : fraction of the weights that are strictly within their bounds.
    load : alpha, equations per weight.
    limits : bounds of sqrt(N) |w_i| (of sqrt(N) w_i without a sign constraint), shape (2,).
    ridge : strength of the penalty.
    at_bounds : fractions of weights at each bound, (E, I) by (low, high), shape (2, 2): with signs alone the first are
        those that are exactly zero; nan for a kind that is not there.
    widths : of the Gaussians that are clipped, of sqrt(N) w_i, (E, I), shape (2,).
    v, density : values of sqrt(N) w_i, shape (n_v,), and their densities between the bounds, (E, I), shape (2, n_v).
    state : "exact" or "residual".
    """

    residual: float = array()
    norm: float = array(unit="target/input")
    active: float = array()
    load: float = array()
    limits: FloatArray = array("bound")
    ridge: float = array()
    at_bounds: FloatArray = array("kind", "bound")
    widths: FloatArray = array("kind", unit="target/input")
    v: FloatArray = coordinate("v", "target/input")
    density: FloatArray = array("kind", "v", unit="input/target")
    state: str

    references: ClassVar[tuple[str, ...]] = ("ingrosso2019", "thrampoulidis2018")
    names: ClassVar[dict[str, tuple[str, ...]]] = {"kind": ("E", "I"), "bound": ("low", "high")}

    @property
    def perceptron(self) -> Any:
        """The perceptron whose weights were fitted."""
        return self.network
