"""Every scheme on one tensor: formula, draw, density, paper, and when to use it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.figures.drawing import CardDrawing
from core.figures.draws import draw_pictures
from core.questions.model import Overview
from core.questions.theory import Draw, GetGallery
from core.recipe.schemes.table import SCHEMES
from core.recipe.steps import MAX_SEED
from core.recipe.typed_whole import typed_whole
from pages.components.card_picture import card_picture
from pages.frame import session, state
from pages.frame.engine import ask
from pages.views.schemes import options as scheme_options
from pages.views.schemes import place

_CARD = 262  # pixels: every formula fits, and there are as many in a row as fit


def draw(overview: Overview, corner: DeltaGenerator) -> None:
    """Tensor and seed in the corner, and a card for each scheme."""
    left, right = corner.columns([3, 2])
    with left:
        name = place.tensor(overview)
    field = state.GALLERY_SEED
    right.text_input("Seed", field.default, key=field.key, bind="query-params", max_chars=40)
    try:
        seed = typed_whole(field.get(), "Seed", 0, MAX_SEED)
    except ValueError as error:
        st.warning(text.markdown(text.sentence(str(error))), icon=":material/block:")
        return
    drawn = ask(GetGallery(name, seed), session.end_span())
    pictures = draw_pictures(drawn, stacked=False)
    cards = st.container(horizontal=True)
    for draw, picture in zip(drawn.draws, pictures, strict=True):
        with cards.container(border=True, gap="xsmall", height="stretch", width=_CARD):
            _card(draw, picture)


def _card(draw: Draw, picture: CardDrawing | None) -> None:
    scheme = SCHEMES[draw.scheme]
    st.markdown(f"**{text.markdown(scheme.title)}** :gray[{text.markdown(scheme.function)}]")
    st.latex(rf"\small {scheme_options.formula(scheme)}")
    if draw.refusal:
        st.caption(f":material/block: {text.markdown(text.sentence(draw.refusal), longest=600)}")
    if picture is not None:
        card_picture(picture, f"gallery_{draw.scheme}")
    st.caption(f"{text.markdown(scheme.use)} {text.markdown(scheme.source)}.")
