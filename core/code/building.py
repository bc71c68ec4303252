"""A model from the code a person wrote."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import nn

from ..recipe.steps import Source
from ..recipe.undeclared import without_declarations
from ..text import article
from .errors import JAILED, MODEL_FILE, CodeError, error_of, line_in, reason_of
from .forbidding import check_allowed
from .importing import where_raised
from .output import CapturedOutput
from .registered import no_tensor
from .running import namespace


def executed(source: Source) -> ModuleType:
    """The code as a module: what it defines, `batch` and `loss` among it where it does.

    Raises:
        CodeError: it raises, or no such code may run here.
    """
    check_allowed()
    module = ModuleType("model_code")
    module.__dict__.update(namespace())
    printed, code = CapturedOutput(), without_declarations(source.code)
    with printed.capturing():
        try:
            exec(compile(code, MODEL_FILE, "exec"), module.__dict__)  # noqa: S102 (in a jail where one is to be had)
        except BaseException as error:  # SystemExit too: it is the code's, not ours
            line = error.lineno if isinstance(error, SyntaxError) else line_in(MODEL_FILE, error.__traceback__)
            raise CodeError(f"the model's code fails: {reason_of(error)}", line, printed.text) from None
    return module


def built(name: str, build: Callable[[], Any], *, elsewhere: bool = False) -> nn.Module:
    """What calling `build`, of that name, gives; `elsewhere`: whether it is known to do so outside of a jail.

    Raises:
        CodeError: it raises, or gives something else than a module.
    """
    printed = CapturedOutput()
    with printed.capturing():
        try:
            net = build()
        except BaseException as error:
            line = line_in(MODEL_FILE, error.__traceback__)
            why = f"{error_of(error)} ({JAILED})" if elsewhere else reason_of(error)
            raise CodeError(f"{name} fails: {where_raised(error)}{why}", line, printed.text) from None
    if not isinstance(net, nn.Module):
        what = "a tensor" if isinstance(net, torch.Tensor) else article(type(net).__name__)
        raise CodeError(f"{name} gives {what}, not an nn.Module; end it with return net", None, printed.text)
    if said := no_tensor(net):
        raise CodeError(f"{name} gives a net that cannot be read: {said}", None, printed.text)
    return net
