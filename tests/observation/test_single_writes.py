"""One expression of a person's is one write, whatever torch and Python make of it, and its words are its own."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.observation import provenance
from core.questions.story_words import in_words


@pytest.mark.filterwarnings("ignore:mean is more than 2 std from")
@given(seed=st.integers(0, 2**31), side=st.integers(1, 48), cut=st.floats(0.5, 4), narrow=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_truncated_normal_is_one_write_however_often_it_rejects(
    seed: int, side: int, cut: float, *, narrow: bool
) -> None:
    torch.manual_seed(seed)
    with provenance() as story:
        w = nn.init.trunc_normal_(torch.empty(side, side), 0, 1, 2.5 if narrow else -cut, 3 if narrow else cut)
    assert (story[w].kind, story[w].function, story[w].times) == ("drawn", "trunc_normal_", 1)


def test_calls_that_follow_each_other_are_counted_each() -> None:
    with provenance() as story:
        w = torch.empty(40, 40)
        for _ in range(3):
            nn.init.trunc_normal_(w)
        sparse = nn.init.sparse_(torch.empty(20, 20), 0.5)
        orthogonal = nn.init.orthogonal_(torch.empty(20, 20), 2)
    assert [story[each].times for each in (w, sparse, orthogonal)] == [3, 1, 1]


def test_a_part_that_is_scaled_in_place_is_written_once() -> None:
    with provenance() as story, torch.no_grad():
        layers = [nn.Linear(8, 64) for _ in range(3)]
        layers[0].weight[:32] *= 2
        layers[1].weight[3] += 1
        layers[2].weight.data[:, 2:4] /= 3
    told = [(story[each.weight].times, story[each.weight].function, story[each.weight].part) for each in layers]
    assert told == [(2, "mul_", "[:32]"), (2, "add_", "[3]"), (2, "div_", "[:, 2:4]")]


def test_a_copy_of_one_part_into_another_is_a_write() -> None:
    with provenance() as story, torch.no_grad():
        w = nn.Linear(8, 64).weight
        w[:32] = w[32:]
    assert (story[w].kind, story[w].part, story[w].times) == ("copied", "[:32]", 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("h[h.abs() > 2] = 0", "changed by index_put_(values=0)"),
        ("h.masked_fill_(torch.eye(9).bool(), 1.0)", "changed by masked_fill_(value=1)"),
        ("h.mul_(torch.rand(9, 1))", "changed by mul_"),
        ("h.sub_(torch.rand(9, 9).mean(0))", "changed by sub_"),
        ("h.copy_(torch.randn(9, 9).mul_(0.02).add_(1))", "drawn by randn, then changed by mul_(other=0.02)"),
    ],
)
def test_words_of_a_change_in_place_are_its_own_and_not_its_operands(change: str, says: str) -> None:
    with provenance() as story, torch.no_grad():
        h = torch.empty(9, 9).uniform_()
        exec(change, {"h": h, "torch": torch})
    assert in_words(story[h]).startswith(says)
    assert story[h].times == 2


def test_what_is_computed_from_several_tensors_is_no_given_value() -> None:
    with provenance() as story, torch.no_grad():
        first, second = nn.Linear(5, 5), nn.Linear(5, 5)
        first.weight.copy_(first.weight * 0.9 + second.weight * 0.1)
        second.bias.copy_(torch.zeros(5) + torch.ones(5))
    told = story[first.weight]
    assert (told.kind, told.function, told.of) == ("transformed", "add", None)
    assert in_words(told).startswith("computed by add in ")
    assert story[second.bias].kind == "filled"
