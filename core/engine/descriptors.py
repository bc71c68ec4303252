"""How many files this server may have open: one for every browser's connection, one for each worker."""

import contextlib
import sys

#: Three hundred browsers and all workers, several times over; a system that has only so few is told of.
_WANTED, _FEW = 8192, 200


def make_room() -> None:
    """Raise the bound as far as the system lets this process; where that is not far, say so on the terminal."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS lets fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    if soft != resource.RLIM_INFINITY and soft < _FEW:
        sys.stderr.write(
            f"Paramscope may have only {soft} files open, too few for a class; raise that by `ulimit -n 1024`.\n"
        )
