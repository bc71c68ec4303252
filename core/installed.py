"""`import paramscope`: what an installed Paramscope offers a notebook or a script, which a checkout offers as `core`.

The wheel holds this file as `paramscope/__init__.py`, as pyproject.toml says; nothing in a checkout imports it.
"""

from typing import TYPE_CHECKING

from paramscope.core import __all__ as __all__
from paramscope.core import __version__ as __version__

if TYPE_CHECKING:
    from paramscope.core import *  # noqa: F403 (exactly the public names)
else:
    from paramscope import core

    def __getattr__(name: str) -> object:
        """A public name of `core`, which imports it when it is first asked for."""
        if name in __all__:
            return getattr(core, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
