"""Questions about theory as a page asks them: records that travel, verdicts that agree, draws that are true."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.engine import channel
from core.questions.base import Request
from core.questions.theory import (
    Candidate,
    Choice,
    Drawn,
    GetComparison,
    GetGallery,
    GetIdentity,
    GetTheory,
    GetVerdict,
    ModelVerdict,
    TensorTheory,
)
from core.recipe.recipe import Recipe
from core.recipe.schemes.table import SCHEMES, call_code, resolve_options
from core.recipe.steps import Edit, Initialize, OneTensor, Step, Subtree, Tie
from core.replaying.initializing import initialize
from core.replaying.replay import replay, replayed
from core.theory.identify import identify


def moments(model: str, *steps: Step, **arguments: int) -> Moments:
    recipe = Recipe(model, arguments=tuple(arguments.items()))
    for step in steps:
        recipe = recipe.then(step)
    made = replayed(recipe)
    return Moments(recipe, made.model, made.model, made.outcomes, made.seen)


LESSON = moments(
    "mlp",
    Initialize("xavier_uniform", Subtree("0", "Linear"), seed=1),
    Initialize("constant", OneTensor("2.weight"), (("val", 42.0),)),
)


@pytest.mark.parametrize(
    "request_",
    [
        GetTheory(("0.weight", "2.weight", "2.bias")),
        GetVerdict(),
        GetIdentity("0.weight"),
        GetComparison(Subtree(), (Choice("xavier_uniform"), Choice("normal", (("std", 0.1),), 2))),
        GetGallery("0.weight", seed=3),
    ],
    ids=lambda request: type(request).__name__,
)
def test_questions_and_answers_travel(request_: Request[object]) -> None:
    asked, _ = channel.pack(request_)
    assert channel.unpack(type(request_), asked, []) == request_
    packed, arrays = channel.pack(answer(request_, LESSON))
    again = channel.unpack(type(request_).reply, packed, arrays)
    assert channel.pack(again)[0] == packed


DRAWN = "drawn by xavier_uniform_(gain=1) in step 1"


def test_the_lessons_layers() -> None:
    first, second, bias = answer(GetTheory(("0.weight", "2.weight", "2.bias")), LESSON)
    assert isinstance(first, TensorTheory)
    assert first.expected is not None
    assert first.expected.support == pytest.approx((-0.7071, 0.7071), abs=1e-4)
    assert (first.source, first.step, first.verdict.kind) == (DRAWN, 0, "consistent")
    assert first.fans is not None
    assert first.fans.torch == (4, 8)
    assert (second.std, second.mean, second.verdict.sentence) == (0, 42, "all 8 values are 42")
    assert (bias.step, bias.verdict.kind) == (None, "cannot tell")


def test_the_models_verdict_lists_tied_tensors_once() -> None:
    found = answer(GetVerdict(), moments("shared_mlp"))
    assert isinstance(found, ModelVerdict)
    assert [row.name for row in found.rows] == [f"{i}.{kind}" for i in (0, 2, 6) for kind in ("weight", "bias")]
    assert found.rows[2].tied_with == ("4.weight",)
    assert found.kind == "consistent"
    assert found.sentence.startswith("6 tensors: ")
    tied = moments("deep_mlp", Tie("0.weight", "2.weight"))
    (other,) = answer(GetTheory(("2.weight",)), tied)
    assert other.verdict == answer(GetVerdict(), tied).rows[0].verdict


def test_the_models_verdict_is_the_worst_of_its_tensors() -> None:
    recipe = moments("mlp", Initialize("xavier_uniform", Subtree("0", "Linear")))
    with torch.no_grad():
        recipe.after.get_parameter("0.weight")[0, 0] = 9
    found = answer(GetVerdict(), recipe)
    assert found.kind == "violates"
    assert "1 in violation of theory" in found.sentence
    assert answer(GetVerdict(), moments("mlp", Edit("0.weight", "w *= w"))).rows[0].verdict.kind == "no theory"


def test_a_tensor_without_theory_has_its_reason_and_its_numbers() -> None:
    edited = moments("mlp", Edit("0.weight", "w = exp(w)"))
    (found,) = answer(GetTheory(("0.weight",)), edited)
    w = edited.after.get_parameter("0.weight").detach()
    assert (found.expected, found.verdict.kind) == (None, "no theory")
    told = "PyTorch's default of Linear and then exp in step 1; nothing is promised of that"
    assert found.source == found.verdict.sentence == told
    assert found.mean == pytest.approx(float(w.mean()))
    assert found.std == pytest.approx(float(w.std(correction=0)))
    (lazy,) = answer(GetTheory(("0.weight",)), moments("lazy_mlp"))
    assert (lazy.shape, lazy.numel, lazy.fans) == (None, 0, None)


def test_a_name_that_does_not_exist_gets_a_sentence() -> None:
    for request in (GetTheory(("nothing",)), GetIdentity("nothing"), GetGallery("nothing")):
        with pytest.raises(ValueError, match="there is no tensor 'nothing'"):
            answer(request, LESSON)


# Which scheme is this?


def fitting(w: torch.Tensor) -> list[Candidate]:
    net = nn.Module()
    net.w = nn.Parameter(w)
    return [each for each in identify(net, "w").candidates if each.kind == "consistent"]


@pytest.mark.parametrize("scheme", [name for name in SCHEMES if name != "dirac"])
def test_every_scheme_is_recognized_in_what_it_draws(scheme: str) -> None:
    torch.manual_seed(0)
    w = torch.empty(97, 40)
    options = resolve_options(scheme, {"val": 42.0} if scheme == "constant" else {})
    initialize(w, scheme, options)
    code = call_code(scheme, tuple(options.items()), "w")
    found = fitting(w)
    assert any(code in candidate.code.split(" = ") for candidate in found)
    assert len(found) <= 2  # kaiming_normal for selu is within 2 % of xavier_normal here, and of an orthogonal's values


def test_kernels_and_module_defaults_are_recognized() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(16, 32, 3, groups=2)
    best = identify(conv, "weight").candidates[0]
    assert best.code == "nn.Conv2d(…) = nn.init.kaiming_uniform_(w, a=5 ** 0.5)"
    nn.init.dirac_(conv.weight, 2)
    assert identify(conv, "weight").candidates[0].code == "nn.init.dirac_(w, groups=2)"
    assert identify(conv, "weight").sentence.startswith("consistent with nn.init.dirac_(w, groups=2) and with none")


def test_what_is_ruled_out_says_why_and_what_cannot_be_drawn_too() -> None:
    found = answer(GetIdentity("0.weight"), LESSON)
    reasons = {candidate.code: candidate for candidate in found.candidates}
    assert reasons["nn.init.ones_(w)"].kind == "violates"
    assert "differ from 1" in reasons["nn.init.ones_(w)"].reason
    assert "outside ±0.5" in reasons["nn.Linear(…) = nn.init.kaiming_uniform_(w, a=5 ** 0.5)"].reason
    assert reasons["nn.init.dirac_(w)"].kind == "no theory"
    assert found.candidates[0].code == "nn.init.xavier_uniform_(w)"


def test_a_trained_tensor_fits_nothing_and_a_single_value_everything() -> None:
    torch.manual_seed(0)
    net = nn.Linear(70, 40)
    with torch.no_grad():
        net.weight += 0.3 * torch.randn(40, 70) ** 3
    assert identify(net, "weight").sentence.startswith("none of")
    assert "too few to tell" in identify(nn.Linear(3, 1), "bias").sentence
    with pytest.raises(ValueError, match="not finite"):
        identify(nn.ParameterList([nn.Parameter(torch.tensor([math.nan, 1.0]))]), "0")


# Schemes side by side.


def values(drawn: Drawn, index: int) -> np.ndarray:
    card = drawn.draws[index].card
    assert card is not None
    picture = card.pictures[1]
    assert picture is not None
    assert picture.exact
    return picture.low


def test_a_column_holds_the_bytes_that_its_step_would_give() -> None:
    choices = (Choice("kaiming_normal", (), 5), Choice("orthogonal", (("gain", 2.0),), 6))
    found = answer(GetComparison(Subtree("", "Linear"), choices), LESSON)
    assert [drawn.name for drawn in found] == ["0.weight", "2.weight"]
    for index, choice in enumerate(choices):
        step = Initialize(choice.scheme, Subtree("", "Linear"), choice.options, choice.seed)
        then = replay(LESSON.recipe.then(step))
        for drawn in found:
            assert np.array_equal(values(drawn, index), then.get_parameter(drawn.name).detach().numpy())


def test_columns_stand_on_one_ruler_with_theory_and_verdict() -> None:
    choices = (Choice("xavier_uniform"), Choice("normal", (("std", 3.0),)))
    (found,) = answer(GetComparison(OneTensor("0.weight"), choices), LESSON)
    cards = [draw.card for draw in found.draws]
    edges = [card.histogram.edges for card in cards if card is not None and card.histogram is not None]
    assert edges[0] is edges[1]
    assert found.limit == max(np.abs(values(found, index)).max() for index in (0, 1))
    for draw in found.draws:
        assert draw.verdict is not None
        assert draw.verdict.kind in ("consistent", "cannot tell")
        assert draw.card is not None
        assert draw.card.histogram is not None
        assert draw.card.histogram.counts[0].sum() == 32
        assert draw.card.before is None
    assert found.draws[1].code == "torch.manual_seed(0)\nnn.init.normal_(w, std=3.0)"


def test_a_scheme_that_cannot_apply_says_so_in_its_column() -> None:
    (found,) = answer(GetComparison(OneTensor("0.bias"), (Choice("xavier_uniform"), Choice("normal"))), LESSON)
    assert "Fan in and fan out can not be computed" in (found.draws[0].refusal or "")
    assert found.draws[0].card is None
    assert found.draws[1].refusal is None
    everywhere = answer(GetComparison(Subtree("", "", "*"), (Choice("xavier_uniform"),), shown=2), LESSON)
    assert [drawn.name for drawn in everywhere] == ["0.weight", "0.bias"]
    assert (everywhere[0].draws[0].refusal or "").startswith("0.bias: ")


@pytest.mark.parametrize("choices", [(), (Choice("zeros"),) * 5, (Choice("nothing"),), (Choice("zeros", (("a", 1),)),)])
def test_what_cannot_be_compared_gets_a_sentence(choices: tuple[Choice, ...]) -> None:
    with pytest.raises(ValueError, match=r"side by side|no scheme|no option"):
        answer(GetComparison(OneTensor("0.weight"), choices), LESSON)


def test_the_gallery_draws_every_scheme() -> None:
    found = answer(GetGallery("0.weight", seed=1), LESSON)
    assert [draw.scheme for draw in found.draws] == list(SCHEMES)
    assert [draw.scheme for draw in found.draws if draw.refusal] == ["dirac"]
    for draw in found.draws:
        assert draw.refusal or (draw.verdict and draw.verdict.kind in ("consistent", "cannot tell"))


def test_drawing_for_a_look_leaves_the_random_stream_alone() -> None:
    torch.manual_seed(0)
    state = torch.get_rng_state()
    answer(GetGallery("0.weight"), LESSON)
    answer(GetComparison(Subtree(), (Choice("sparse"), Choice("orthogonal"))), LESSON)
    assert torch.equal(torch.get_rng_state(), state)
