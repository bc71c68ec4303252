"""A tensor whose rows one line draws, each by its own call, is judged as one."""

from typing import Any

import pytest
import torch
from torch import nn

from core.observation import provenance
from core.questions.theory import Verdict
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins_when_built


class InRows(nn.Module):
    def __init__(self, seed: int | None = None) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.empty(64, 10))
        for row in self.w.data:
            if seed is not None:
                torch.manual_seed(seed)
            nn.init.normal_(row, 0, 0.02)


def judged(wrong: float = 1.0, seed: int | None = None) -> Verdict:
    torch.manual_seed(0)
    with provenance() as story:
        net = InRows(seed)
    with torch.no_grad():
        net.w.mul_(wrong)  # where nobody looks
    return ModelCheck(net, origins_when_built(net, story.of(net))).model().rows[0].verdict


def test_rows_that_one_line_drew_are_judged_together() -> None:
    found = judged()
    assert found.kind == "consistent"
    assert found.sentence.startswith("std about 0 is")
    assert "with 640 values" in found.sentence


@pytest.mark.parametrize("how", [{"wrong": 1.5}, {"wrong": 0.6}, {"seed": 3}], ids=str)
def test_what_no_row_tells_alone_is_found(how: dict[str, Any]) -> None:
    assert judged(**how).kind in ("inconsistent", "violates")
