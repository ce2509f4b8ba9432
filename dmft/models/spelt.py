"""What is written in a statement is spelt as its fields are, or the refusal says what there is."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from dmft.models.checks import meant


class Spelt:
    """A dataclass that refuses fields that it has not, before `__init__` would without saying what there is.

    Attributes
    ----------
    elsewhere : what one might take for a field, and how it is stated.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {}

    def __new__(cls, *_: Any, **given: Any) -> Self:
        """Look at the names of what is given.

        Raises
        ------
        TypeError : for a name that is no field, with what was meant, if that is known.
        """
        held = getattr(cls, "__dataclass_fields__", {})
        unknown = [name for name in given if name not in held]
        parameters = inspect.signature(cls.__init__).parameters if unknown else {}
        open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        for name in unknown:
            if name not in parameters and not open_ended:
                known = [field.name for field in dataclasses.fields(cls) if field.init]  # type: ignore[arg-type]
                hint = f" ({name} is stated by {cls.elsewhere[name]})" if name in cls.elsewhere else meant(name, known)
                raise TypeError(f"{cls.__name__} has no field {name!r}{hint}; its fields are: {', '.join(known)}")
        return super().__new__(cls)
