"""Whether bytes changed behind torch's back, as NumPy's and another library's writes do."""

from ctypes import c_char, string_at

import numpy as np
from torch import UntypedStorage

#: So many bytes are hashed as they are; more are folded first, by columns of a prime number, so that it shows where
#: equal rows changed places.
_SMALL, _COLUMNS = 1 << 16, 4093


def fingerprint(storage: UntypedStorage) -> int:
    """A number that is another one when any byte of a storage is; 0 where there are none in this process."""
    size = storage.nbytes()
    if storage.device.type != "cpu" or not size:
        return 0
    try:
        begin = storage.data_ptr()
    except RuntimeError:  # of a tensor that wraps others, and has none itself
        return 0
    if size <= _SMALL:
        return hash(string_at(begin, size))
    words = np.frombuffer(memoryview((c_char * size).from_address(begin)), np.uint64, size // 8)
    whole = words.size // _COLUMNS * _COLUMNS
    folded = np.bitwise_xor.reduce(words[:whole].reshape(-1, _COLUMNS))
    return hash((folded.tobytes(), words[whole:].tobytes(), string_at(begin + words.size * 8, size % 8)))
