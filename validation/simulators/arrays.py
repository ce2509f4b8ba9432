"""Where the arrays of a simulation live: in numpy, or in a module with numpy's interface on an accelerator.

The step is written once, in numpy's functions: called with arrays of CuPy, they run CuPy's (``__array_ufunc__``). What
is left to choose is where arrays are made, and when they cross: the state to the host for every sample, private inputs
to the device for every step. Tests run the step on arrays that refuse to become numpy's; on an accelerator itself it
is tested where there is one.
"""

from __future__ import annotations

import pkgutil
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Arrays:
    """An array module by name.

    Parameters
    ----------
    name : "numpy", "cupy", or another module that has numpy's `empty` and `asarray`, whose arrays numpy's functions
        accept, and `asnumpy` to bring them back.

    Raises
    ------
    ValueError : if there is no such module, or it lacks one of these.
    """

    def __init__(self, name: str = "numpy") -> None:
        self.name = name
        self.on_host = name == "numpy"
        try:
            self._module: Any = pkgutil.resolve_name(name)
        except ImportError as error:
            raise ValueError(
                f"array_module must be 'numpy' or an installed module like 'cupy', got {name!r}"
            ) from error
        needed = ("empty", "asarray") if self.on_host else ("empty", "asarray", "asnumpy")
        lacking = [function for function in needed if not callable(getattr(self._module, function, None))]
        if lacking:
            raise ValueError(
                f"array_module must have numpy's interface as CuPy has, {name!r} lacks {', '.join(lacking)}"
            )

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return an array that is not filled."""
        return self._module.empty(shape, dtype=dtype)

    def to_device(self, array: NDArray[Any]) -> Any:
        """Return the array where the step needs it; itself for numpy."""
        return array if self.on_host else self._module.asarray(array)

    def to_host(self, array: Any) -> NDArray[Any]:
        """Return the array as numpy's; itself for numpy."""
        host: NDArray[Any] = array if self.on_host else self._module.asnumpy(array)
        return host

    def check(self, function: Any, dtype: Any) -> None:
        """Refuse a function of one array that does not work on arrays of this module.

        Raises
        ------
        TypeError : naming it.
        """
        if self.on_host:
            return
        try:
            function(self.to_device(np.zeros(3, dtype=dtype)))
        except TypeError as error:
            raise TypeError(f"nonlinearity does not take arrays of {self.name}: {error}") from error


def module_name(module: str | ModuleType) -> str:
    """Return the name of an array module, given as itself or by name; it is loaded, and refused if it cannot serve."""
    name = module.__name__ if isinstance(module, ModuleType) else module
    if not isinstance(name, str):
        raise TypeError(f"array_module must be a module or its name, got {module!r}")
    return Arrays(name).name
