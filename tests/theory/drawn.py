"""Tensors drawn by a scheme, and the verdicts on them."""

import torch
from torch import Tensor

from core.questions.theory import Verdict
from core.recipe import expects
from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import promise_of, resolve_options
from core.replaying.initializing import initialize
from core.theory.declarations import promise_declared
from core.theory.verdict import verdict


def drawn(scheme: str, shape: tuple[int, ...], seed: int = 0, /, **options: Value) -> Tensor:
    torch.manual_seed(seed)
    tensor = torch.empty(shape)
    initialize(tensor, scheme, resolve_options(scheme, options))
    return tensor


def against(tensor: Tensor, scheme: str, **options: Value) -> Verdict:
    return verdict(tensor, promise_of(scheme, options, tuple(tensor.shape)))


def declared(tensor: Tensor, text: str) -> Verdict:
    spec = expects.parse(text).of("w")
    assert spec is not None
    return verdict(tensor, promise_declared(spec, tuple(tensor.shape)))
