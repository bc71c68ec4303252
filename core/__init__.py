"""Paramscope's domain: recipes of a model, their replay, measurements and figures.

Nothing here imports Streamlit; `core.engine` is the only part that knows about processes. What a notebook or a script
wants of it stands in `__all__`: `from core import tied_groups`, or `import paramscope` where that is installed. Each
name is imported when it is first asked for, so that `from core import Recipe` does not wait for torch.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .checkpoint.comparing import compare_states
    from .checkpoint.opening import open_checkpoint
    from .module.tree import module_tree
    from .module.tying import counts, tie, tied_groups, untie
    from .observation import provenance
    from .recipe.catalog import MODELS
    from .recipe.recipe import Recipe
    from .recipe.schemes.table import SCHEMES
    from .recipe.script import to_script
    from .recipe.steps import (
        Custom,
        Edit,
        Forward,
        Initialize,
        OneTensor,
        Pattern,
        Source,
        Subtree,
        Tie,
        Train,
        Untie,
    )
    from .replaying.initializing import initialize
    from .replaying.replay import replay
    from .sharing.uses import use_gradients
    from .tensor.stats import heatmap, histogram, summary

__version__ = "0.2.0"

__all__ = [
    "MODELS",
    "SCHEMES",
    "Custom",
    "Edit",
    "Forward",
    "Initialize",
    "OneTensor",
    "Pattern",
    "Recipe",
    "Source",
    "Subtree",
    "Tie",
    "Train",
    "Untie",
    "compare_states",
    "counts",
    "heatmap",
    "histogram",
    "initialize",
    "module_tree",
    "open_checkpoint",
    "provenance",
    "replay",
    "summary",
    "tie",
    "tied_groups",
    "to_script",
    "untie",
    "use_gradients",
]

#: Where each of them is at home; the imports above tell type checkers the same.
_HOMES = {
    "checkpoint.comparing": ("compare_states",),
    "checkpoint.opening": ("open_checkpoint",),
    "module.tree": ("module_tree",),
    "module.tying": ("counts", "tie", "tied_groups", "untie"),
    "observation": ("provenance",),
    "recipe.catalog": ("MODELS",),
    "recipe.recipe": ("Recipe",),
    "recipe.schemes.table": ("SCHEMES",),
    "recipe.script": ("to_script",),
    "recipe.steps": (
        *("Custom", "Edit", "Forward", "Initialize", "Tie", "Train", "Untie"),
        *("OneTensor", "Pattern", "Source", "Subtree"),
    ),
    "replaying.initializing": ("initialize",),
    "replaying.replay": ("replay",),
    "sharing.uses": ("use_gradients",),
    "tensor.stats": ("heatmap", "histogram", "summary"),
}


if not TYPE_CHECKING:  # to a type checker a module with this function has every name

    def __getattr__(name: str) -> object:
        """Import a public name from its home, once."""
        for home, names in _HOMES.items():
            if name in names:
                value = globals()[name] = getattr(importlib.import_module(f".{home}", __name__), name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
