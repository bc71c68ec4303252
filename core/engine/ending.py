"""How an engine ends: when it is told to, and when nobody holds it any more.

Nothing here may hold the engine itself, or it would never be found to be lost.
"""

import threading

from .processes.launch import Launcher
from .residents import Residents


def end_unused(kinds: tuple[Residents, ...], seconds: float = 0.0) -> None:
    """End the workers of each kind that were not used for so long."""
    for residents in kinds:
        residents.end_unused(seconds)


def expire(kinds: tuple[Residents, ...], closed: threading.Event, seconds: float) -> None:
    """End what is not used for so long, until the engine is closed."""
    while not closed.wait(min(5.0, seconds / 2)):
        end_unused(kinds, seconds)


def end(launcher: Launcher | None, kinds: tuple[Residents, ...], closed: threading.Event) -> None:
    """End the workers, and the launcher with all that it started."""
    closed.set()
    if launcher is not None:
        launcher.close()
    end_unused(kinds)


def end_apart(launcher: Launcher | None, kinds: tuple[Residents, ...], closed: threading.Event) -> None:
    """End the processes of an engine that nobody holds any more; not a launcher that others may use, too.

    In a thread of its own: garbage is collected in whatever thread, also in one that holds a lock of the launcher's.
    """
    threading.Thread(target=end, args=(launcher, kinds, closed), name="paramscope-lost-engine").start()
