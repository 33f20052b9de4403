"""Arrays from arguments: NumPy, lists, and anything with `__dlpack__` on the CPU (PyTorch, JAX)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._core import Error

# DLDeviceType of DLPack: memory that the CPU can read.
_CPU = (1, 3)


def given(value: Any, name: str) -> NDArray[Any]:
    """The argument `name` as a NumPy array, without a conversion of its type."""
    if isinstance(value, np.ndarray):
        return value
    device = getattr(value, "__dlpack_device__", None)
    if device is not None:
        try:
            kind, number = device()
        except Exception as error:
            raise Error(f"{name}: {error}; give an array on the CPU") from None
        if int(kind) not in _CPU:
            raise Error(
                f"{name}: the array is on another device (DLPack type {int(kind)}, number {number}); "
                "copy it to the CPU, such as with .cpu() or jax.device_get"
            )
        try:
            return np.from_dlpack(value)
        except (BufferError, RuntimeError, TypeError) as error:
            raise Error(f"{name}: {error}; give a NumPy array, such as with .detach().numpy()") from None
    if hasattr(value, "__cuda_array_interface__"):
        raise Error(f"{name}: the array is on a GPU; copy it to the CPU, such as with .get() or .cpu()")
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise Error(f"{name}: {error}; give an array of numbers") from None


def shaped(array: NDArray[Any], name: str, shape: tuple[int | None, ...], axes: str) -> None:
    """Refuses another shape; None is any size. `axes` names the axes, for the message."""
    if len(array.shape) != len(shape) or any(size not in (None, own) for size, own in zip(shape, array.shape)):
        expected = ", ".join("any" if size is None else str(size) for size in shape)
        raise Error(f"{name}: found shape {array.shape}, expected ({expected}): {axes}; give an array of this shape")


def numbers(value: Any, name: str, shape: tuple[int | None, ...], axes: str, dtype: Any = np.float64) -> NDArray[Any]:
    """Finite real numbers of `dtype`: a copy in C order that cannot be written.

    Floats of up to 64 bits, whole numbers and truth values are accepted, in any memory layout.
    """
    array = given(value, name)
    shaped(array, name, shape, axes)
    if array.size > 0 and (array.dtype.kind not in "fiub" or array.dtype.itemsize > 8):
        raise Error(
            f"{name}: found dtype {array.dtype}, expected real numbers of at most 64 bits; convert it to float64"
        )
    copy = np.array(array, dtype=dtype, order="C")
    wrong = np.argwhere(~np.isfinite(copy))
    if len(wrong):
        at = tuple(map(int, wrong[0]))
        raise Error(f"{name}{list(at)}: found {copy[at]}; give finite numbers")
    copy.flags.writeable = False
    return copy


def whole(value: Any, name: str, shape: tuple[int | None, ...], axes: str) -> NDArray[np.int64]:
    """Whole numbers: a copy in C order."""
    array = given(value, name)
    shaped(array, name, shape, axes)
    if array.size > 0 and array.dtype.kind not in "iu":
        raise Error(f"{name}: found dtype {array.dtype}, expected whole numbers; convert it to int64")
    return np.array(array, dtype=np.int64, order="C")


def truths(value: Any, name: str, shape: tuple[int | None, ...], axes: str) -> NDArray[np.bool_]:
    """Truth values, also as 0 and 1: a copy in C order that cannot be written."""
    array = given(value, name)
    shaped(array, name, shape, axes)
    copy = np.array(array, order="C")
    if copy.dtype.kind not in "biuf" or not np.isin(copy, (0, 1)).all():
        raise Error(f"{name}: found dtype {array.dtype} with other values than 0 and 1; give a mask of 0 and 1")
    copy = copy.astype(np.bool_)
    copy.flags.writeable = False
    return copy
