"""What is tied and what is not: the kinds K1 to K11 on toy models, against what a poke really changes."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from core.tying import counts, tie, tied_groups, untie, untie_name
from core.walk import named_tensors

Pairs = list[tuple[tuple[str, ...], str]]


class Holder(nn.Module):
    """Two places `a` and `b`."""

    def __init__(self, a: nn.Linear, b: nn.Linear) -> None:
        super().__init__()
        self.a, self.b = a, b


def linear() -> nn.Linear:
    return nn.Linear(4, 4, bias=False)


def same_module() -> Holder:
    shared = linear()
    return Holder(shared, shared)


def same_parameter() -> Holder:
    net = Holder(linear(), linear())
    net.b.weight = net.a.weight
    return net


def same_storage() -> Holder:
    net = Holder(linear(), linear())
    net.b.weight.data = net.a.weight.data
    return net


def transposed() -> Holder:
    net = Holder(linear(), linear())
    net.b.weight = nn.Parameter(net.a.weight.detach().t())
    return net


def sliced(first: slice, second: slice) -> Holder:
    net, big = Holder(linear(), linear()), torch.randn(8, 4)
    net.a.weight, net.b.weight = nn.Parameter(big[first]), nn.Parameter(big[second])
    return net


def overlapping() -> Holder:
    return sliced(slice(0, 4), slice(2, 6))


def disjoint() -> Holder:
    return sliced(slice(0, 4), slice(4, 8))


def interleaved() -> Holder:
    return sliced(slice(0, 8, 2), slice(1, 8, 2))


def equal_copies() -> Holder:
    net = Holder(linear(), linear())
    net.b.load_state_dict(net.a.state_dict())
    return net


def buffer_alias() -> Holder:
    net = Holder(linear(), linear())
    net.b.register_buffer("view", net.a.weight.detach())
    return net


def on_meta() -> Holder:
    return Holder(linear(), linear()).to("meta")


def empty() -> Holder:
    net = Holder(linear(), linear())
    net.a.weight, net.b.weight = nn.Parameter(torch.empty(0, 4)), nn.Parameter(torch.empty(0, 4))
    return net


def expanded() -> Holder:
    net = Holder(linear(), linear())
    net.a.weight = nn.Parameter(torch.randn(4).expand(8, 4))
    return net


_TIED: list[tuple[Callable[[], Holder], Pairs]] = [
    (same_module, [(("a.weight", "b.weight"), "same module")]),
    (same_parameter, [(("a.weight", "b.weight"), "same parameter")]),
    (same_storage, [(("a.weight", "b.weight"), "same storage")]),
    (transposed, [(("a.weight", "b.weight"), "transposed view")]),
    (overlapping, [(("a.weight", "b.weight"), "overlapping slices")]),
    (disjoint, []),
    (interleaved, []),
    (equal_copies, []),
    (buffer_alias, [(("a.weight", "b.view"), "buffer alias")]),
    (on_meta, []),
    (empty, []),
    (expanded, []),
]


@pytest.mark.parametrize(("build", "expected"), _TIED, ids=lambda value: getattr(value, "__name__", ""))
def test_every_kind_of_sharing_is_named_and_nothing_else_is(build: Callable[[], Holder], expected: Pairs) -> None:
    assert [(group.names, group.kind) for group in tied_groups(build())] == expected


@pytest.mark.parametrize("build", [build for build, _ in _TIED if build not in (on_meta, empty, expanded)])
def test_a_poke_reaches_exactly_the_names_said_to_be_tied(build: Callable[[], Holder]) -> None:
    net = build()
    groups = [set(group.names) for group in tied_groups(net)]
    entries = {entry.name: entry.tensor.detach() for entry in named_tensors(net)}
    for name, tensor in entries.items():
        saved = {other: held.clone() for other, held in entries.items()}
        tensor += 1
        moved = {other for other, held in entries.items() if not torch.equal(held, saved[other])}
        assert moved == next((group for group in groups if name in group), {name})
        for other, held in entries.items():
            held.copy_(saved[other])


@pytest.mark.parametrize("build", [build for build, _ in _TIED])
def test_unique_counts_are_those_of_parameters_and_paths_those_of_all_names(build: Callable[[], Holder]) -> None:
    net, counted = build(), counts(build())
    assert counted.unique == sum(p.numel() for p in net.parameters())
    assert counted.by_path == sum(p.numel() for _, p in net.named_parameters(remove_duplicate=False))


@pytest.mark.parametrize(
    ("build", "stored"),
    [
        (same_module, 64), (same_parameter, 64), (same_storage, 64), (transposed, 64), (overlapping, 96),
        (disjoint, 128), (interleaved, 128), (equal_copies, 128), (buffer_alias, 128), (empty, 0), (expanded, 16 + 64),
    ],
)  # fmt: skip
def test_stored_bytes_count_every_byte_once(build: Callable[[], Holder], stored: int) -> None:
    assert counts(build()).stored_bytes == stored


def test_tied_nan_weights_are_tied_although_nan_equals_nothing() -> None:
    net = same_parameter()
    nn.init.constant_(net.a.weight, float("nan"))
    assert len(tied_groups(net)) == 1


def test_three_names_are_one_group() -> None:
    shared = linear()
    net = nn.Sequential(shared, shared, nn.Sequential(shared))
    assert [group.names for group in tied_groups(net)] == [("0.weight", "1.weight", "2.0.weight")]


def test_tying_makes_one_object_and_untying_gives_equal_values_back() -> None:
    net = nn.Sequential(linear(), linear())
    tie(net, "0.weight", "1.weight")
    assert net[1].weight is net[0].weight
    untie(net, "1.weight")
    assert net[1].weight is not net[0].weight
    assert torch.equal(net.get_parameter("1.weight"), net.get_parameter("0.weight"))
    assert tied_groups(net) == ()


def test_untying_a_module_that_stands_twice_needs_the_module() -> None:
    net = same_module()
    assert untie_name(net, "b.weight") == "b"
    with pytest.raises(ValueError, match="module 'b' stands in two places; untie 'b' instead"):
        untie(net, "b.weight")
    untie(net, "b")
    assert net.a is not net.b
    assert torch.equal(net.a.weight, net.b.weight)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("0.weight", "0.weight", "cannot be tied to itself"),
        ("0.weight", "1.weight", "tied tensors need one shape and dtype"),
        ("0", "1", "tied modules need one type and equal parameter shapes"),
        ("2", "2.0", "one contains the other"),
        ("0.weight", "9.weight", "there is no module '9'"),
        ("0.weight", "1.gain", "there is no tensor '1.gain'"),
    ],
)
def test_a_tie_that_does_not_fit_is_refused_and_changes_nothing(source: str, target: str, said: str) -> None:
    net = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 1), nn.Sequential(nn.Linear(4, 8)))
    before = {name: id(p) for name, p in net.named_parameters()}
    with pytest.raises(ValueError, match=said):
        tie(net, source, target)
    assert {name: id(p) for name, p in net.named_parameters()} == before
