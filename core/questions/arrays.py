"""Arrays as they come from a worker: checked where they arrive, since a worker may run a stranger's code."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator


def _array_of(axes: int, *dtypes: str) -> PlainValidator:
    """Checks arrays of so many axes that arrive from a worker."""

    def check(value: Any) -> NDArray[Any]:
        if not isinstance(value, np.ndarray) or str(value.dtype) not in dtypes or value.ndim != axes:
            raise ValueError(f"expected an array of {' or '.join(dtypes)} with {axes} axes")
        return value

    return PlainValidator(check)


Float64s = Annotated[NDArray[np.float64], _array_of(1, "float64")]
Float64Matrix = Annotated[NDArray[np.float64], _array_of(2, "float64")]
FloatMatrix = Annotated[NDArray[np.floating], _array_of(2, "float32", "float64")]
#: Matrices, one after the other along the first axis.
FloatMatrices = Annotated[NDArray[np.floating], _array_of(3, "float32", "float64")]
Integers = Annotated[NDArray[np.int64], _array_of(1, "int64")]
IntegerMatrix = Annotated[NDArray[np.int64], _array_of(2, "int64")]
Bytes = Annotated[NDArray[np.uint8], _array_of(1, "uint8")]
ByteMatrix = Annotated[NDArray[np.uint8], _array_of(2, "uint8")]
