"""`Dynamics`: a unit stated by its own differential equations."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from dmft.models.by_name import ByName
from dmft.models.dynamics import FurtherUnit
from dmft.models.expressions.grammar import CONSTANTS, is_function
from dmft.models.expressions.several import calls_in, names_in, read
from dmft.models.filters import Parameters
from dmft.models.transfer import Transfer, quotient, reduced_quotient
from dmft.models.units.equations import Equations, characteristic, states_named, unit_trees

_RESERVED = ("output", "equations", "parameters", *CONSTANTS)
_MOST_STATES, _MOST_FIELDS = 6, 3
_JUMPS = ("Heaviside", "sign")


@dataclass(frozen=True, init=False, repr=False)
class Dynamics(FurtherUnit):
    """A unit stated by its own equations, ds_k/dt = F_k(states, fields).

    ``Dynamics({"x": "-x + s*tanh(x) + h"}, output="tanh(x)", s=1.2)``: the keys are the states, keywords the
    parameters, and every other name is a field, what a unit hears through the couplings: one field under any name, or
    several, each with an output of its own and couplings of its own (``Couplings(random={"u": .., "v": ..})``).
    A drive adds to the first field.

    Parameters
    ----------
    equations : texts of F_k by state; a text alone is that of one state x. Functions: as of `dmft.Symbolic`, without
        what jumps. The texts are read, never evaluated as code, and kept in canonical form.
    output : what a unit sends through the couplings, a function of its states: a text, or of several fields a mapping
        of each field to a text. None: phi of the first state, phi the nonlinearity of the population.
    parameters : their numbers, as keywords or as one mapping.

    Raises
    ------
    ValueError : for a text that is not allowed or jumps, without a field, an output that knows no state or hears a
        field, a parameter that is not used or has the name of a state, F that is no real number around zero, and a
        linear unit that is unstable.
    TypeError : for what is no text or no number.

    Notes
    -----
    Slopes (of tangent vectors and Jacobians) are derived. A unit that is linear is solved by the exact theory of
    filters (`dmft.LinearUnits`), any other is sampled (`dmft.Sampled`).
    """

    equations: ByName[str] = field(metadata={"texts": True})
    output: ByName[str] | None = field(metadata={"texts": True})
    parameters: Parameters = field(metadata={"numbers": True})

    def __init__(
        self,
        equations: str | Mapping[str, str],
        output: str | Mapping[str, str] | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> None:
        if parameters is not None and not isinstance(parameters, Mapping):
            raise TypeError(f"parameters must be a mapping of names to numbers, got {parameters!r}")
        given = {"x": equations} if isinstance(equations, str) else equations
        _check_texts("equations", given, '"-x + h", or a mapping of states to such texts')
        flow = unit_trees(given)
        numbers = Parameters({**(parameters or {}), **named}, reserved=_RESERVED)
        fields = _fields(flow, numbers)
        outputs = _outputs(output, tuple(flow), fields, numbers)
        _check_used(numbers, [*flow.values(), *outputs.values()])
        object.__setattr__(self, "equations", ByName({name: ast.unparse(tree) for name, tree in flow.items()}))
        said = None if output is None else ByName({name: ast.unparse(tree) for name, tree in outputs.items()})
        object.__setattr__(self, "output", said)
        object.__setattr__(self, "parameters", numbers)
        self._check_real()

    @cached_property
    def stated(self) -> Equations:
        """The equations as trees."""
        flow = unit_trees(self.equations)
        outputs = {name: read(text) for name, text in (self.output or {}).items()}
        fields = tuple(outputs) or _fields(flow, self.parameters)
        return Equations(tuple(flow), fields, tuple(flow.values()), tuple(outputs.values()), self.parameters)

    @cached_property
    def transfer(self) -> Transfer:
        """H(s) from the field to the first state, where the equations are linear. Raises ValueError where not."""
        equations = self.stated
        if not equations.linear or len(equations.fields) > 1:
            raise ValueError(f"{self!r} is no linear filter of one field")
        entry = [self._exact(row[0]) for row in equations.by_field]
        bottom, adjugate = characteristic([[self._exact(tree) for tree in row] for row in equations.by_state])
        top = [sum((m[0][k] * entry[k] for k in range(len(entry))), Fraction(0)) for m in adjugate]
        lowest_first = list(reversed(top))
        while lowest_first and lowest_first[-1] == 0:
            lowest_first.pop()
        if not lowest_first:
            raise ValueError(f"the first state of {self!r} does not hear its field")
        return reduced_quotient(tuple(lowest_first), tuple(reversed(bottom)), 0.0)

    def _exact(self, tree: ast.expr) -> Fraction:
        """Return a number that the parameters make; a quotient of them without rounding."""
        number = float(self.stated.at(tree, self.stated.at_rest))
        if number == 0.0 or calls_in(tree):
            return Fraction(number)
        try:
            return quotient(ast.unparse(tree), self.parameters).numerator[0]
        except ValueError:
            return Fraction(number)

    def check_alone(self) -> None:
        """Refuse a linear unit that is unstable."""
        equations = self.stated
        if equations.linear:
            poles = np.linalg.eigvals(equations.matrix(equations.by_state, equations.at_rest))
            if not np.max(poles.real) < 0.0:
                raise ValueError(
                    f"a linear unit must be stable, all poles left of the imaginary axis; {self!r} has one at "
                    f"{poles[np.argmax(poles.real)]:.4g}"
                )

    def _check_real(self) -> None:
        equations = self.stated
        for text, tree in zip(
            (*self.equations.values(), *(self.output or {}).values()),
            (*equations.flow, *equations.outputs),
            strict=True,
        ):
            found = np.broadcast_to(equations.at(tree, equations.points), (len(equations.points[equations.states[0]]),))
            if np.any(np.isnan(found)):
                k = int(np.flatnonzero(np.isnan(found))[0])
                where = ", ".join(f"{name} = {equations.points[name][k]:.3g}" for name in names_in(tree))
                raise ValueError(f"{text!r} must be a real number everywhere; it is none at {where}")

    def __repr__(self) -> str:
        equations = repr(self.equations["x"]) if tuple(self.equations) == ("x",) else repr(self.equations)
        output: Any = self.output
        if output is not None and len(output) == 1:
            (output,) = output.values()
        said = "" if output is None else f", output={output!r}"
        return f"Dynamics({equations}{said}{''.join(f', {n}={v!r}' for n, v in self.parameters.items())})"


def _check_texts(what: str, given: Any, example: str) -> None:
    if not isinstance(given, Mapping) or not given:
        raise TypeError(f"{what} must be a text such as {example}; got {given!r}")
    for name, text in given.items():
        if not isinstance(text, str):
            raise TypeError(f"{what} must be texts, got {name!r}: {text!r}")
        known = isinstance(name, str) and name.isascii() and name.isalnum() and name.isidentifier()
        if not known or name in _RESERVED or is_function(name) or keyword.iskeyword(name):
            raise ValueError(
                f"a state or a field must have a name of letters and digits that is not one of {', '.join(_RESERVED)}, "
                f"nor that of a function; got {name!r}"
            )


def _fields(flow: Mapping[str, ast.expr], numbers: Parameters) -> tuple[str, ...]:
    """Return the names that are neither states nor parameters."""
    if len(flow) > _MOST_STATES:
        raise ValueError(f"a unit may have {_MOST_STATES} states, got {len(flow)}")
    twice = [name for name in numbers if name in flow]
    if twice:
        raise ValueError(f"{twice[0]!r} is a state, and cannot be a parameter too")
    _refuse_jumps(flow)
    found = dict.fromkeys(name for tree in flow.values() for name in names_in(tree))
    fields = tuple(name for name in found if name not in flow and name not in numbers)
    if not fields:
        raise ValueError(
            "the equations must hear a field: a name that is neither a state nor a parameter, such as h in "
            f'"-x + h"; got {", ".join(ast.unparse(tree) for tree in flow.values())}'
        )
    return fields


def _outputs(
    given: str | Mapping[str, str] | None, states: tuple[str, ...], fields: tuple[str, ...], numbers: Parameters
) -> dict[str, ast.expr]:
    if given is None or isinstance(given, str):
        if len(fields) > 1:
            raise ValueError(
                f"the names {', '.join(fields)} are neither states nor parameters, so each is a field: give an output "
                f"for each of them, output={{{fields[0]!r}: ..., ...}}, or numbers as keywords for what is a parameter"
            )
        if given is None:
            return {}
        given = {fields[0]: given}
    _check_texts("output", given, '"tanh(x)", or a mapping of fields to such texts')
    if set(given) != set(fields):
        raise ValueError(
            f"output must have a text for each of the fields {', '.join(fields)} and no other, got {', '.join(given)}"
        )
    if len(fields) > _MOST_FIELDS:
        raise ValueError(f"a unit may hear {_MOST_FIELDS} fields, got {len(fields)}")
    trees = {}
    told = ", ".join([states_named(states), *(f"the parameter {name}" for name in numbers)])
    for name, text in given.items():
        try:
            trees[name] = read(text, told)
        except ValueError as error:
            raise ValueError(f"the output of {name!r}: {error}") from None
        known = set(names_in(trees[name]))
        foreign = known - set(states) - set(numbers)
        if foreign:
            raise ValueError(
                f"an output is a function of the states {', '.join(states)} and of parameters; {text!r} asks for "
                f"{', '.join(sorted(foreign))}"
            )
        if not known & set(states):
            raise ValueError(f"an output must depend on a state, got {text!r}")
    _refuse_jumps(trees)
    return trees


def _refuse_jumps(trees: Mapping[str, ast.expr]) -> None:
    for name, tree in trees.items():
        found = sorted(calls_in(tree) & set(_JUMPS))
        if found:
            raise ValueError(
                f"{ast.unparse(tree)!r} (of {name}) jumps: {found[0]} has no slope that tangent vectors could follow; "
                "write a steep tanh"
            )


def _check_used(numbers: Parameters, trees: list[ast.expr]) -> None:
    used = {name for tree in trees for name in names_in(tree)}
    unused = [name for name in numbers if name not in used]
    if unused:
        raise ValueError(f"the parameter {unused[0]!r} stands in no equation and no output: leave it out")
