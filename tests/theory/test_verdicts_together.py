"""Verdicts on several tensors at once, and the numbers of their sentences."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from core.recipe.schemes.distribution import normal, uniform
from core.recipe.schemes.table import promise_of
from core.theory import power
from core.theory.examination import examined, look
from core.theory.verdict import FALSE_ALARM, judged
from tests.theory.drawn import drawn

WRONG = ("violates", "inconsistent")


def test_holm_adjusts_by_rank() -> None:
    torch.manual_seed(0)
    ps = []
    findings = [
        examined(look(drawn("normal", (32, 32), seed) * 1.06), promise_of("normal", {}, (32, 32))) for seed in range(9)
    ]
    alone = [judged([finding])[0].p or 0.0 for finding in findings]
    together = [found.p or 0.0 for found in judged(findings)]
    for rank, index in enumerate(sorted(range(9), key=alone.__getitem__)):
        ps.append(min(1.0, alone[index] * (9 - rank)))
        assert together[index] == pytest.approx(max(ps))


def test_a_draw_among_many_has_to_be_worse_to_be_called_wrong() -> None:
    w = drawn("normal", (32, 32), 3) * 1.1
    found = examined(look(w), promise_of("normal", {}, (32, 32)))
    (alone,), (among,) = judged([found]), judged([found], draws=10)
    assert alone.p is not None
    assert among.p == pytest.approx(min(1.0, 10 * alone.p))


def test_why_an_interval_depends_on_the_other_tensors_is_said_with_its_numbers() -> None:
    findings = [examined(look(drawn("normal", (8, 4), seed)), promise_of("normal", {}, (8, 4))) for seed in range(4)]
    alone, among = judged(findings[:1])[0], judged(findings)[0]
    assert alone.lamps == ()
    assert alone.sentence != among.sentence
    low, high = among.sentence.split("anything from ")[1].removesuffix(" would pass").split(" to ")
    assert among.lamps == (
        "the 4 tests of tensors made here share a probability of 0.3 % that chance alone raises an alarm, 0.075 % "
        f"each: with another tensor to test, {low} to {high} gets a little wider, with one fewer a little narrower",
    )


def test_correct_tensors_are_hardly_ever_called_wrong() -> None:
    alarms = 0
    for seed in range(150):
        w = [drawn("normal", (6, 6), seed), drawn("kaiming_uniform", (40, 40), seed), drawn("uniform", (9,), seed)]
        theories = [
            promise_of(s, {}, tuple(t.shape)) for s, t in zip(("normal", "kaiming_uniform", "uniform"), w, strict=True)
        ]
        found = judged([examined(look(t), own) for t, own in zip(w, theories, strict=True)])
        alarms += any(each.kind in WRONG for each in found)
    assert alarms <= 3  # FALSE_ALARM of 150 are 0.45


@pytest.mark.parametrize("size", [16, 64, 1024])
def test_the_band_holds_the_std_of_correct_draws(size: int) -> None:
    torch.manual_seed(0)
    laws: list[tuple[object, Callable[[], Tensor]]] = [
        (normal(0, 2), lambda: 2 * torch.randn(size)),
        (uniform(-1, 1), lambda: 2 * torch.rand(size) - 1),
    ]
    for expected, draw in laws:
        low, high = power.std_band(expected, size, 0.05)  # type: ignore[arg-type]  # a list of two types of law
        stds = [float(draw().square().mean().sqrt()) for _ in range(1000)]
        inside = sum(low <= std <= high for std in stds) / 1000
        assert 0.93 <= inside <= 0.995


def test_a_model_that_is_as_it_should_be_is_called_wrong_less_than_once_in_a_hundred() -> None:
    assert FALSE_ALARM < 0.01
