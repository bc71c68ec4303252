"""Which elements nobody wrote, however they were written; the oracle tries what they are in two memories."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core import provenance
from core.observation import Story
from core.questions.story_words import in_full, unwritten

Empty = Callable[..., Tensor]
Make = Callable[[Empty], Tensor]
ROWS, COLUMNS = 24, 10


def filled_with(value: float) -> Empty:
    """Makes tensors as memory might be found."""
    return lambda *shape: torch.full(shape, value)


def depending(make: Make) -> int:
    """How many elements depend on what was in memory."""
    made = []
    for value in (7.25, 9.5):
        torch.manual_seed(1)
        made.append(make(filled_with(value)).detach())
    return int((made[0] != made[1]).sum())


def observed(make: Make) -> tuple[Tensor, Story]:
    torch.manual_seed(1)
    with provenance() as story:
        parameter = nn.Parameter(make(torch.empty))
    return parameter, story[parameter]


def writing(write: Callable[[Tensor], object], *then: Callable[[Tensor], Tensor]) -> Make:
    """Memory as it was found, written to, and what is made of that."""

    def make(empty: Empty) -> Tensor:
        w = empty(ROWS, COLUMNS)
        write(w)
        for change in then:
            w = change(w)
        return w

    return make


def by_mask(w: Tensor) -> None:
    kept = torch.rand(w.shape) < 0.5
    w[kept] = 0.0
    w[~kept] = 1.0


def by_permutation(w: Tensor) -> None:
    order = torch.randperm(len(w))
    w[order[:9]] = 0.0
    w[order[9:]] = torch.randn(len(w) - 9, w.shape[1])


def by_columns(w: Tensor) -> None:
    for column in range(w.shape[1]):
        w[torch.arange(len(w)), column] = float(column)


def half(w: Tensor) -> None:
    w[torch.randperm(len(w))[: len(w) // 2]] = 1.0


def set_at(index: object, value: object = 1.0) -> Callable[[Tensor], None]:
    def write(w: Tensor) -> None:
        w[index] = value  # type: ignore[index, assignment]  # whatever torch takes

    return write


ALL_ROWS, ALL_COLUMNS = torch.arange(ROWS), torch.arange(COLUMNS)
VALUES = torch.linspace(-1, 1, ROWS * COLUMNS).reshape(ROWS, COLUMNS)
EVERYWHERE, NOWHERE = torch.ones(ROWS, COLUMNS).bool(), torch.zeros(ROWS, COLUMNS).bool()
SOME = VALUES > 0.3

WRITTEN: dict[str, Callable[[Tensor], object]] = {
    "a mask and its opposite": by_mask,
    "a permutation in two halves": by_permutation,
    "column by column": by_columns,
    "half of the rows": half,
    "an index of all rows": set_at(ALL_ROWS, VALUES),
    "a range": set_at(range(ROWS)),
    "indices of both axes": set_at((ALL_ROWS.unsqueeze(1), ALL_COLUMNS)),
    "some of both axes": set_at((torch.tensor([1, 5, 5]).unsqueeze(1), torch.tensor([0, 9]))),
    "a list": set_at([0, 2, 3]),
    "scatter_": lambda w: w.scatter_(1, ALL_COLUMNS.repeat(ROWS, 1), VALUES),
    "scatter_ of a number into a part": lambda w: w[:9].scatter_(1, torch.tensor([[0, 3]]).repeat(9, 1), 2.0),
    "scatter_ that adds": lambda w: w.scatter_(1, ALL_COLUMNS.repeat(ROWS, 1), 2.0, reduce="add"),
    "scatter_add_": lambda w: w.scatter_add_(1, ALL_COLUMNS.repeat(ROWS, 1), VALUES),
    "put_": lambda w: w.put_(torch.arange(ROWS * COLUMNS), VALUES),
    "put_ that adds": lambda w: w.put_(torch.arange(ROWS * COLUMNS), VALUES, accumulate=True),
    "put_ into some": lambda w: w.put_(torch.tensor([0, 1, 99, -1]), torch.ones(4)),
    "masked_scatter_": lambda w: w.masked_scatter_(EVERYWHERE, VALUES),
    "masked_scatter_ into some": lambda w: w.masked_scatter_(SOME, VALUES),
    "index_fill_": lambda w: w.index_fill_(0, ALL_ROWS, 1.0),
    "index_fill_ of some": lambda w: w.index_fill_(1, torch.tensor([1, 2]), 1.0),
    "index_copy_": lambda w: w.index_copy_(0, ALL_ROWS, VALUES),
    "index_add_": lambda w: w.index_add_(0, ALL_ROWS, VALUES),
    "masked_fill_ everywhere": lambda w: w.masked_fill_(EVERYWHERE, 1.0),
    "masked_fill_ nowhere": lambda w: w.masked_fill_(NOWHERE, 1.0),
    "masked_fill_ of some": lambda w: w.masked_fill_(SOME, torch.tensor(1.0)),
    "through a transpose": lambda w: w.t()[torch.arange(4)].shape and w.t().index_fill_(0, torch.arange(4), 0.0),
    "into every second row": lambda w: w[::2].masked_fill_(torch.ones(ROWS // 2, COLUMNS).bool(), 0.0),
    "lerp_ to its end": lambda w: w.lerp_(VALUES, 1.0),
    "lerp_ half the way": lambda w: w.lerp_(VALUES, 0.5),
    "addmm_ without what was there": lambda w: w.addmm_(torch.ones(ROWS, 2), torch.ones(2, COLUMNS), beta=0),
    "addmm_": lambda w: w.addmm_(torch.ones(ROWS, 2), torch.ones(2, COLUMNS)),
    "out=": lambda w: torch.mm(torch.ones(ROWS, 2), torch.ones(2, COLUMNS), out=w),
    "a product with itself, out=": lambda w: torch.mul(w, 2.0, out=w),
    "a slice, and an index for the rest": lambda w: (w[:9].zero_(), set_at(torch.arange(9, ROWS))(w)),
    "an index, and normal_ over it": lambda w: w.index_fill_(0, ALL_ROWS[:3], 1.0).normal_(),
    "NumPy": lambda w: w.numpy().fill(1.0),
    "torch._foreach_zero_": lambda w: torch._foreach_zero_([w]),
    "mul_": lambda w: w.mul_(2.0),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_what_nobody_wrote_is_what_depends_on_what_was_in_memory(way: str) -> None:
    make = writing(WRITTEN[way])
    tensor, story = observed(make)
    assert unwritten(story, tuple(tensor.shape)) == depending(make)


FLOWING: dict[str, Make] = {
    "added to what was drawn": lambda empty: empty(ROWS, COLUMNS) + VALUES,
    "a row added to all": lambda empty: VALUES - empty(COLUMNS),
    "added in place": lambda empty: VALUES.clone().add_(empty(COLUMNS)),
    "doubled": lambda empty: empty(ROWS, COLUMNS) * 2,
    "index_select": lambda empty: empty(ROWS, COLUMNS).index_select(0, torch.tensor([1, 1, 3])),
    "indexed": lambda empty: empty(ROWS, COLUMNS)[torch.tensor([1, 1, 3])],
    "gathered": lambda empty: torch.cat([empty(2, 3), torch.ones(2, 3)]).gather(0, torch.tensor([[0, 3, 1]])),
    "where a mask says": lambda empty: torch.where(SOME, empty(ROWS, COLUMNS), torch.zeros(ROWS, COLUMNS)),
    "where a mask says, else a number": lambda empty: torch.where(SOME, empty(ROWS, COLUMNS), 0.0),
    "where never": lambda empty: torch.where(NOWHERE, empty(ROWS, COLUMNS), 0.0),
    "masked out": lambda empty: empty(ROWS, COLUMNS).masked_fill(EVERYWHERE, 0.0),
    "joined": lambda empty: torch.cat([empty(4, COLUMNS), VALUES]),
    "stacked": lambda empty: torch.stack([VALUES, empty(ROWS, COLUMNS)], dim=1),
    "padded": lambda empty: nn.functional.pad(empty(4, 4), (1, 2)),
    "lower triangle": lambda empty: empty(12, 12).tril(),
    "turned around": lambda empty: torch.cat([empty(4, 3), torch.ones(4, 3)]).flip(0),
    "in half precision": lambda empty: empty(12, 12).half(),
    "cloned": lambda empty: empty(12, 12).clone(),
    "copied deeply": lambda empty: copy.deepcopy(empty(12, 12)),
    "copied into what was drawn": lambda empty: VALUES.clone().copy_(empty(ROWS, COLUMNS)),
    "a matrix product": lambda empty: empty(6, 3) @ torch.ones(3, 4),
    "zeros like it": lambda empty: torch.zeros_like(empty(6, 3)),
    "half of it, copied deeply": writing(half, copy.deepcopy),
    "half of it, transposed": writing(half, lambda w: w.t().contiguous()),
    "half of it, doubled": writing(half, lambda w: w * 2),
    "half of it, of which a half": writing(half, lambda w: w[:12]),
    "by a mask, cloned": writing(by_mask, torch.clone),
    "by a mask, doubled": writing(by_mask, lambda w: w * 2),
    "by slices, doubled": writing(lambda w: (w[:9].zero_(), w[9:].normal_()), lambda w: w * 2),
    "some by slices, doubled": writing(lambda w: w[:9].zero_(), lambda w: w * 2),
    "an index of its own values": writing(half, lambda w: w.index_put_((ALL_ROWS,), w * 2)),
    "put where it was, after it was read": writing(half, lambda w: w.add_(w.clone())),
}


@pytest.mark.parametrize("way", FLOWING)
def test_what_was_computed_from_memory_as_it_was_found_is_no_more_than_that(way: str) -> None:
    tensor, story = observed(FLOWING[way])
    assert unwritten(story, tuple(tensor.shape)) == depending(FLOWING[way])


def test_memory_that_grows_is_not_written_where_it_grew() -> None:
    _, story = observed(lambda _: torch.randn(10, 50).resize_(64, 50))
    assert unwritten(story, (64, 50)) == 54 * 50
    _, story = observed(lambda _: torch.randn(10, 50).resize_as_(torch.ones(64, 50)).normal_())
    assert unwritten(story, (64, 50)) == 0
    _, story = observed(lambda _: torch.randn(10, 50).resize_(5, 50))
    assert unwritten(story, (5, 50)) == 0


@pytest.mark.parametrize("way", ["a mask and its opposite", "scatter_", "lerp_ to its end", "put_"])
def test_the_story_of_what_was_fully_written_tells_of_no_memory_as_it_was_found(way: str) -> None:
    _, story = observed(writing(WRITTEN[way]))
    told = in_full(story)
    assert "never written" not in told
    assert "as it was found" not in told
    assert told.startswith("filled by ")


def test_what_was_partly_written_tells_how_much_is_left() -> None:
    _, story = observed(writing(half))
    assert in_full(story).endswith("; 120 elements of it are memory as it was found")


@pytest.mark.parametrize("way", ["a mask and its opposite", "put_ into some", "lerp_ to its end"])
def test_it_is_known_without_changing_a_value_or_the_random_stream(way: str) -> None:
    def run() -> tuple[Tensor, Tensor]:
        torch.manual_seed(5)
        w = torch.zeros(ROWS, COLUMNS)
        WRITTEN[way](w)
        return w, torch.rand(3)

    plain = run()
    empty = torch.empty
    with provenance(), torch.no_grad():
        torch.manual_seed(5)
        w: Any = empty(ROWS, COLUMNS)
        w.untyped_storage().fill_(0)
        WRITTEN[way](w)
        seen = w, torch.rand(3)
    assert all(torch.equal(one, other) for one, other in zip(plain, seen, strict=True))


def test_where_indices_are_not_at_hand_nothing_is_claimed() -> None:
    with provenance() as story:
        w = torch.empty(4, 4, device="meta")
        w[torch.arange(4, device="meta")] = 1.0
    assert unwritten(story[w], (4, 4)) == 0


def test_where_it_cannot_be_followed_the_places_are_said_to_be_unknown() -> None:
    with provenance() as story:
        w = torch.empty(8, 8, dtype=torch.complex64)
        torch.view_as_real(w)[torch.arange(8)] = 1.0
    assert unwritten(story[w], (8, 8)) == 0
    assert "[…]" in in_full(story[w])
