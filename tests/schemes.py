"""Every scheme for tests to ask, and the function of torch that is its oracle."""

import functools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import init

from core.recipe.schemes.scheme import Option, Value
from core.recipe.schemes.table import SCHEMES, resolve_options

every_scheme = pytest.mark.parametrize("scheme", SCHEMES)


def torch_function(scheme: str) -> Callable[..., Tensor]:
    function: Callable[..., Tensor] = getattr(init, SCHEMES[scheme].function)
    return functools.partial(function, **dict(SCHEMES[scheme].fixed))


def defaults(scheme: str) -> dict[str, Value]:
    return resolve_options(scheme, {})


def bits(tensor: Tensor) -> bytes:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def other_value(option: Option) -> Value:
    """A value that is not the default and still within the bounds."""
    if option.choices:
        return next(choice for choice in option.choices if choice != option.default)
    return 2 if isinstance(option.default, int) else float(option.default) + 0.25
