"""Theory on the pages: verdicts in words, the algebra behind them, and schemes side by side."""

import pytest
from streamlit.testing.v1 import AppTest

from core import figures
from core.answers import Moments, answer
from core.initialization import SCHEMES
from core.measurements import Drawn
from core.models.catalog import MODELS
from core.recipe import Recipe
from core.replay import replay
from core.requests import Choice, GetComparison, GetGallery
from core.steps import Edit, Initialize, OneTensor, Subtree
from pages.shared.session import opening
from tests.test_pages import assert_calm, open_app, session_recipe, shown

_VIEWS = ("Compare", "Gallery", "Which scheme is this?")


def labels(app: AppTest) -> str:
    return "\n".join(expander.label for expander in app.expander).replace("\\", "")


def code(app: AppTest) -> str:
    return "\n".join(block.value for block in app.code)


def opened(app: AppTest, key: str) -> AppTest:
    """The page with that expander open."""
    app.session_state[key] = True
    return app.run()


def drawn(name: str = "0.weight", seed: int = 0) -> Drawn:
    model = replay(Recipe("mlp"))
    found: Drawn = answer(GetGallery(name, seed), Moments(Recipe("mlp"), model, model, ()))
    return found


def test_every_card_says_in_words_whether_it_is_what_its_init_promises() -> None:
    app = open_app()
    assert "consistent-badge" not in labels(app)
    assert labels(app).count("-badge[") == 5  # four tensors and the model
    assert ":green-badge[consistent] Std" in labels(app)
    assert "against 0.408 expected; with 32 values" in labels(app)
    assert ":gray-badge[cannot tell]" in labels(app)


def test_behind_the_verdict_stand_the_algebra_its_source_and_the_fans() -> None:
    app = opened(open_app(), "theory_weights_0.weight")
    assert_calm(app)
    assert "bound = gain · sqrt(6 / (fan_in + fan_out)) = 1 · sqrt(6 / (4 + 8)) = 0.7071" in code(app)
    assert code(app).count("fan_in = size(1) = 4") == 1
    assert "from step 1: xavier_uniform" in shown(app).replace("\\", "")
    assert "by torch] **4 and 8**" in shown(app)
