"""Tensors seen along other axes than they were written, and values that became whole numbers.

What holds of each value holds of a transpose, too; what rows or columns have together only where it is symmetric.
"""

import pytest
import torch
from torch import Tensor, nn

from core.observation import Provenance, provenance
from core.questions.theory import VerdictKind
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins_when_built


def _drawn(draw: str) -> Tensor:
    """The tensor of that name, drawn now."""
    match draw:
        case "sparse":
            return nn.init.sparse_(torch.empty(64, 64), 0.5)
        case "padded embedding":
            return nn.Embedding(64, 64, padding_idx=0).weight.detach()
        case "dirac":
            return nn.init.dirac_(torch.empty(8, 4, 3, 3))
        case "orthogonal":
            return nn.init.orthogonal_(torch.empty(64, 32))
        case "identity":
            return nn.init.eye_(torch.empty(64, 32))
        case _:
            return nn.init.xavier_uniform_(torch.empty(64, 32))


def said_of(tensor: Tensor, story: Provenance) -> VerdictKind:
    net = nn.ParameterDict({"w": nn.Parameter(tensor, requires_grad=False)})
    return ModelCheck(net, origins_when_built(net, story.of(net))).model().rows[0].verdict.kind


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        ("sparse", "no theory"),
        ("dirac", "no theory"),
        ("orthogonal", "consistent"),
        ("identity", "consistent"),
        ("xavier", "consistent"),
    ],
)
def test_a_transpose_has_what_its_values_have_one_by_one(draw: str, kind: VerdictKind) -> None:
    torch.manual_seed(0)
    with provenance() as story:
        tensor = _drawn(draw)
    assert said_of(tensor.transpose(0, 1), story) == kind
    assert said_of(tensor, story) == "consistent"


@pytest.mark.parametrize(("draw", "kind"), [("sparse", "no theory"), ("padded embedding", "consistent")])
def test_a_copy_of_a_square_transpose_is_never_called_wrong(draw: str, kind: VerdictKind) -> None:
    torch.manual_seed(0)
    with provenance() as story:
        tensor = _drawn(draw).t().clone(memory_format=torch.contiguous_format)
    assert said_of(tensor, story) == kind


def test_halves_of_a_transpose_are_orthogonal_each() -> None:
    torch.manual_seed(0)
    with provenance() as story:
        tensor = torch.empty(64, 64)
        for half in tensor.t().chunk(2):
            nn.init.orthogonal_(half)
    assert said_of(tensor, story) == "consistent"
    tensor[:, :32] *= 1.01
    assert said_of(tensor, story) == "violates"


def test_what_became_a_whole_number_is_not_as_it_was_drawn() -> None:
    torch.manual_seed(0)
    with provenance() as story:
        tensors = (torch.rand(100).mul(10).long(), torch.randn(100).int().float(), torch.full((9,), 2.7).long())
        filled = torch.zeros(9, dtype=torch.int64).fill_(2.7)
        constant = torch.full((9,), 7.0).long()
    assert [said_of(tensor, story) for tensor in (*tensors, filled)] == ["no theory"] * 4
    assert said_of(constant, story) == "consistent"
