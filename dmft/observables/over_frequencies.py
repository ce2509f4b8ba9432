"""Results over frequencies as labelled datasets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray


def over_frequencies(
    result: Any,
    over: Mapping[str, tuple[str, ...]],
    apart: Mapping[str, tuple[str, ...]] | None = None,
    attributes: Mapping[str, str] | None = None,
) -> xarray.Dataset:
    """Return a dataset of a result that has `frequency` and `names`; complex values in two parts, as files hold them.

    Parameters
    ----------
    over : fields over frequencies -> their dimensions of populations, which one without a name does not have.
    apart : fields that do not depend on frequency, likewise.
    """
    import xarray

    frequency = np.asarray(result.frequency)
    own = ("frequency",) if frequency.ndim == 1 else tuple(f"axis_{k}" for k in range(frequency.ndim))
    named = result.names != ("",)
    data: dict[str, Any] = {}
    for fields, last in ((over, own), (apart or {}, ())):
        for name, of in fields.items():
            values, dims = np.asarray(getattr(result, name)), (*(of if named else ()), *last)
            parts = (
                {f"{name}_real": values.real, f"{name}_imag": values.imag}
                if np.iscomplexobj(values)
                else {name: values}
            )
            data |= {key: (dims, part, {"units": "1"}) for key, part in parts.items()}
    coords: dict[str, Any] = {"frequency": (own, frequency, {"units": "1/tau", "long_name": "cycles per unit of time"})}
    for dim in {dim for of in over.values() for dim in of} if named else ():
        coords[dim] = (dim, list(result.names))
    return xarray.Dataset(data, coords, {"theory": type(result).__name__} | dict(attributes or {}))
