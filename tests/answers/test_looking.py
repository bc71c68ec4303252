"""Looking changes nothing: no request touches a byte, a flag, a hook or a random stream of the model it asks of."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from torch import Tensor, nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.module.reach import reach
from core.module.tree import module_tree
from core.module.tying import counts, tied_groups
from core.module.walk import named_tensors
from core.questions.base import Request
from core.questions.code import GetMisfits, GetOwnFiles, GetReading, GetSourceReading
from core.questions.equal import GetEqual
from core.questions.experiments import GetEvidence, GetMisconceptions, GetSurvival, GetTwins
from core.questions.model import GetListing, GetOverview, GetPreview, GetPrinted, GetTree, GetWeights
from core.questions.registry import QUESTIONS
from core.questions.sharing import GetSharing, GetUseGradients, GetUses
from core.questions.story import GetStory, GetUnwritten
from core.questions.tensor import GetAccess, GetCards, GetChangedCells, GetChanges, GetDetail, GetDistance, GetValues
from core.questions.theory import Choice, GetComparison, GetGallery, GetIdentity, GetTheory, GetVerdict
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Forward, OneTensor, Subtree, Train
from core.replaying.replay import replayed
from tests.edge_cases import CASES, every_case, spectral
from tests.snapshots import snapshot


def every_request(model: nn.Module) -> Iterator[Request[Any]]:
    names = tuple(dict.fromkeys(entry.name for entry in named_tensors(model)))
    yield from (GetTree(), GetOverview(), GetChanges(), GetPrinted(), GetWeights(), GetListing())
    yield from (GetCards(names), GetCards(names, difference=True))
    for scheme in ("normal", "orthogonal", "constant"):
        yield GetPreview(scheme, Subtree("", "", "*"))
    for name in names:
        yield GetStory(name)
        yield from (GetAccess(name), GetDetail(name), GetDetail(name, window=(0, 1, 0, 1)), GetValues(name))
        yield GetDistance(name, names[0])
    yield from (
        GetSharing(),
        GetUnwritten(),
        GetEqual(),
        GetUses(),
        GetSurvival(),
        GetMisconceptions(),
        GetChangedCells(),
        GetEvidence("two_gradients"),
    )
    yield from (GetVerdict(), GetTheory(names), GetOwnFiles(), GetMisfits())
    yield from (GetReading("def f(m): ..."), GetSourceReading("def build(): ..."))
    for name in names[:2]:
        yield from (GetUseGradients(name), GetTwins(name, steps=1), GetIdentity(name), GetGallery(name, cells=8))
        yield GetComparison(OneTensor(name), (Choice("normal"), Choice("orthogonal")), cells=8)


def asked_of(moments: Moments) -> dict[Request[Any], str]:
    """Ask everything, look after each question whether a bit has changed, and give the refusals."""
    refused, asked = {}, set()
    models = {id(model): model for model in (moments.before, moments.after)}.values()
    before = [snapshot(model) for model in models]
    for request in every_request(moments.after):
        try:
            answer(request, moments)
        except ValueError as error:
            refused[request] = str(error)
        assert [snapshot(model) for model in models] == before, request
        asked.add(type(request).__name__)
    assert asked == set(QUESTIONS) or not named_tensors(moments.after)
    return refused


class TestLookingChangesNothing:
    @every_case
    def test_at_tree_ties_and_counts(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        before = snapshot(model)
        module_tree(model)
        tied_groups(model)
        counts(model)
        for entry in named_tensors(model):
            reach(model, entry.name)
        assert snapshot(model) == before

    @pytest.mark.parametrize("name", [name for name in CASES if name not in MODELS])
    def test_by_any_request(self, name: str) -> None:
        """One moment, then two; what a model cannot answer is one sentence, and changes nothing either."""
        earlier, model = CASES[name](), CASES[name]()
        for moments in (Moments(Recipe("mlp"), model, model, ()), Moments(Recipe("mlp"), earlier, model, ())):
            refused = asked_of(moments)
            assert not any("\n" in sentence for sentence in refused.values())

    @pytest.mark.parametrize("name", MODELS)
    def test_at_a_trained_model_of_the_catalog(self, name: str) -> None:
        recipe = Recipe(name, steps=(Forward(), Train(1)))
        final = replayed(recipe)
        refused = asked_of(Moments(recipe, replayed(recipe.prefix(1)).model, final.model, final.outcomes, final.seen))
        for request, sentence in refused.items():
            assert isinstance(request, GetDistance | GetValues | GetPreview | GetTwins | GetUseGradients), sentence

    def test_at_spectral_norm_is_a_test_worth_having(self) -> None:
        """Reading the weight as an attribute does change the model."""
        model = spectral()
        before = snapshot(model)
        assert isinstance(model[0].weight, Tensor)  # type: ignore[index]
        assert snapshot(model) != before
