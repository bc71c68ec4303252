"""Python's, NumPy's and the process's state that other files, and we, go on with after an import."""

import contextlib
import copy
import copyreg
import decimal
import gc
import locale
import logging
import os
import signal
import socket
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import mtrand

from .setting import Setting, replaced, taken_away

#: How objects are copied and pickled, by their class; and whose classes are everybody's.
_COPYING: tuple[dict[Any, Any], ...] = (
    copyreg.dispatch_table,
    copy._copy_dispatch,  # type: ignore[attr-defined]  # not in the stubs
    copy._deepcopy_dispatch,  # type: ignore[attr-defined]  # not in the stubs
)
_OTHERS = ("torch", "numpy", "builtins", "collections")
_OF_DECIMALS = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")


def _listed(what: str, owner: Any, name: str) -> Setting:
    """A list to which may be added, but from which nothing may be taken; what is added stays in front."""

    def write(before: tuple[Any, ...]) -> None:
        added = [one for one in getattr(owner, name) if all(one is not other for other in before)]
        setattr(owner, name, [*added, *before])

    return Setting(what, lambda: tuple(getattr(owner, name)), write, taken_away)


def _attributes(what: str, owner: Any, names: tuple[str, ...]) -> Setting:
    def write(before: tuple[Any, ...]) -> None:
        for name, value in zip(names, before, strict=True):
            setattr(owner, name, value)

    return Setting(what, lambda: tuple(getattr(owner, name, None) for name in names), write, replaced)


def _umask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # it was removed
        return ""


def _warning_filters() -> tuple[Any, ...]:
    return tuple(warnings.filters)


def _now_errors(now: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    """Whether warnings have become errors, or filters of others are gone; what a file ignores harms nobody."""
    added = [one for one in now if one not in before]
    return any(one[0] == "error" for one in added) or any(one not in now for one in before)


def _write_filters(before: tuple[Any, ...]) -> None:
    warnings.filters[:] = before  # type: ignore[index]  # a list, which the stubs call a Sequence
    warnings._filters_mutated()  # type: ignore[attr-defined]  # not in the stubs


def _environment_lost(now: dict[str, str], before: dict[str, str]) -> bool:
    return any(now.get(name) != value for name, value in before.items())


def _decimal() -> tuple[Any, ...]:
    context = decimal.getcontext()
    return tuple(getattr(context, name) for name in _OF_DECIMALS)


def _write_decimal(before: tuple[Any, ...]) -> None:
    for name, value in zip(_OF_DECIMALS, before, strict=True):
        setattr(decimal.getcontext(), name, value)


def _copying() -> tuple[tuple[dict[Any, Any], dict[Any, Any]], ...]:
    """The registries by class, and what they hold."""
    return tuple((registry, registry.copy()) for registry in _COPYING)


def _copies_else(now: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    """Whether a class that is not the file's own, by who defines it, is copied in another way."""
    return any(
        held.get(kind) is not was.get(kind)
        for (_, held), (_, was) in zip(now, before, strict=True)
        for kind in held.keys() | was.keys()
        if kind in was or getattr(kind, "__module__", "").partition(".")[0] in _OTHERS
    )


def _write_copying(before: tuple[tuple[dict[Any, Any], dict[Any, Any]], ...]) -> None:
    for registry, was in before:
        registry.clear()
        registry.update(was)


def _handlers() -> tuple[Any, ...]:
    return tuple(signal.getsignal(number) for number in sorted(signal.valid_signals()))


def _write_handlers(before: tuple[Any, ...]) -> None:
    for number, handler in zip(sorted(signal.valid_signals()), before, strict=True):
        if handler is not None and signal.getsignal(number) is not handler:
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, handler)


def _unix() -> Iterator[Setting]:
    """What only Unix has."""
    import resource

    timers = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
    limits = sorted({value for name, value in vars(resource).items() if name.startswith("RLIMIT_")})

    def stop_timers(_before: object) -> None:
        for timer in timers:
            signal.setitimer(timer, 0)

    def write_limits(before: tuple[tuple[int, int], ...]) -> None:
        for limit, bounds in zip(limits, before, strict=True):
            if resource.getrlimit(limit) != bounds:
                with contextlib.suppress(OSError, ValueError):
                    resource.setrlimit(limit, bounds)

    yield Setting(
        "an alarm",
        lambda: tuple(signal.getitimer(timer)[0] > 0 for timer in timers),
        stop_timers,
        verb="sets",
    )
    yield Setting(
        "the signals that are held back",
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        lambda before: signal.pthread_sigmask(signal.SIG_SETMASK, before),
    )
    yield Setting("the limits of the process", lambda: tuple(map(resource.getrlimit, limits)), write_limits)
    yield Setting(
        "the priority of the process",
        lambda: os.getpriority(os.PRIO_PROCESS, 0),
        lambda before: os.setpriority(os.PRIO_PROCESS, 0, before),
    )
    yield Setting("the user of the process", lambda: (os.geteuid(), os.getegid()), lambda _: None)


SETTINGS = (
    Setting(
        "NumPy's generator",
        lambda: (mtrand.get_bit_generator(),),
        lambda before: mtrand.set_bit_generator(before[0]),
        replaced,
    ),
    Setting("NumPy's treatment of errors", np.geterr, lambda before: np.seterr(**before)),
    Setting("NumPy's print options", np.get_printoptions, lambda before: np.set_printoptions(**before)),
    _listed("sys.path", sys, "path"),
    _listed("sys.meta_path", sys, "meta_path"),
    _listed("sys.path_hooks", sys, "path_hooks"),
    _attributes("sys.modules", sys, ("modules",)),
    _attributes("Python's standard streams", sys, _STREAMS),
    Setting("Python's tracing", lambda: (sys.gettrace(),), lambda before: sys.settrace(before[0]), replaced),
    Setting("Python's profiling", lambda: (sys.getprofile(),), lambda before: sys.setprofile(before[0]), replaced),
    Setting("Python's recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Setting("Python's switch interval", sys.getswitchinterval, sys.setswitchinterval),
    Setting("Python's longest whole number", sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    Setting("Python's garbage collector", gc.isenabled, lambda before: (gc.enable if before else gc.disable)()),
    Setting("how often garbage is collected", gc.get_threshold, lambda before: gc.set_threshold(*before)),
    Setting("what the garbage collector prints", gc.get_debug, gc.set_debug),
    Setting("how Python copies objects", _copying, _write_copying, _copies_else),
    Setting("the default timeout of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout),
    _listed("who is told of garbage", gc, "callbacks"),
    Setting("how warnings are treated", _warning_filters, _write_filters, _now_errors),
    Setting("which messages are logged", lambda: logging.root.manager.disable, logging.disable),
    Setting("the locale", partial(locale.setlocale, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)),
    Setting("the context of decimal numbers", _decimal, _write_decimal),
    Setting("the environment", os.environ.copy, os.environ.update, _environment_lost),
    Setting("the working folder", _folder, os.chdir),
    Setting("the mode of new files", _umask, os.umask),
    Setting("the handlers of signals", _handlers, _write_handlers, replaced),
    *(_unix() if os.name == "posix" else ()),
)
