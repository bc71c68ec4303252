"""What a model's forward pass is given, in each of the forms that a batch's inputs may have."""

from typing import Any

from torch import nn

from ..recipe.own_files import Takes


def takes(inputs: Any) -> Takes:
    """How the inputs of a batch are given: each part of a tuple as an argument, what has keys by its names."""
    if hasattr(inputs, "keys"):  # a dict, or what a tokenizer gives
        return "named"
    return "several" if isinstance(inputs, tuple) else "one"


def passed(model: nn.Module, inputs: Any) -> Any:
    """What the model makes of a batch's inputs, the same in every step and in every view."""
    match takes(inputs):
        case "named":
            return model(**inputs)
        case "several":
            return model(*inputs)
        case _:
            return model(inputs)
