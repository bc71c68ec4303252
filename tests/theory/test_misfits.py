"""What a declaration says that no tensor of a model can be."""

import pytest

from core.recipe import expects
from core.theory.misfits import misfits

ENTRIES: list[tuple[str, tuple[int, ...] | None]] = [
    ("0.weight", (80, 40)),
    ("0.bias", (80,)),
    ("1.weight", (80,)),
    ("lstm.bias_hh_l0", (32,)),
    ("emb.weight", (10, 4)),
    ("lazy.weight", None),
    ("empty.weight", (5, 0)),
]


def said(text: str) -> list[str]:
    return misfits(expects.parse(text), ENTRIES)


@pytest.mark.parametrize(
    "text",
    [
        "normal(0, 0.02)",
        "xavier_uniform()",  # bare: about what it fits
        '{"*.weight": normal(0, 1), "0.weight": zeros()}',  # an exact name behind a pattern matches all the same
        '{"0.weight": zeros(), "*.weight": ones(), "?.weight": default()}',
        '{"lstm.bias_hh_l0[n/4:n/2]": ones(), "emb.weight[0]": zeros(), "*.bias_hh_l[01]": zeros()}',
        '{"1.weight": anything(), "*.weight": kaiming_normal()}',
        '{"emb.weight[:, :2]": xavier_uniform(), "emb.weight[1:]": normal(0, 1 / sqrt(fan_in))}',
        '{"lazy.*": xavier_uniform(), "empty.weight": orthogonal()}',
        '{"*": default()}',
    ],
)
def test_what_can_be_true_is_left_alone(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"*.wieght": normal(0, 0.02)}', 'line 1: "*.wieght" matches no tensor; did you mean "*.weight"?'),
        ('{"emb.wieght[0]": zeros()}', 'line 1: "emb.wieght[0]" matches no tensor; did you mean "emb.weight[0]"?'),
        ('{"lsmt.*": zeros()}', 'line 1: "lsmt.*" matches no tensor; did you mean "lstm.*"?'),
        ('{"zzz": zeros()}', "the model's are called 0.weight, 0.bias"),
        ('{"*.bias": xavier_uniform()}', '"*.bias" cannot be true of 0.bias: a tensor of shape (80,) has no fan-in'),
        ('{"*.weight": orthogonal()}', "cannot be true of 1.weight"),
        ('{"0.bias": normal(0, 1 / sqrt(fan_in))}', "cannot be true of 0.bias: a tensor of shape (80,) has no fan-in"),
        ('{"emb.weight[10]": zeros()}', "[10] reaches to 10 on an axis of 10"),
        ('{"emb.weight[8:20]": zeros()}', "[8:20] reaches to 20 on an axis of 10"),
        ('{"emb.weight[12:20]": zeros()}', "[12:20] begins at 12 on an axis of 10"),
        ('{"emb.weight[0, 0, 0]": zeros()}', "names 3 axes of a tensor of shape (10, 4)"),
        ('{"emb.weight[0]": xavier_uniform()}', "a tensor of shape (4,) has no fan-in"),
        ('{"emb.weight[n/4:]": zeros()}', "whole numbers, but one is 2.5 on an axis of 10"),
        ('{"emb.weight": normal(0, -fan_in)}', "must lie between 0"),
        ('{"emb.weight": normal(0, n)}', "n is the size of the one axis that is sliced"),
        ("kept(orthogonal(), 0.1)", "uniform, normal and trunc_normal"),
    ],
)
def test_what_cannot_be_true_is_one_sentence_with_its_line(text: str, sentence: str) -> None:
    (found,) = said(text)
    assert sentence in found
    assert found.startswith("line 1: ")
    assert "\n" not in found


def test_a_model_without_tensors_and_one_of_many() -> None:
    assert misfits(expects.parse('{"w": zeros()}'), []) == ['line 1: "w" matches no tensor; the model has none']
    many: list[tuple[str, tuple[int, ...] | None]] = [(f"layers.{i}.weight", (8, 8)) for i in range(3000)]
    (found,) = misfits(expects.parse('{"layers.7.wight": zeros()}'), many)
    assert 'did you mean "layers.7.weight"?' in found
