"""What a unit hears of its own past through partially symmetric couplings, as further states of the unit.

With N cov(J_ij, J_ji) = rho g^2 a unit hears, beside its Gaussian field,
    h(t) = rho g^2 int_0^inf S(u) o(t - u) du,    S(u) = <d o(t)/d eta(t - u)>.
S is stated by K Laguerre functions of a rate a, whose span is that of p, p^2 ... p^K, p = a/(a + i w): the convolution
is what a chain of K leaky units says that hears o, y_0' = a (o - y_0), y_k' = a (y_(k-1) - y_k). So a unit with memory
is another unit without, and all that is done with units (paths, tangent vectors, slopes) is done with it too: in a
perturbation delta of a trajectory the memory is the same S on delta o, as the change of S is odd in the Gaussian field
of delta, and vanishes on average.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.expressions.several import read, replaced
from dmft.models.units.equations import Equations
from dmft.theories.stated_site import Site


@dataclass(frozen=True)
class Memory:
    """A basis of responses.

    Attributes
    ----------
    feedback : rho g^2.
    rate : a, over the unit of time.
    count : K.
    """

    feedback: float
    rate: float
    count: int

    def remembering(self, site: Site) -> Site:
        """Return the unit that hears its own past; its response is 0 until `with_response`.

        Raises
        ------
        ValueError : where what it sends is no expression.
        """
        equations = site.equations
        taken = {*equations.variables, *equations.parameters}
        suffix = ""
        while any(name + suffix + str(k) in taken for name in ("echo", "kernel") for k in range(self.count)):
            suffix += "o"
        if "echorate" + suffix in taken:
            suffix += "o"
        states = [f"echo{suffix}{k}" for k in range(self.count)]
        kernel = [f"kernel{suffix}{k}" for k in range(self.count)]
        rate = "echorate" + suffix
        output = sent(site)
        heard: ast.expr = ast.Name(equations.fields[0])
        for name, number in zip(states, kernel, strict=True):
            heard = _binary(heard, ast.Add(), _binary(ast.Name(number), ast.Mult(), ast.Name(name)))
        chain = [
            _binary(ast.Name(rate), ast.Mult(), _binary(before, ast.Sub(), ast.Name(name)))
            for before, name in zip([output, *map(ast.Name, states[:-1])], states, strict=True)
        ]
        return replace(
            site,
            equations=Equations(
                (*equations.states, *states),
                equations.fields,
                (*(replaced(tree, {equations.fields[0]: heard}) for tree in equations.flow), *chain),
                (output,),
                {**equations.parameters, **dict.fromkeys(kernel, 0.0), rate: self.rate},
            ),
            nonlinearity=None,
            alone=site,
        )

    def with_response(self, site: Site, coefficients: FloatArray) -> Site:
        """Return such a unit with S = sum_k c_k b_k, b_k the functions of `dmft.numerics.sampling.CausalBasis` of order
        1, c of shape (K,)."""
        return replace(site, equations=replace(site.equations, parameters=self.parameters(site, coefficients)))

    def parameters(self, site: Site, coefficients: FloatArray) -> dict[str, float]:
        """Return the parameters of that unit."""
        alone = () if site.alone is None else site.alone.equations.parameters
        kernel = [name for name in site.equations.parameters if name not in alone][: self.count]
        weights = self.feedback * (chain_of(self.count).T @ coefficients)
        return {**site.equations.parameters, **dict(zip(kernel, map(float, weights), strict=True))}


def sent(site: Site) -> ast.expr:
    """Return what a unit sends, as an expression of its states.

    Raises
    ------
    ValueError : for a nonlinearity that is a function in Python alone.
    """
    if site.nonlinearity is None:
        return site.distinct[0]
    text = getattr(site.nonlinearity, "expression", None)
    if not isinstance(text, str):
        raise ValueError(
            "with symmetry != 0 a unit that states its equations hears its own output, which must be an expression; "
            f"got {site.nonlinearity!r}: give dmft.Symbolic, or output= of dmft.Dynamics"
        )
    return replaced(read(text), {"x": ast.Name(site.equations.states[0])})


def chain_of(count: int) -> FloatArray:
    """Return the coefficients of p (2 p - 1)^k, one k a row, by p, p^2 ... p^K, shape (K, K): (a - i w)/(a + i w) is
    2 p - 1."""
    rows = np.zeros((count, count))
    rows[0, 0] = 1.0
    for k in range(1, count):
        rows[k, 1:] = 2.0 * rows[k - 1, :-1]
        rows[k] -= rows[k - 1]
    return rows


def _binary(left: ast.expr, operation: ast.operator, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, operation, right)
