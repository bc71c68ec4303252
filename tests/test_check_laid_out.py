"""Tensors that a constructor lays out of others, by the command: repeated, stacked, padded, cut to triangles."""

from pathlib import Path

import pytest

from core.check.checking import check
from core.questions.theory import VerdictRow

#: The lines of a constructor that leave a tensor `w`, each block of which is as what wrote it.
HELD = {
    "ICNR, interleaved": "s = normal_(empty(16, 8, 3, 3)); w = s.repeat_interleave(4, dim=0)",
    "ICNR, repeated": "s = normal_(empty(16, 8, 3, 3)); w = s.repeat(4, 1, 1, 1)",
    "ICNR, joined": "s = normal_(empty(16, 8, 3, 3)); w = cat([s] * 4)",
    "ICNR, expanded": "s = normal_(empty(16, 8, 3, 3)); w = s[:, None].expand(16, 4, 8, 3, 3).reshape(64, 8, 3, 3)",
    "ICNR, turned as fastai does": (
        "k = normal_(empty(16, 8, 3, 3)).transpose(0, 1).contiguous().view(16, 8, -1).repeat(1, 1, 4);"
        "w = k.contiguous().view(8, 64, 3, 3).transpose(0, 1)"
    ),
    "ICNR, copied in a loop": "s = randn(16, 32); w = empty(64, 32); [w[i::4].copy_(s) for i in range(4)]",
    "ICNR of blocks drawn apart": "s = cat([randn(8, 32), randn(8, 32)]); w = s.repeat_interleave(4, dim=0)",
    "a draw among two of another": "a = randn(16, 32); w = cat([a, a, randn(16, 32)])",
    "a draw joined with what was joined of it": "a = randn(16, 32); k = cat([a, a]); w = cat([k, a, k])",
    "one draw scaled twice alike": "a = randn(16, 32); w = cat([a * x for x in (2, 2)])",
    "parts of a draw that overlap": "a = randn(16, 32); w = cat([a[:12], a[4:]])",
    "a draw and its negative": "a = randn(16, 32); w = cat([a, -a])",
    "a draw cut and joined in another order": "w = cat(randn(64, 32).chunk(4)[::-1])",
    "experts": "w = stack([normal_(empty(32, 16)) for _ in range(4)])",
    "experts of layers, scaled": "w = stack([nn.Linear(32, 16).weight.data for _ in range(4)]) * 0.5",
    "experts side by side": "w = stack([randn(32, 16), zeros(32, 16)], -1)",
    "q, k and v": "w = cat([nn.Linear(32, 16).weight.data for _ in range(3)])",
    "gates, each orthogonal": "w = cat([orthogonal_(empty(16, 16)) for _ in range(3)])",
    "joined into what there is": "w = empty(32, 16); cat([randn(16, 16), zeros(16, 16)], out=w)",
    "the identity": "w = eye(16, 8)",
    "the identity, scaled": "w = 0.1 * eye(16)",
    "the identity, scaled in place and in half": "w = eye_(empty(16, 16)).mul_(0.3).half()",
    "the identity below itself": "w = eye(16).repeat(2, 1)",
    "the identity and noise": "w = eye(64) + 0.01 * randn(64, 64)",
    "the identity, three times, and noise in place": "w = 0.01 * randn(64, 64); w.sub_(eye(64), alpha=-3)",
    "the identity and noise in half": "w = (eye(64) - 0.5 * randn(64, 64)).bfloat16()",
    "a diagonal of ones": "w = diag(ones(16))",
    "a diagonal of draws": "w = diag(randn(64))",
    "a lower triangle": "w = tril(randn(64, 64))",
    "an upper triangle beside zero": "w = (rand(64, 64) + 1).triu(1)",
    "triangles of several matrices, in place": "w = randn(3, 32, 32); w.tril_(-1)",
    "a mask of the past": "w = tril(ones(16, 16)).view(1, 1, 16, 16)",
    "a triangle of nothing": "w = randn(16, 16).triu(100)",
    "a diagonal set, then arithmetic": (
        "w = randn(32, 32) * 0.001; w.fill_diagonal_(1.0).mul_(0.3).add_(0.1).mul_(1 / 3)"
    ),
    "padded": "w = pad(randn(32, 32), (2, 8, 1, 0), value=1.5)",
    "padded and cut": "w = pad(randn(32, 32), (-2, 8))",
    "flipped": "w = randn(32, 32).flip(0)",
    "rolled": "w = randn(32, 32).roll(3, 0)",
    "turned and laid out anew": "w = randn(32, 32, 4).permute(2, 0, 1).contiguous()",
    "a row for all rows": "w = empty(16, 64); w.copy_(randn(64))",
}
#: Of these nothing is known for certain.
OPEN = {
    "rows chosen": "w = randn(32, 32).index_select(0, tensor([3, 1, 3, 0]))",
    "chosen by a mask": "w = where(rand(32, 32) < 0.5, randn(32, 32), zeros(32, 32))",
    "filled by a mask": "w = randn(32, 32).masked_fill(rand(32, 32) < 0.5, 0.0)",
    "two draws added": "w = randn(32, 32) + randn(32, 32)",
    "a triangle by a product": "w = randn(32, 32) * tril(ones(32, 32))",
    "a triangle of a turned triangle": "w = randn(32, 32).tril().T.triu()",
    "a triangle turned": "w = randn(32, 32).tril().T",
    "a triangle of a triangle": "w = randn(32, 32).tril().triu()",
    "a flipped identity": "w = eye(16).flip(0)",
    "the identity as whole numbers": "w = (eye(8) * 0.1).long().float()",
    "the turned identity beside zeros, and noise": "w = eye(32, 64)[:, :32].repeat(1, 2) + randn(32, 64)",
    "an expanded view": "w = randn(64, 1).expand(64, 8)",
    "windows that overlap": "w = randn(130).unfold(0, 16, 1)",
    "windows that overlap, laid out": "w = randn(130).unfold(0, 16, 1).contiguous()",
    "one over a draw": "w = 1 / (rand(64) + 0.5)",
}
#: Repeats that the story does not explain.
FOUND = {
    "experts of one seed": "w = stack([manual_seed(0) and randn(32, 16) for _ in range(4)])",
    "blocks of one seed, joined": "w = cat([manual_seed(0) and randn(32, 16) for _ in range(4)])",
    "blocks of one seed, each repeated": (
        "b = [manual_seed(3) and randn(8, 32) for _ in range(2)]; w = cat(b).repeat_interleave(4, dim=0)"
    ),
}
HEAD = """
from torch import *
from torch import nn, special
from torch.nn.functional import pad
from builtins import range
from torch.nn.init import eye_, normal_, orthogonal_


def build():
    net = nn.Module()
"""


def _row(folder: Path, lines: str, end: str, seed: int = 0) -> VerdictRow:
    body = "\n".join(f"    {line.strip()}" for line in lines.split(";"))
    (folder / "laid.py").write_text(f"{HEAD}{body}\n    {end}\n    return net\n", encoding="utf-8")
    (found,) = check(f"{folder / 'laid.py'}:build", None, seed).rows
    return found


@pytest.mark.parametrize("lines", HELD.values(), ids=HELD)
def test_each_block_is_as_what_wrote_it(lines: str, tmp_path: Path) -> None:
    for seed in range(3):
        found = _row(tmp_path, lines, "net.w = nn.Parameter(w)", seed)
        assert found.verdict.kind == "consistent", (found.source, found.verdict.sentence)


@pytest.mark.parametrize(
    "end",
    [
        "net.w = nn.Parameter(empty(64, 8, 3, 3)); net.w.data.copy_(w)",
        "net.w = nn.Parameter(empty(64, 8, 3, 3)); net.w.data = w",
        "net.w = nn.Parameter(zeros(64, 8, 3, 3)); net.w.data[:] = w",
        "net.w = nn.Parameter(w.clone() * 2)",
    ],
)
@pytest.mark.parametrize("name", [name for name in HELD if name.startswith("ICNR, ") and "loop" not in name])
def test_blocks_stay_known_however_they_reach_the_layer(name: str, end: str, tmp_path: Path) -> None:
    found = _row(tmp_path, HELD[name], end.replace("; ", "\n    "))
    assert found.verdict.kind == "consistent", (found.source, found.verdict.sentence)
    assert "3 other places have such values once more" in found.verdict.sentence


@pytest.mark.parametrize("lines", OPEN.values(), ids=OPEN)
def test_nothing_is_promised_where_values_could_be_others(lines: str, tmp_path: Path) -> None:
    found = _row(tmp_path, lines, "net.w = nn.Parameter(w)")
    assert found.verdict.kind == "no theory", found.verdict.sentence


@pytest.mark.parametrize("lines", FOUND.values(), ids=FOUND)
def test_repeats_that_the_story_does_not_explain_are_found(lines: str, tmp_path: Path) -> None:
    found = _row(tmp_path, lines, "net.w = nn.Parameter(w)")
    assert found.verdict.kind == "violates"
    assert "come again" in found.verdict.sentence or "equal bit for bit" in found.verdict.sentence


def test_a_copy_that_was_changed_is_judged_as_what_changed_it(tmp_path: Path) -> None:
    lines = HELD["ICNR, repeated"]
    found = _row(tmp_path, lines, "net.w = nn.Parameter(w)\n    net.w.data[16:32].mul_(2)")
    assert found.verdict.kind == "consistent"
    assert "2 other places" in found.verdict.sentence


DECLARED = """
from torch import empty, nn

expects = {"weight": normal(0, 0.02)}


def build():
    net = nn.Conv2d(8, 64, 3, bias=False)
    drawn = nn.init.normal_(empty(16, 8, 3, 3), 0, STD)
    net.weight.data.copy_(drawn.repeat_interleave(4, dim=0))
    return net
"""


@pytest.mark.parametrize(("std", "kind"), [(0.02, "consistent"), (0.03, "violates")])
def test_a_declaration_is_held_against_the_distinct_draws(std: float, kind: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(DECLARED.replace("STD", str(std)), encoding="utf-8")
    (found,) = check(f"{tmp_path / 'net.py'}:build", None, 0).rows
    assert found.verdict.kind == kind, found.verdict.sentence


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("w = 1 / (rand(64) + 0.5)", "drawn by rand and then add(other=0.5) and then reciprocal and then mul(other=1)"),
        ("w = 2 ** rand(64)", "drawn by rand and then pow(self=2)"),
        ("w = 1 - rand(64)", "drawn by rand and then rsub(other=1)"),
        ("w = rand(64) ** 2", "drawn by rand and then pow(exponent=2)"),
        ("w = 2 / full((8,), 4.0)", "filled by full(fill_value=4) and then reciprocal and then mul(other=2)"),
        ("w = special.erf(rand(64)) * 2", "filled by erf and then mul(other=2)"),
        ("w = trunc_normal_(empty(64, 64), std=0.02)", "drawn by trunc_normal_"),
    ],
)
def test_the_words_say_the_whole_chain(lines: str, says: str, tmp_path: Path) -> None:
    lines = lines.replace("trunc_normal_", "nn.init.trunc_normal_")
    assert _row(tmp_path, lines, "net.w = nn.Parameter(w)").source.startswith(says)


@pytest.mark.parametrize(
    "lines",
    [
        "w = nn.init.trunc_normal_(empty(64, 64), std=0.02)",
        "w = nn.init.trunc_normal_(empty(64, 64), std=0.02, a=-0.04, b=0.04)",
        "w = nn.init.trunc_normal_(empty(64, 64)) * 0.02",
        "w = rand(64, 64) * 0.6 - 0.3",
    ],
)
def test_a_mean_that_is_rounding_noise_is_said_as_zero(lines: str, tmp_path: Path) -> None:
    sentence = _row(tmp_path, lines, "net.w = nn.Parameter(w)").verdict.sentence
    assert sentence.startswith("std about 0 is"), sentence
