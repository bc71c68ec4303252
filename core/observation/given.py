"""What an operation was given, as its author would write it."""

from ..questions.story import Plain
from .notes import Event


def fill_name(event: Event) -> str:
    """What filled a tensor: an operation, or the list or number that it was made of."""
    return "tensor" if event.operation.is_from_outside else event.operation.name


def arguments_of(event: Event) -> dict[str, Plain]:
    """What torch was given, called as `torch.nn.init` calls it."""
    bounds = {"from": "a", "to": "b"} if event.operation.base == "uniform" else {}
    said = {bounds.get(name, name): value for name, value in event.numbers.items() if name not in _UNSAID}
    return {name: value for name, value in said.items() if name not in _USUAL or value != _USUAL[name]}


#: What torch passes where nobody wrote it.
_USUAL = {"alpha": 1, "accumulate": False}
_UNSAID = frozenset({"dtype", "layout", "device", "pin_memory", "generator", "memory_format", "non_blocking", "out"})
