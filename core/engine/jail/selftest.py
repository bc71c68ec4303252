"""Whether the jail holds on this machine: every probe is tried in the jail itself, which tells what was refused."""

import errno
import socket
from collections.abc import Callable
from functools import partial

from .. import channel
from .probes import PROBES


def tell(connection: socket.socket, other: int) -> None:
    """Try everything, with another process where it needs one, and send what was refused."""
    kept = [name for name, attempt in PROBES.items() if refused(partial(attempt, other))]
    channel.send(connection, {"refused": kept})


def refused(attempt: Callable[[], object]) -> bool:
    """Whether the system said no; any other failure means that it would have said yes."""
    try:
        attempt()
    except PermissionError:
        return True
    except OSError as error:
        return error.errno in (errno.ENOMEM, errno.EAGAIN)  # a bound on memory, one on processes
    except RuntimeError as error:
        return "can't start new thread" in str(error)
    return False
