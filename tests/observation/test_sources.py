"""Where a copy comes from: which tensor of the net, which part of it, and through which copies that the net lacks."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core import provenance
from core.observation import Story
from core.questions.story_words import in_words


def copied(take: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor, Story]:
    """A drawn tensor of a net, what was taken of it and put into a second one, and that one's story."""
    with provenance() as story, torch.no_grad():
        net = nn.Module()
        net.a = nn.Parameter(nn.init.normal_(torch.empty(64, 64)))
        taken = take(net.a)
        net.b = nn.Parameter(torch.zeros_like(taken))
        net.b.copy_(taken)
    return net.a.detach(), net.b.detach(), story[net.b]


@pytest.mark.parametrize(
    ("take", "part", "taken"),
    [
        (lambda w: w[:32], "[:32]", lambda w: w[:32]),
        (lambda w: w[32:], "[32:]", lambda w: w[32:]),
        (lambda w: w[::2], "[::2]", lambda w: w[::2]),
        (lambda w: w[:, 8:16], "[:, 8:16]", lambda w: w[:, 8:16]),
        (lambda w: w[5], "[5]", lambda w: w[5]),
        (lambda w: w.t()[:10], "[:, :10]", lambda w: w[:, :10].t()),
        (lambda w: w.chunk(4)[2], "[32:48]", lambda w: w[32:48]),
        (lambda w: w[:8].clone(), "[:8]", lambda w: w[:8]),
        (lambda w: w.clone(), "", lambda w: w),
        (lambda w: copy.deepcopy(w.detach()), "", lambda w: w),
        (lambda w: w, "", lambda w: w),
    ],
)
def test_a_copy_of_a_part_names_the_tensor_and_the_part(
    take: Callable[[Tensor], Tensor], part: str, taken: Callable[[Tensor], Tensor]
) -> None:
    a, b, told = copied(take)
    assert torch.equal(b, taken(a))
    assert (told.kind, told.source, told.source_part) == ("copied", "a", part)
    assert in_words(told).startswith(f"copied from a{part} in ")


@pytest.mark.parametrize("take", [lambda w: w.clone()[:4].clone(), lambda w: w[:4].clone()[:2]])
def test_a_part_of_a_copy_that_the_net_lacks_has_no_name(take: Callable[[Tensor], Tensor]) -> None:
    assert copied(take)[2].source is None


def test_a_deep_copied_state_dict_that_is_loaded_names_what_it_was_copied_from() -> None:
    with provenance() as story:
        net: Any = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Linear(6, 6), nn.BatchNorm1d(6))
        nn.init.xavier_normal_(net[0].weight)
        for source, layer in zip(net[:2], net[2:], strict=True):
            layer.load_state_dict(copy.deepcopy(source.state_dict()))
    assert [story[tensor].source for tensor in net[2:].state_dict(keep_vars=True).values()] == list(
        net[:2].state_dict()
    )
    told = story[net[2].weight]
    assert told.kind == "loaded"
    assert told.of is not None
    assert (told.of.kind, told.of.function) == ("drawn", "xavier_normal_")


def test_a_deep_copied_layer_is_a_copy_of_each_of_its_tensors() -> None:
    with provenance() as story:
        layer = nn.BatchNorm1d(6)
        net = nn.Sequential(layer, copy.deepcopy(layer))
    for name, tensor in net[1].state_dict(keep_vars=True).items():
        told = story[tensor]
        assert (told.kind, told.source, told.times) == ("copied", f"0.{name}", 1)
        assert told.dtype == str(tensor.dtype).removeprefix("torch.")


def test_views_of_one_memory_are_deep_copied_each() -> None:
    both = torch.empty(0)
    with provenance() as story, torch.no_grad():
        both = torch.cat([torch.zeros(4), torch.ones(4)])
        first, second = copy.deepcopy([both[:4], both[4:]])
    assert first.untyped_storage()._cdata == second.untyped_storage()._cdata
    assert [(story[each].kind, story[each].times) for each in (first, second)] == [("copied", 1)] * 2
    assert [story[each].of.function for each in (first, second)] == ["zeros", "ones"]  # type: ignore[union-attr]


def test_a_table_from_outside_is_unseen_in_the_net_that_takes_it() -> None:
    table, other = torch.randn(5, 3), nn.Linear(3, 3)
    with provenance() as story:
        net = nn.Embedding.from_pretrained(table)  # type: ignore[no-untyped-call]
        net.register_buffer("given", torch.empty(0))
    assert (story[net.weight].kind, story[net.weight].times) == ("unseen", 0)
    assert in_words(story[net.get_buffer("given")]) == "never written: it has no elements"
    with pytest.raises(KeyError, match="made outside"):
        _ = story[other.weight]


def size(story: Story) -> int:
    """How many stories a story is told in."""
    return 1 + sum(map(size, story.earlier)) + (0 if story.of is None else size(story.of))


@pytest.mark.parametrize(
    "turn",
    [
        lambda x, y: (x.add_(y), y.add_(x)),
        lambda x, y: (x.mul_(0.9).sub_(y), y.mul_(0.9).add_(x * 0.1)),
        lambda x, y: (x.copy_(y), y.copy_(x)),
        lambda x, y: (x.copy_(x + x), y.copy_(x + y)),
        lambda x, y: (x.copy_(x * 0.9 + y * 0.1), y.copy_(torch.cat([x[:2], y[:2]]))),
    ],
)
def test_tensors_that_made_each_other_many_times_have_stories_of_a_bounded_size(
    turn: Callable[[Tensor, Tensor], object],
) -> None:
    net = nn.Module()
    with provenance() as story, torch.no_grad():
        net.x, net.y = nn.Parameter(torch.randn(4, 4)), nn.Parameter(torch.randn(4, 4))
        for _ in range(30):
            turn(net.x, net.y)
    for tensor in (net.x, net.y):
        assert story[tensor].times >= 30
        assert size(story[tensor]) < 1000 * story[tensor].times
