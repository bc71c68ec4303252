"""Arrays as they come from a worker: checked where they arrive, since a worker may run a stranger's code."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator


def _array_of(*dtypes: str) -> PlainValidator:
    """Checks arrays that arrive from a worker."""

    def check(value: Any) -> NDArray[Any]:
        if not isinstance(value, np.ndarray) or str(value.dtype) not in dtypes:
            raise ValueError(f"expected an array of {' or '.join(dtypes)}")
        return value

    return PlainValidator(check)


Float64s = Annotated[NDArray[np.float64], _array_of("float64")]
Floats = Annotated[NDArray[np.floating], _array_of("float32", "float64")]
Integers = Annotated[NDArray[np.int64], _array_of("int64")]
Bytes = Annotated[NDArray[np.uint8], _array_of("uint8")]
