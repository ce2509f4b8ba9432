"""All kinds of drives, and the check of an argument that is to be one."""

from __future__ import annotations

from typing import Any

from dmft.models.checks import named
from dmft.models.drives.constant import Constant
from dmft.models.drives.drive import Drive
from dmft.models.drives.of_time import OfTime
from dmft.models.drives.ornstein_uhlenbeck import OrnsteinUhlenbeck
from dmft.models.drives.sinusoid import Sinusoid
from dmft.models.drives.weighted import Weighted
from dmft.models.drives.white_noise import WhiteNoise

KINDS: tuple[type[Drive], ...] = (WhiteNoise, OrnsteinUhlenbeck, Sinusoid, Constant, Weighted, OfTime)


def checked_drive(drive: Any, refused: tuple[type[Drive], ...] = ()) -> Any:
    """Return a drive, a function of time as an `OfTime`; refuse what is none, or of a `refused` kind."""
    kinds = tuple(kind for kind in KINDS if kind not in refused)
    plain = callable(drive) and not isinstance(drive, type | Drive)
    given = OfTime(drive) if plain and OfTime in kinds else drive
    terms = given.terms if isinstance(given, Drive) else (given,)
    if given is not None and not all(isinstance(term, Drive) and not isinstance(term, refused) for term in terms):
        names = named(kind for kind in kinds if kind is not OfTime)
        elsewhere = "; a dmft.Network takes any drive, and a bias" if refused else ""
        or_a_function = ", or a function of time" if OfTime in kinds else ""
        raise TypeError(
            f"drive must be None, an instance of {names}, or a sum of them{or_a_function}{elsewhere}; got {drive!r}"
        )
    return given
