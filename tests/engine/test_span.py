"""What is asked about one moment is asked of any worker that holds it, and its answer is kept once."""

import pytest

from core.answers.base import Moments
from core.engine.span import Span
from core.questions.model import GetOverview, GetPreview
from core.questions.tensor import GetCards, GetChanges
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Initialize, Subtree
from core.replaying.replay import replay, replayed
from tests.engine.asked import answered_here, comparable, eventful, questions
from tests.engines import drawn, engine_from, shared_zygote, workers
from tests.sameness import assert_same

RECIPE = Recipe("mlp", 0, (Initialize("zeros"), Initialize("normal", seed=3)))


@pytest.mark.parametrize("model", ["shared_mlp", "mlp"])
def test_what_does_not_compare_is_the_same_whatever_the_earlier_moment(model: str) -> None:
    recipe = eventful(model)
    outcome = replayed(recipe)
    early, late = (
        Moments(recipe, replay(recipe.prefix(before)), outcome.model, outcome.outcomes, outcome.seen)
        for before in (0, len(recipe.steps) - 1)
    )
    for request in questions(early):
        if not request.compares:
            first, second = (comparable(answered_here(request, moments)) for moments in (early, late))
            assert_same(first, second, str(request))


def test_what_compares_differs_by_the_earlier_moment() -> None:
    outcome = replayed(RECIPE)
    for request in (GetChanges(), GetCards(("0.weight",))):
        assert request.compares
        early, late = (
            repr(
                answered_here(
                    request, Moments(RECIPE, replay(RECIPE.prefix(n)), outcome.model, outcome.outcomes, outcome.seen)
                )
            )
            for n in (0, 1)
        )
        assert early != late


def test_one_worker_answers_about_a_moment_that_it_holds_and_an_answer_is_kept_once() -> None:
    with engine_from(shared_zygote()) as engine:
        late, early = Span(RECIPE, 1, 2), Span(RECIPE, 0, 2)
        overview = engine.ask(late, GetOverview())
        assert engine.ask(early, GetOverview()) is overview
        engine.ask(early, GetPreview("zeros", Subtree()))
        assert len(workers(engine)) == 1
        engine.ask(early, GetChanges())
        assert len(workers(engine)) == 2


def test_another_recipe_or_moment_or_a_persons_code_is_asked_of_its_own_worker() -> None:
    span, request = Span(RECIPE, 0, 2), GetOverview()
    assert span.seen_by(request, [Span(RECIPE, 1, 2).key]) == Span(RECIPE, 1, 2)
    assert span.seen_by(request, [Span(RECIPE, 1, 2).key, span.key]) == span
    for other in (Span(RECIPE, 0, 1), Span(RECIPE, 2, 1), drawn(5)):
        assert span.seen_by(request, [other.key]) == span
    assert span.seen_by(GetChanges(), [Span(RECIPE, 1, 2).key]) == span
    code = RECIPE.then(Custom("for p in net.parameters(): nn.init.zeros_(p)", "", "statements"))
    assert Span(code, 0, 3).seen_by(request, [Span(code, 2, 3).key]) == Span(code, 0, 3)
