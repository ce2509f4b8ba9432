"""Networks: frozen statements of the physics, shared by theory and simulation."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Self

from dmft.models.checks import finite, positive
from dmft.models.drive import Drive, OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.nonlinearity import Nonlinearity, Tanh, checked


class Network:
    """What all networks share: `replace`, also through dotted paths."""

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; the copy is checked like any new network.

        Dotted paths reach into a field: ``net.replace(**{"drive.intensity": 0.3})``.

        Raises
        ------
        ValueError : for an unknown field, or a path through a field that is None.
        """
        nested: dict[str, dict[str, Any]] = {}
        own: dict[str, Any] = {}
        names = [f.name for f in dataclasses.fields(self)]  # type: ignore[arg-type]
        for path, value in changes.items():
            head, _, rest = path.partition(".")
            if head not in names:
                raise ValueError(f"{type(self).__name__} has no field {head!r}; its fields are {', '.join(names)}")
            if rest:
                nested.setdefault(head, {})[rest] = value
            else:
                own[head] = value
        for head, inner in nested.items():
            part = own.get(head, getattr(self, head))
            own[head] = _replace_in(part, head, inner)
        return dataclasses.replace(self, **own)  # type: ignore[type-var]


def _replace_in(part: Any, head: str, inner: dict[str, Any]) -> Any:
    if part is None:
        kinds = ", ".join(kind.__name__ for kind in (WhiteNoise, OrnsteinUhlenbeck, Sinusoid))
        raise ValueError(
            f"the path {head}.{next(iter(inner))} leads through {head}, which is None; "
            f"give the network a {head} first: {kinds}"
        )
    if not dataclasses.is_dataclass(part):
        raise ValueError(f"{head} is {part!r}, which has no fields; set {head} as a whole")
    names = [f.name for f in dataclasses.fields(part)]
    for name in inner:
        if name not in names:
            raise ValueError(f"{head} is a {type(part).__name__} and has no field {name!r}; it has {', '.join(names)}")
    return dataclasses.replace(part, **inner)  # type: ignore[type-var]


def checked_drive(drive: Any, allowed: tuple[type, ...]) -> Any:
    """Return `drive`, or refuse it unless it is None or one of the `allowed` kinds."""
    if drive is not None and not isinstance(drive, allowed):
        names = ", ".join(kind.__name__ for kind in allowed)
        raise TypeError(f"drive must be None or one of {names}; got {drive!r}")
    return drive


@dataclass(frozen=True)
class RandomNetwork(Network):
    """Rate network with random couplings.

    dx_i/dt = -x_i + sum_j J_ij phi(x_j) + xi_i(t), time in units of tau, J_ij of mean 0 and variance g^2/N acting
    from j to i [Sompolinsky, Crisanti & Sommers, PRL 61, 259 (1988)].

    Parameters
    ----------
    g : gain, > 0: N Var(J_ij) = g^2.
    nonlinearity : phi; a built-in one, or any object with ``__call__`` and ``derivative``.
    drive : None, `WhiteNoise`, `OrnsteinUhlenbeck` or `Sinusoid`.
    symmetry : rho = N cov(J_ij, J_ji)/g^2 in [-1, 1]; 0 is independent couplings.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    g: float = field(metadata={"unit": "1", "meaning": "gain: J_ij has variance g^2/N"})
    nonlinearity: Nonlinearity = Tanh()
    drive: Drive | None = None
    symmetry: float = field(default=0.0, metadata={"unit": "1", "meaning": "N cov(J_ij, J_ji)/g^2"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "g", positive("g", self.g))
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))
        checked_drive(self.drive, (WhiteNoise, OrnsteinUhlenbeck, Sinusoid))
        symmetry = finite("symmetry", self.symmetry)
        if not -1 <= symmetry <= 1:
            raise ValueError(f"symmetry must be in [-1, 1], got {symmetry}")
        object.__setattr__(self, "symmetry", symmetry)
