"""The step on arrays that are not numpy's: a module whose arrays refuse to cross over by themselves, as CuPy's do."""

import sys
import types

import numpy as np
import pytest
from numpy.lib.mixins import NDArrayOperatorsMixin

import dmft
import validation

NET = dmft.RandomNetwork(g=2.0)


class DeviceArray(NDArrayOperatorsMixin):
    """An array that numpy's ufuncs take, alone or with numbers, and that never turns into a numpy array by itself."""

    def __init__(self, held):
        self.held = held

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion to a numpy array")

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        for value in (*inputs, *(out or ())):
            if isinstance(value, np.ndarray):
                raise TypeError("an array of the host among those of the device")
        bare = [value.held if isinstance(value, DeviceArray) else value for value in inputs]
        if out is not None:
            kwargs["out"] = tuple(value.held for value in out)
        result = getattr(ufunc, method)(*bare, **kwargs)
        return out[0] if out is not None else DeviceArray(result)

    def __getitem__(self, key):
        return DeviceArray(self.held[key])

    def __setitem__(self, key, value):
        if isinstance(value, np.ndarray) and value.ndim:
            raise TypeError("an array of the host among those of the device")
        self.held[key] = value.held if isinstance(value, DeviceArray) else value

    def __len__(self):
        return len(self.held)

    def reshape(self, *shape):
        return DeviceArray(self.held.reshape(*shape))

    shape = property(lambda self: self.held.shape)
    dtype = property(lambda self: self.held.dtype)
    T = property(lambda self: DeviceArray(self.held.T))


@pytest.fixture(autouse=True)
def device(monkeypatch):
    module = types.ModuleType("device_arrays")
    module.empty = lambda shape, dtype: DeviceArray(np.full(shape, np.nan, dtype=dtype))
    module.asarray = lambda array: DeviceArray(np.array(array, copy=True))
    module.asnumpy = lambda array: array.held.copy()
    monkeypatch.setitem(sys.modules, "device_arrays", module)
    return module


@pytest.mark.parametrize(
    ("drive", "integrator"),
    [
        (None, None),
        (None, "runge-kutta-4"),
        (dmft.WhiteNoise(0.5), None),
        (dmft.OrnsteinUhlenbeck(0.5, 2.0), None),
        (dmft.OrnsteinUhlenbeck(0.5, 2.0), "runge-kutta-4"),
        (dmft.Sinusoid(1.0, 0.2, "random"), None),
    ],
    ids=["none", "none, RK", "white", "coloured", "coloured, RK", "sinusoid"],
)
def test_the_device_computes_what_the_host_does(device, drive, integrator):
    network = NET.replace(drive=drive)
    settings = {
        "n_realizations": 2,
        "duration": 6.0,
        "burn_in": 2.0,
        "initial_states": 2,
        "dtype": "float64",
        "measure": ("correlation", validation.Lyapunov(k=2), "jacobian"),
        "integrator": integrator,
        "seed": 5,
    }
    host = validation.simulate(network, 50, **settings)
    there = validation.simulate(network, 50, array_module=device, **settings)
    assert there.plan.array_module == "device_arrays"
    for name, values in host.at(50).values.items():
        # The order of eigenvalues may change with rounding.
        a, b = (np.sort(v, axis=-1) if "eigen" in name else v for v in (values, there.values(name, 50)))
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10, err_msg=name)


def test_a_nonlinearity_that_needs_the_host_is_refused(device):
    with pytest.raises(TypeError, match="does not take arrays of device_arrays"):
        validation.simulate(NET.replace(nonlinearity=dmft.Linear()), 50, array_module="device_arrays", seed=1)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"array_module": "no_such_module"}, ValueError, "installed module like 'cupy', got 'no_such_module'"),
        ({"array_module": "math"}, ValueError, "'math' lacks empty, asarray, asnumpy"),
        ({"array_module": 3}, TypeError, "module or its name"),
        ({"array_module": "device_arrays", "storage": "revealed"}, ValueError, "revealed"),
        ({"array_module": "device_arrays", "network": dmft.PlasticNetwork(g=2.0, k=0.5, p=2.5)}, ValueError, "plastic"),
    ],
)
def test_what_cannot_run_there_is_refused(change, kind, words):
    arguments = {"network": NET, "seed": 1, **change}
    with pytest.raises(kind, match=words):
        validation.simulate(arguments.pop("network"), 50, **arguments)


def test_an_accelerator_computes_what_the_host_does():
    cupy = pytest.importorskip("cupy", reason="no accelerator here")
    if not cupy.cuda.is_available():
        pytest.skip("no accelerator here")
    settings = {"n_realizations": 1, "duration": 6.0, "burn_in": 2.0, "dtype": "float64", "seed": 5}
    host = validation.simulate(NET, 200, **settings)
    there = validation.simulate(NET, 200, array_module=cupy, **settings)
    np.testing.assert_allclose(there.values("corr_x", 200), host.values("corr_x", 200), rtol=1e-6)
