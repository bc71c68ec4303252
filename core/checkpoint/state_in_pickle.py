"""Where in a torch checkpoint the state dict lies: at its top, or one level down beside epochs and optimizers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dimensions import check_name
from .pickle_machine import Opaque, word
from .refusing import refusal, said
from .torch_names import PickledTensor
from .unwrapping import joined

#: The usual wrappings first; of several state dicts the first of these is the one.
_WRAPPINGS = (
    *("state_dict", "model_state_dict", "model", "model_state", "module", "net", "network", "weights", "params"),
    *("ema_state_dict", "model_ema", "state_dict_ema", "ema", "params_ema"),
)
_OPTIMIZER = {"state", "param_groups"}
_SAVE_STATE = "save net.state_dict() alone"
#: What a module's get_extra_state gives: no tensor, and nothing of what the module is drawn by.
_EXTRA = "_extra_state"
_MOST_NAMED = 6


@dataclass(frozen=True)
class FoundState:
    """A state dict in a pickle: its tensors by the names in the file, where it lay, and what that is in a sentence."""

    tensors: dict[str, PickledTensor]
    key: str
    told: str


def find_state(path: Path, top: Any) -> FoundState:
    """The state dict in what a pickle describes; nothing below the second level is looked at.

    Raises:
        ValueError: there is none, or more than one that could be meant.
    """
    if type(top) is not dict:
        raise refusal(path, f"holds {_kind(top)}, not a dictionary of named tensors", _SAVE_STATE)
    if top.keys() >= _OPTIMIZER:
        fact = "is an optimizer's state (state and param_groups), whose tensors are numbered and belong to no name"
        raise refusal(path, fact, "give the model's own file beside it")
    key = _wrapping(path, top)
    if key is None:
        return FoundState(_tensors(path, top, None), "", _left_aside(top))
    beside = [name for name in top if name != key]
    told = f"The weights lie under {said(key)}" + (f", beside {_listed(beside)}." if beside else ".")
    return FoundState(_tensors(path, top[key], key), key, joined(told, _left_aside(top[key])))


def _wrapping(path: Path, top: dict[Any, Any]) -> str | None:
    """The key under which the state dict lies, None where it is the top itself.

    A loss or a random state may stand beside it as a tensor. A usual wrapping that holds no plain state is taken where
    there is nothing better: its fault is worth the sentence.
    """
    held = {key: value for key, value in top.items() if isinstance(key, str) and type(value) is dict}
    states = [key for key, value in held.items() if _is_state(value)]
    usual = [key for key in _WRAPPINGS if key in states]
    if usual or any(isinstance(value, PickledTensor) for value in top.values()):
        return usual[0] if usual else None
    if len(states) > 1:
        fact = f"holds {len(states)} dictionaries of tensors ({_listed(states)}), of which none is called state_dict"
        raise refusal(path, fact, "save one of them alone")
    return next((key for key in (*states, *_WRAPPINGS) if key in held), None)


def is_lightning(found: FoundState) -> bool:
    """Whether the names may begin with the attribute that holds the model, as in Lightning's files."""
    return found.key == "state_dict"


def _is_state(value: dict[Any, Any]) -> bool:
    return any(isinstance(held, PickledTensor) for held in value.values()) and all(
        isinstance(held, PickledTensor) or _is_extra(key) for key, held in value.items()
    )


def _is_extra(key: object) -> bool:
    return isinstance(key, str) and key.rpartition(".")[2] == _EXTRA


def _tensors(path: Path, found: dict[Any, Any], inside: str | None) -> dict[str, PickledTensor]:
    tensors = {}
    for key, value in found.items():
        if isinstance(value, PickledTensor):
            tensors[check_name(path, key)] = value
        elif not _is_extra(key):
            where = f" in {said(inside)}" if inside is not None else ""
            fact = f"holds {_kind(value)} under {said(key)}{where}, where a state dict holds tensors"
            raise refusal(path, fact, _SAVE_STATE)
    return tensors


def _left_aside(found: dict[Any, Any]) -> str:
    extra = [key for key, value in found.items() if not isinstance(value, PickledTensor) and _is_extra(key)]
    return f"Left aside: {_listed(extra)}, no tensors." if extra else ""


def _kind(value: Any) -> str:
    if isinstance(value, PickledTensor):
        return "one tensor without a name"
    return value.kind if isinstance(value, Opaque) else word(value)


def _listed(names: list[Any]) -> str:
    shown = ", ".join(said(name).strip("'\"") for name in names[:_MOST_NAMED])
    return shown + (f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else "")
