"""An engine that fails when a test wants it to."""

from collections.abc import Callable
from typing import Any

import pytest

from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.base import Request
from core.recipe.recipe import Recipe
from pages.frame import engine as asking


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the engine fail so many times (None: always), of recipes that `on` is true of, at questions `about`."""
    ask = Engine.ask
    how: list[Any] = [0, None, None, None]

    def asked(self: Engine, span: Span, request: Request[Any], *rest: Any) -> Any:
        times, error, on, about = how
        if times != 0 and on(span.recipe) and isinstance(request, about):
            how[0] = None if times is None else times - 1
            raise error
        return ask(self, span, request, *rest)

    def fail(
        error: EngineError | None,
        times: int | None = None,
        on: Callable[[Recipe], bool] = lambda _: True,
        about: type[Request[Any]] = Request,
    ) -> None:
        how[:] = [0 if error is None else times, error, on, about]

    monkeypatch.setattr(Engine, "ask", asked)
    monkeypatch.setattr(asking, "_PAUSES", (0.01,))
    return fail
