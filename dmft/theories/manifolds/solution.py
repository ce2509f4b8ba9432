"""What the theory of manifolds returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from dmft.arrays import FloatArray
from dmft.theories.solution import Solution, array


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ManifoldSolution(Solution):
    """How many manifolds a linear read-out can hold, and the geometry that decides it.

    Errors are standard errors of what is sampled, or bounds of what is not. `convergence.error` bounds the relative
    error of `capacity` by three standard errors.

    Attributes
    ----------
    capacity : alpha, manifolds per dimension: of several the harmonic mean of theirs; with labels P/delta.
    statistical_dimension : delta, the number of random dimensions in which these P manifolds are told apart with
        probability one half; P/alpha.
    radius, dimension : R_M = sqrt(E |s~|^2) in units of the norms of the centres, D_M = E (t . s~/|s~|)^2, over all T
        [Chung, Lee & Sompolinsky 2018]; of several, averages. With labels T is one vector of all of space, which other
        manifolds push too: where they fill a part delta/N of it, D_M is smaller by about that part than of each alone.
    centred_radius, cosine_dimension : the same two as widely used code has them, sqrt(E |s~ - E s~|^2) and D (E cos(t,
        s~))^2.
    gaussian_radius, gaussian_dimension : R_g and D_g, of the points that t . s is least at.
    effective_radius, effective_dimension : with labels, of the anchors together: P effective_dimension is the mean
        square of the projection of t on the cone of the anchors less their means, and capacity = (1 +
        effective_radius^-2)/effective_dimension; nan without labels, the radius also where correlated centres leave
        capacity * effective_dimension below 1.
    centre_correlation : root mean square of the cosines between centres; with labels, else nan.
    capacities, radii, dimensions : of each manifold, shape (P,); capacities with labels: of each labelling. With labels
        cosine_dimension, gaussian_radius and gaussian_dimension are nan.
    margin : kappa, in units of the norm of the centre; with labels of the root mean square of the centres' norms.
    draws : number of Gaussian vectors, each with its opposite; 0 where nothing is sampled.
    labelling : "independent" (random orientations, any labels), "given", "balanced", "one-vs-rest".
    state : "separable"; "not separable" where the cone of the points is all of their space, so that these labels
        cannot be read out in any number of dimensions ("partly separable": some of several labellings); "none" where
        some manifold keeps no margin.
    """

    capacity: float = array()
    capacity_error: float = array()
    statistical_dimension: float = array()
    statistical_dimension_error: float = array()
    radius: float = array(unit="centre norm")
    radius_error: float = array(unit="centre norm")
    dimension: float = array()
    dimension_error: float = array()
    centred_radius: float = array(unit="centre norm")
    centred_radius_error: float = array(unit="centre norm")
    cosine_dimension: float = array()
    cosine_dimension_error: float = array()
    gaussian_radius: float = array(unit="centre norm")
    gaussian_radius_error: float = array(unit="centre norm")
    gaussian_dimension: float = array()
    gaussian_dimension_error: float = array()
    effective_radius: float = array(unit="centre norm", default=math.nan)
    effective_dimension: float = array(default=math.nan)
    centre_correlation: float = array(default=math.nan)
    capacities: FloatArray = array("case")
    capacities_error: FloatArray = array("case")
    radii: FloatArray = array("manifold", unit="centre norm")
    dimensions: FloatArray = array("manifold")
    margin: float = array(unit="centre norm")
    draws: int = 0
    labelling: str = "independent"
    state: str

    references: ClassVar[tuple[str, ...]] = ("chung2018", "chung2021", "amelunxen2014")
    labels: ClassVar[tuple[str, ...]] = ("state", "labelling")

    @property
    def manifolds(self) -> Any:
        """The manifolds that were solved."""
        return self.network
