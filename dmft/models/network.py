"""`Network`: populations and the couplings between them, from which every statement of the package is composed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dmft.models.by_name import ByName
from dmft.models.checks import finite, non_negative
from dmft.models.couplings import Couplings, Random, size_of
from dmft.models.drives import Drive, checked_drive
from dmft.models.dynamics import Leaky, UnitDynamics
from dmft.models.nonlinearity import Nonlinearity, Tanh, checked
from dmft.models.statement import Statement
from dmft.models.units.as_filter import told_by_state


@dataclass(frozen=True)
class Population(Statement):
    """Units of one kind: tau dx/dt = -x + (couplings) phi(x) + bias + drive.

    Parameters
    ----------
    nonlinearity : phi; a built-in one, any object with ``__call__`` and ``derivative``, or a text (the name of a
        built-in one, or an expression in x); None for tanh, or for units
        that state their own output (`dmft.Dynamics`), beside which there is none.
    dynamics : what a unit does with its input.
    drive : None, a drive, or a sum of them; a function of time stands for ``OfTime(function)``.
    bias : constant input.
    fraction : part of all units that is in this population, in [0, 1]; None for what the others leave. A population of
        no units hears the others and is not heard: a probe.
    threshold_variance : variance over units of a constant input of mean 0 that each has of its own, >= 0.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {
        "tau": "dynamics=Leaky(tau)",
        "g": "Couplings(Random(g))",
        "noise": "drive=WhiteNoise(intensity)",
        "threshold": "bias",
        "weight": "fraction",
    }

    nonlinearity: Nonlinearity | None = None
    dynamics: UnitDynamics = Leaky()
    drive: Drive | None = field(default=None, kw_only=True)
    bias: float = field(default=0.0, kw_only=True, metadata={"unit": "1", "meaning": "constant input"})
    fraction: float | None = field(default=None, kw_only=True, metadata={"unit": "1", "meaning": "part of the units"})
    threshold_variance: float = field(
        default=0.0, kw_only=True, metadata={"unit": "1", "meaning": "variance over units of a constant input"}
    )

    def __post_init__(self) -> None:
        if not isinstance(self.dynamics, UnitDynamics):
            raise TypeError(f"dynamics must be Leaky(tau), Map(), a filter or Dynamics(...), got {self.dynamics!r}")
        if self.dynamics.speaks and self.nonlinearity is not None:
            raise ValueError(
                f"nonlinearity must be left out (None) beside units that state their own output, got "
                f"{self.nonlinearity!r} and {self.dynamics!r}"
            )
        if not self.dynamics.speaks:
            phi = Tanh() if self.nonlinearity is None else checked(self.nonlinearity)
            object.__setattr__(self, "nonlinearity", phi)
        self.dynamics.check_alone()
        object.__setattr__(self, "drive", checked_drive(self.drive))
        object.__setattr__(self, "bias", finite("bias", self.bias))
        if self.fraction is not None:
            fraction = non_negative("fraction", self.fraction)
            if fraction > 1:
                raise ValueError(f"fraction must be in [0, 1], got {fraction}")
            object.__setattr__(self, "fraction", fraction)
        object.__setattr__(self, "threshold_variance", non_negative("threshold_variance", self.threshold_variance))


class Populations(ByName[Population]):
    """Populations by name, frozen."""


@dataclass(frozen=True)
class Network(Statement):
    """Populations of units and the couplings between them.

    tau_a dx_i/dt = -x_i + sum_j J_ij phi_b(x_j) + bias_a + drive_i(t), i in a, j in b.

    Parameters
    ----------
    populations : a `Population`, or a mapping of names to populations.
    couplings : `Couplings`, of which each matrix has a row and a column a population; a `Random` stands for
        ``Couplings(random)``.

    Raises
    ------
    ValueError : for fractions that do not add up to 1, or matrices of another size.
    TypeError : for what is none of these.
    """

    populations: Population | Populations
    couplings: Couplings = Couplings()

    def __post_init__(self) -> None:
        if isinstance(self.couplings, Random):
            object.__setattr__(self, "couplings", Couplings(self.couplings))
        if not isinstance(self.couplings, Couplings):
            raise TypeError(f"couplings must be dmft.Couplings(...), got {self.couplings!r}")
        if isinstance(self.populations, Mapping):
            object.__setattr__(self, "populations", Populations(self.populations))
        for name, population in self.named.items():
            if not isinstance(name, str) or not isinstance(population, Population):
                raise TypeError(
                    f"populations must be a Population, or a mapping of names to them; got {name!r}: {population!r}"
                )
            if not name.isidentifier() and (name or isinstance(self.populations, Mapping)):
                raise ValueError(f"the name of a population must be a word, got {name!r}")
        if not self.named:
            raise ValueError("populations must hold at least one")
        self._check_fractions()
        self._check_fields()
        self._check_sizes()

    @classmethod
    def from_matrix(
        cls, couplings: Any, labels: Any = None, *, populations: Population | Mapping[str, Population] | None = None
    ) -> Network:
        """Return the network of a matrix of one's own: gains and means by block, estimated from its entries.

        Means and a symmetry within four standard errors of 0 are taken for 0; `dmft.estimate_blocks` has all estimates,
        with their errors. A probability of connection, and what is not independent, are not told apart.

        Parameters
        ----------
        couplings : J, shape (N, N), [i, j] acts from j to i; an array, or a sparse matrix of scipy.
        labels : the name of the population of each unit, shape (N,); None for one population without a name.
        populations : what the units do, for all of them or by name; their fractions are those of the labels.

        Raises
        ------
        ValueError, TypeError : as `dmft.estimate_blocks`; for populations that are not those of the labels.

        Warns
        -----
        AccuracyWarning : if row or column sums of a block vary more than those of independent entries; if coherent
            modes of the means correct theory by more than about a tenth, max|A| max(g)/sqrt(N) > 0.1.
        """
        from dmft.models.from_matrix import network_of_matrix

        return network_of_matrix(couplings, labels, populations)

    @property
    def named(self) -> Mapping[str, Population]:
        """Populations by name; the name of a single unnamed one is ""."""
        return self.populations if isinstance(self.populations, Mapping) else {"": self.populations}

    @property
    def fractions(self) -> tuple[float, ...]:
        """Parts of all units, in the order of the populations."""
        given = [population.fraction for population in self.named.values()]
        left = 1.0 - sum(part for part in given if part is not None)
        missing = sum(part is None for part in given)
        return tuple(left / missing if part is None else part for part in given)

    def compose(self) -> Network:
        """Return this network, with sparse couplings as the means and variances that they have by block.

        Linear units whose own output is one of their first state become units of that nonlinearity.
        """
        if self.couplings.synapses is None:
            return self._heard_by_state()
        return dataclasses.replace(self, couplings=self.couplings.by_block(self.fractions))

    def _heard_by_state(self) -> Network:
        told = {name: told_by_state(population.dynamics) for name, population in self.named.items()}
        if not any(told.values()):
            return self
        changed = {
            name: dataclasses.replace(population, **(told[name] or {})) for name, population in self.named.items()
        }
        populations: Any = changed if isinstance(self.populations, Mapping) else changed[""]
        return dataclasses.replace(self, populations=populations)

    def _names(self) -> tuple[str, ...]:
        return tuple(self.named)

    def _check_fractions(self) -> None:
        given = [population.fraction for population in self.named.values()]
        total, missing = sum(part for part in given if part is not None), any(part is None for part in given)
        if missing and total >= 1.0:
            raise ValueError(f"the fractions given leave nothing for the others: they add up to {total:g}")
        if not missing and abs(total - 1.0) > 1e-9:
            raise ValueError(f"the fractions of the populations must add up to 1, got {total:.10g}")

    def _check_fields(self) -> None:
        """Refuse random couplings that are not those of the fields that all populations hear."""
        couplings = self.couplings
        for name, population in self.named.items():
            fields = population.dynamics.fields
            known = set(couplings.random) if couplings.by_field else set()
            if known != set(fields):
                stated = ", ".join(f"{field!r}: dmft.Random(...)" for field in fields)
                wanted = f"a mapping of fields, random={{{stated}}}" if fields else "one dmft.Random, or None"
                raise ValueError(
                    f"couplings.random must be {wanted}, for the units {name or population.dynamics!r}; got "
                    f"{couplings.random!r}"
                )

    def _check_sizes(self) -> None:
        random, mean = self.couplings.random, self.couplings.mean
        if self.couplings.by_field:
            if self.couplings.synapses is not None:
                raise ValueError("sparse couplings carry one field; leave them out beside random couplings by field")
            random = None
            for field_name, term in self.couplings.random.items():
                if size_of(term.g) not in (None, len(self.named)):
                    raise ValueError(
                        f"couplings.random.{field_name}.g must have a row and a column for each of the "
                        f"{len(self.named)} populations, got {size_of(term.g)}"
                    )
        blocks: dict[str, Any] = {} if random is None else {"couplings.random.g": random.g}
        blocks |= {} if mean is None else {"couplings.mean.strength": mean.strength}
        synapses = self.couplings.synapses
        stated = {name: size_of(block) for name, block in blocks.items()}
        if synapses is not None:
            stated["couplings.synapses"] = synapses.n_populations
        for name, size in stated.items():
            if size not in (None, len(self.named)):
                raise ValueError(
                    f"{name} must have a row and a column for each of the {len(self.named)} populations, "
                    f"got {size} x {size}"
                )
        if synapses is not None:
            synapses.check(self.fractions)
        if self.couplings.low_rank is not None and len(self.named) == 1:
            (population,) = self.named.values()
            self.couplings.low_rank.check_joint(population.threshold_variance)
