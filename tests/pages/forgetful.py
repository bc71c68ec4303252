"""A page that asks without having looked whether the code in a recipe may run."""


def app() -> None:
    import streamlit as st

    from core.engine.errors import EngineError
    from core.engine.span import Span
    from core.questions.code import GetReading
    from core.questions.model import GetOverview, GetWeights
    from core.recipe.recipe import Recipe
    from pages.frame.engine import answer_later, ask

    recipe = Recipe.from_json(st.session_state["foreign"])
    span = Span(recipe, 0, 0)  # not even where the code lies behind the moments
    for attempt in (
        lambda: ask(GetOverview(), span),
        lambda: answer_later(GetWeights(), span),
        lambda: ask(GetReading("def f(m): ..."), Span(Recipe("mlp"), 0, 0)),
    ):
        try:
            attempt()
        except EngineError as error:
            st.text(type(error).__name__)
