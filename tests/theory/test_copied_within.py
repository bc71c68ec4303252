"""What repeats in a tensor of which nothing is promised is said, and is no violation; what is meant to is not said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core import provenance
from core.check import main
from core.questions.theory import Verdict
from core.theory import copied_within
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins_when_built

Make = Callable[[], Tensor]


def verdict(make: Make, *, trained: bool = True, observed: bool = True) -> Verdict:
    """On a parameter of that value, made when it is observed or before."""
    net = nn.Module()
    torch.manual_seed(0)
    early = None if observed else make()
    with provenance() as story, torch.no_grad():
        net.w = nn.Parameter(make() if early is None else early, requires_grad=trained)
    return ModelCheck(net, origins_when_built(net, story.of(net))).tensor("w").verdict


def normals(*shape: int) -> Tensor:
    """Values that no story promises anything of."""
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def with_equal(axis: int, one: int, other: int, *shape: int) -> Make:
    def make() -> Tensor:
        w = normals(*shape)
        w.select(axis, other).copy_(w.select(axis, one))
        return w

    return make


def crossed(tile: Tensor) -> Tensor:
    """A tile in two corners, others in the other two."""
    return torch.cat([torch.cat([tile, 2 * tile], 1), torch.cat([3 * tile, tile], 1)])


REPEATED: dict[str, tuple[Make, str]] = {
    "rows": (with_equal(0, 0, 3, 6, 5), "rows 0 and 3 are equal bit for bit"),
    "rows of a large one": (with_equal(0, 17, 2000, 3000, 200), "rows 17 and 2,000 are equal bit for bit"),
    "rows of a small one": (lambda: normals(3)[[0, 1, 2, 0, 1, 2]].reshape(2, 3), "rows 0 and 1 are equal bit for bit"),
    "columns": (with_equal(1, 2, 5, 8, 7), "columns 2 and 5 are equal bit for bit"),
    "filters": (with_equal(0, 1, 4, 6, 3, 3, 3), "slices 1 and 4 along axis 0 are equal bit for bit"),
    "channels": (with_equal(1, 0, 2, 6, 3, 3, 3), "slices 0 and 2 along axis 1 are equal bit for bit"),
    "halves": (lambda: torch.cat([normals(8, 4)] * 2), "its rows repeat with a period of 8, bit for bit"),
    "halves across": (lambda: torch.cat([normals(8, 4)] * 2, 1), "its columns repeat with a period of 4, bit for bit"),
    "all rows": (lambda: normals(1, 8)[[0] * 10], "rows 0 and 1 are equal bit for bit; in all 9 repeat another"),
    "halves of a vector": (lambda: torch.cat([normals(5)] * 2), "the 5 values from [0] on come again from [5] on"),
    "a vector in eighths": (lambda: torch.cat([normals(4)] * 8), "from [0] on come again from [4] on"),
    "two thirds of a vector": (
        lambda: torch.cat([normals(6), 2 * normals(6), normals(6)]),
        "the 6 values from [0] on come again from [12] on",
    ),
    "crossed tiles": (lambda: crossed(normals(4, 4)), "from [0, 0] on come again from [4, 4] on"),
    "rows beside zeros": (
        lambda: torch.tril(normals(30, 30))[[*range(29), 15]],
        "rows 15 and 29 are equal bit for bit",
    ),
    "rows in bfloat16": (lambda: with_equal(0, 0, 3, 6, 16)().bfloat16(), "rows 0 and 3 are equal bit for bit"),
}


@pytest.mark.parametrize("observed", [True, False])
@pytest.mark.parametrize("name", REPEATED)
def test_what_repeats_is_said_and_violates_nothing(name: str, observed: bool) -> None:
    make, said = REPEATED[name]
    found = verdict(make, observed=observed)
    assert found.kind == "no theory"
    assert said in found.sentence


def levels(*shape: int, of: int) -> Tensor:
    return (torch.from_numpy(np.random.default_rng(1).integers(0, of, shape)) + 0.1).float() / 7


MEANT: dict[str, Make] = {
    "one value everywhere": lambda: torch.full((6, 5), 0.3) + 0 * normals(6, 5),
    "rows of one value": lambda: torch.tensor([0.1, 0.2, 0.35, 0.7])[:, None] * torch.ones(5),
    "typed numbers": lambda: torch.tensor([[0.1, -0.2, 0.3], [0.1, -0.2, 0.3]]),
    "an identity": lambda: 0.3 * torch.eye(9),
    "identities side by side": lambda: torch.cat([0.3 * torch.eye(9)] * 3),
    "a Dirac": lambda: nn.init.dirac_(torch.empty(6, 6, 3, 3)) * 0.7,
    "a mask": lambda: torch.tril(torch.full((12, 12), -0.7)),
    "signs": lambda: levels(64, 3, of=2),
    "levels": lambda: levels(300, 3, of=12),
    "many levels": lambda: levels(300, 3, of=40),
    "whole numbers": lambda: torch.arange(60.0).reshape(20, 3) // 7,
    "a draw": lambda: normals(40, 30),
    "a draw in bfloat16": lambda: normals(40, 3).bfloat16(),
    "a draw in float8": lambda: normals(4000).to(torch.float8_e4m3fn).float(),
    "expanded": lambda: torch.randn(1, 8).expand(6, 8),
    "expanded, then copied": lambda: torch.randn(1, 8).expand(6, 8).clone(),
    "repeated": lambda: torch.randn(2, 8).repeat(3, 1) * 0.1,
    "tiled": lambda: torch.randn(2, 8).tile(3, 2),
    "interleaved": lambda: torch.randn(4, 8, 1, 1).repeat_interleave(4, 0),
    "upsampled": lambda: nn.functional.interpolate(torch.randn(2, 2, 3, 3), scale_factor=2),
    "broadcast": lambda: torch.empty(6, 8).copy_(torch.randn(8)),
}


@pytest.mark.parametrize("name", MEANT)
def test_what_is_meant_to_repeat_or_cannot_be_told_from_chance_is_not_said(name: str) -> None:
    found = verdict(MEANT[name])
    assert "bit for bit" not in found.sentence
    assert found.kind not in ("violates", "inconsistent")


DRAWS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "normal": lambda z, _: z,
    "uniform": lambda _, u: u,
    "half": lambda z, _: z.half().float(),
    "bfloat16": lambda z, _: z.bfloat16().float(),
    "float8": lambda z, _: z.to(torch.float8_e4m3fn).float(),
    "one decimal": lambda z, _: (10 * z).round() / 10,
    "50 levels": lambda _, u: (50 * u).floor() / 70,
    "300 levels": lambda _, u: (300 * u).floor() / 311,
    "sparse": lambda z, _: z * (z.abs() > 1),
    "signs": lambda z, _: 0.123456789 * z.sign(),
    "half of them one number": lambda z, u: torch.where(u < 0.5, z, torch.tensor(0.7123)),
    "clamped": lambda z, _: z.clamp(-0.51234, 0.51234),
}


@pytest.mark.parametrize("kind", DRAWS)
def test_what_was_drawn_independently_is_never_said_to_repeat(kind: str) -> None:
    for seed in range(12):
        chance = torch.Generator().manual_seed(seed)
        for shape in ((7,), (40,), (3, 5), (2, 2), (30, 20), (64, 3), (4, 3, 3, 3), (5000,), (2, 900)):
            w = DRAWS[kind](torch.randn(shape, generator=chance), torch.rand(shape, generator=chance))
            assert copied_within._of(w) == "", (seed, shape)


@pytest.mark.parametrize("kind", ["normal", "uniform", "half", "300 levels", "sparse", "half of them one number"])
def test_copied_slices_are_found_always(kind: str) -> None:
    for seed in range(12):
        chance = torch.Generator().manual_seed(seed)
        for shape in ((4, 40), (64, 64), (300, 20), (8, 16, 3, 3)):
            w = DRAWS[kind](torch.randn(shape, generator=chance), torch.rand(shape, generator=chance))
            one, other = torch.randperm(shape[0], generator=chance)[:2].sort().values.tolist()
            w[other] = w[one]
            said = copied_within._of(w)
            named = f"{'rows' if len(shape) == 2 else 'slices'} {one} and {other}"
            run = f"values from [{one}, "
            assert named in said or (kind in ("sparse", "half of them one number") and run in said), (seed, shape)


def test_a_computed_table_repeats_by_its_rule() -> None:
    def table() -> Tensor:
        angles = torch.arange(40.0)[:, None] / 100 ** (torch.arange(8.0) / 8)
        return torch.cat([angles.sin(), angles.sin()], 1)

    assert "bit for bit" not in verdict(table, trained=False).sentence
    assert "columns repeat with a period of 8" in verdict(table).sentence


def test_a_half_that_was_copied_from_the_other_is_said_where_both_are_promised() -> None:
    net = nn.Linear(6, 8)
    with provenance() as story, torch.no_grad():
        net = nn.Linear(6, 8)
        net.weight[4:] = net.weight[:4]
    found = ModelCheck(net, origins_when_built(net, story.of(net))).tensor("weight").verdict
    assert found.kind not in ("violates", "inconsistent")
    assert found.sentence.endswith("its rows repeat with a period of 4, bit for bit")


def test_the_command_says_it_and_its_exit_status_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "import torch\nfrom torch import nn\n\n"
        "def build():\n    net = nn.Linear(64, 32)\n    with torch.no_grad():\n"
        "        net.weight.copy_(torch.linalg.qr(torch.randn(64, 32))[0].T)\n        net.weight[3] = net.weight[0]\n"
        "    return net\n"
    )
    assert main([f"{file}:build"]) == 0
    assert "; rows 0 and 3 are equal bit for bit" in capsys.readouterr().out
