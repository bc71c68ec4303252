"""The pages on answers of which one part is forged: an engine in this process, and every view that draws answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.answers.answer import answer
from core.answers.base import Moments
from core.engine import channel, replies
from core.engine.errors import EngineError
from core.engine.jail.isolation import Isolation
from core.engine.span import Span
from core.questions.base import Request
from core.recipe.recipe import Recipe
from core.replaying.replay import replay, replayed
from pages.frame import engine, navigation
from pages.frame.once import Once
from tests.forging import Answer, forgeries
from tests.pages.test_pages import open_app

#: Of each view: its page, and what is in the widgets that show all of it.
SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "weights": ("weights", {"verdict": True, "theory_weights_0.weight": True}),
    "weights, difference": ("weights", {"view": "Difference", "order": "Most changed"}),
    "weights, large": ("weights", {"opened": "0.weight", "theory_large": True}),
    "weights, four axes": ("weights", {"opened": "0.weight"}),
    "modules": ("modules", {"printed": True, "selected": "0.weight"}),
    "initialize": ("initialize", {"theory_initialize_0.weight": True}),
    "schemes, compared": ("schemes", {}),
    "schemes, gallery": ("schemes", {"schemes_view": "Gallery"}),
    "schemes, identity": ("schemes", {"schemes_view": "Which scheme is this?", "ruled_out": True}),
    "code": ("custom", {}),
    "code, model": ("custom", {"code_view": "Model code"}),
    "edit": ("edit", {"edited": "0.bias"}),
    "tying": ("tying", {"all_shared": True, "changed_cells": True}),
    "tying, gradients": ("tying", {"tying_view": "Gradients"}),
    "tying, training": ("tying", {"tying_view": "Training", "train_steps": "3"}),
    "tying, survival": ("tying", {"tying_view": "Survival"}),
    "tying, misconceptions": ("tying", {"tying_view": "Misconceptions", "claim_equal_values": True}),
}


@dataclass
class ForgedEngine:
    """Answers honestly, but for one question of which it gives what `lie` says."""

    lie: tuple[type[Request[Any]], Answer] | None = None
    asked: dict[Any, Answer] = field(default_factory=dict)
    _moments: dict[Any, Moments] = field(default_factory=dict)

    def ask(self, span: Span, request: Request[Any], *_: Any) -> Any:
        """As `Engine.ask`."""
        said = self._honest(span, request)
        if self.lie is not None and type(request) is self.lie[0]:
            said = self.lie[1]
        return replies.read(request, json.loads(json.dumps(said.value)), said.arrays, span.after)

    def isolation(self, *_: Any) -> Isolation:
        """As `Engine.isolation`."""
        return Isolation("isolated", "all is well")

    def again(self, _span: Span) -> None:
        """As `Engine.again`: nothing was stopped."""

    def other(self, _span: Span) -> int | None:
        """As `Engine.other`: code runs once."""

    def _honest(self, span: Span, request: Request[Any]) -> Answer:
        key = (*span.key, type(request), request)
        if key not in self.asked:
            try:
                value, arrays = channel.pack(answer(request, self._at(span)))
            except ValueError as error:
                raise EngineError(str(error)) from error
            self.asked[key] = Answer(json.loads(json.dumps(value)), arrays)
        return self.asked[key]

    def _at(self, span: Span) -> Moments:
        if span.key not in self._moments:
            final = replayed(span.recipe.prefix(span.after))
            before = replay(span.recipe.prefix(span.before))
            self._moments[span.key] = Moments(
                span.recipe.prefix(span.after), before, final.model, final.outcomes, final.seen
            )
        return self._moments[span.key]


class _Loud:
    """A log that lets nothing pass."""

    def exception(self, *_: object) -> None:
        """Raise what is being handled."""
        raise


@contextmanager
def forged_engine() -> Iterator[ForgedEngine]:
    """The pages' engine is a forged one meanwhile."""
    forged = ForgedEngine()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_ENGINE", Once(lambda: forged))
        patch.setattr(navigation, "_LOG", _Loud())  # the frame hides nothing here
        yield forged


def open_view(view: str, recipe: Recipe) -> AppTest:
    """The view, drawn from honest answers, with everything of it unfolded."""
    page, widgets = SHOWN[view]
    app = open_app(recipe, page)
    for key, value in widgets.items():
        app.session_state[key] = value
    return app.run()


def lies(forged: ForgedEngine) -> Iterator[tuple[str, tuple[type[Request[Any]], Answer]]]:
    """Every forgery, read nevertheless, of the answer to the first question of each kind that was asked."""
    kinds: set[type] = set()
    for (_, _, after, kind, request), honest in list(forged.asked.items()):
        for forgery in forgeries(honest) if kind not in kinds else ():
            try:
                replies.read(request, json.loads(json.dumps(forgery.answer.value)), forgery.answer.arrays, after)
            except EngineError:
                continue
            where = ".".join(map(str, forgery.where))
            yield f"{kind.__name__}.{where}: {forgery.how}", (kind, forgery.answer)
        kinds.add(kind)
