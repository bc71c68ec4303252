"""A padding row that a draw over the whole table overwrote is said, and one that is zero again is not."""

import pytest
import torch
from torch import nn

from core.observation import provenance
from core.questions.theory import VerdictRow
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins_when_built

LOST = "row 3, the padding, is not 0; zero it after the draw if it should be"


def judged(*, zeroed: bool, tied: bool = False, bag: bool = False) -> VerdictRow:
    torch.manual_seed(0)
    with provenance() as story:
        net = nn.Module()
        net.head = nn.Linear(16, 50, bias=False)
        net.table = (nn.EmbeddingBag if bag else nn.Embedding)(50, 16, padding_idx=3)
        nn.init.normal_(net.table.weight, 0, 0.1)
        if zeroed:
            with torch.no_grad():
                net.table.weight[3].zero_()
        if tied:
            net.head.weight = net.table.weight
    rows = ModelCheck(net, origins_when_built(net, story.of(net))).model().rows
    return next(row for row in rows if "table.weight" in (row.name, *row.tied_with))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("bag", [False, True])
def test_a_padding_row_that_was_drawn_over_is_lost(*, tied: bool, bag: bool) -> None:
    lost = judged(zeroed=False, tied=tied, bag=bag)
    assert (lost.verdict.kind, lost.verdict.sentence.endswith(f"; {LOST}")) == ("consistent", True)
    kept = judged(zeroed=True, tied=tied, bag=bag)
    assert (kept.verdict.kind, "padding" in kept.verdict.sentence) == ("consistent", False)


def test_looking_at_the_padding_leaves_it_as_it_is() -> None:
    net = nn.Embedding(5, 3, padding_idx=-1)
    nn.init.ones_(net.weight)
    before, version = net.weight.detach().clone(), net.weight._version
    (row,) = ModelCheck(net, origins_when_built(net, {})).model().rows
    assert "row 4, the padding, is not 0" in row.verdict.sentence
    assert torch.equal(net.weight, before)
    assert net.weight._version == version
