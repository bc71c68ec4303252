"""Why equal tensors are equal: said by their stories where these say it, and not guessed where they do not."""

from dataclasses import replace

import pytest

from core.questions.story import UNSEEN, Story
from core.sharing.equal_reason import reason, start_reason

DRAWN = Story("drawn", "normal_", arguments={"std": 0.02}, line="net.py:9")
DEFAULT = Story("default", "reset_parameters", owner="Linear")
COPY = Story("copied", "deepcopy", source="layers.0.weight", line="net.py:12")


def said(*stories: Story) -> str:
    return reason({f"layers.{index}.weight": story for index, story in enumerate(stories)})


@pytest.mark.parametrize(
    ("stories", "says"),
    [
        ((DRAWN, COPY), "copied from layers.0.weight in net.py:12"),
        ((DRAWN, COPY, COPY), "copied from layers.0.weight in net.py:12"),
        ((DRAWN, COPY, replace(COPY, source="layers.1.weight")), "copied from layers.0.weight, layers.1.weight"),
        ((DRAWN, DRAWN), "each drawn by normal_(std=0.02) after the same seed in net.py:9"),
        (
            (DRAWN, replace(DRAWN, line="net.py:20")),
            "each drawn by normal_(std=0.02) after the same seed in net.py:9, in",
        ),
        ((replace(DRAWN, line="", step=2),) * 2, "each drawn by normal_(std=0.02) after the same seed in step 2"),
        ((DEFAULT, DEFAULT), "each drawn by Linear.reset_parameters after the same seed"),
        (
            (replace(DRAWN, function="randn"),) * 2,
            "each drawn by randn(std=0.02) in net.py:9: one draw for all of them",
        ),
        (
            (DRAWN, replace(COPY, kind="loaded", function="load_state_dict")),
            "loaded from layers.0.weight in net.py:12",
        ),
        ((Story("loaded", "load_state_dict"),) * 2, "each loaded with the same values"),
        ((Story("filled", "copy_", line="net.py:3"),) * 2, "each filled by copy_ with the same values in net.py:3"),
        ((Story("never written", times=0),) * 2, "none was ever written: memory as it was found"),
    ],
    ids=str,
)
def test_is_what_the_stories_agree_on(stories: tuple[Story, ...], says: str) -> None:
    assert said(*stories).startswith(says)


def test_what_was_not_drawn_is_not_told_as_one_draw() -> None:
    computed = Story("transformed", "log", line="net.py:5", of=Story("filled", "arange"))
    assert said(computed, computed) == "each filled by arange and then log in net.py:5"


@pytest.mark.parametrize(
    "stories",
    [
        (DRAWN, DEFAULT),
        (DRAWN, replace(DRAWN, arguments={"std": 0.01})),
        (DRAWN, replace(DRAWN, kind="loaded")),
        (DRAWN, DRAWN, COPY),
        (DRAWN, replace(COPY, source="elsewhere.weight")),
        (replace(COPY, source="a"), replace(COPY, source="b")),
        (replace(COPY, source=None, of=DRAWN), replace(COPY, source=None, of=DEFAULT)),
        (replace(DRAWN, part="[0]"),) * 2,
        (Story("written", "forward"),) * 2,
    ],
    ids=str,
)
def test_is_not_guessed_where_they_do_not(stories: tuple[Story, ...]) -> None:
    assert not said(*stories).startswith(("each", "copied from", "one tensor"))


def test_is_not_known_where_nobody_looked() -> None:
    for stories in ((UNSEEN, UNSEEN), (DRAWN, UNSEEN)):
        assert said(*stories) == "how they came to be equal was not observed"


def test_of_a_common_start_is_one_seed_where_both_were_drawn_and_left_so() -> None:
    assert start_reason(DEFAULT, DEFAULT) == "both drawn by Linear.reset_parameters after the same seed"
    assert start_reason(DRAWN, DEFAULT) == "both drawn after the same seed"
    for other in (UNSEEN, COPY, Story("transformed", "mul_", earlier=(DRAWN,)), Story("written", "forward")):
        assert start_reason(DRAWN, other) == ""


def test_without_a_reason_it_is_said_who_wrote_each() -> None:
    loaded = Story("loaded", "load_state_dict")
    assert said(DRAWN, loaded) == (
        "nothing known ties them: layers.0.weight was drawn by normal_(std=0.02) in net.py:9; "
        "layers.1.weight was loaded from a state dict"
    )


def test_copies_of_a_layer_that_the_model_does_not_hold() -> None:
    """As `nn.TransformerEncoder(layer, 6)` makes six of one, and holds none of its own."""
    copy = Story(
        "copied", "clone", line="net.py:12", of=Story("default", "_reset_parameters", owner="MultiheadAttention")
    )
    assert said(*[copy] * 6) == (
        "each copied from a tensor that the model does not hold (it was PyTorch's default of MultiheadAttention) "
        "in net.py:12"
    )
    assert (
        said(*[replace(copy, source="teacher.weight", of=None)] * 2) == "each copied from teacher.weight in net.py:12"
    )


def test_what_was_done_to_all_since_then_is_said() -> None:
    halved = Story("transformed", "mul_", arguments={"other": 0.5}, line="net.py:15")
    drawn = replace(halved, earlier=(UNSEEN, DRAWN))
    assert said(drawn, drawn).endswith(
        "after the same seed in net.py:9; since then changed by mul_(other=0.5) in net.py:15"
    )
    other = replace(halved, line="net.py:16", earlier=(DRAWN,))
    assert said(drawn, other).endswith("after the same seed in net.py:9; since then changed, each in its own way")


def test_a_source_that_was_scaled_before_it_was_copied_was_not_changed_apart() -> None:
    scaled = Story("transformed", "mul_", earlier=(DRAWN,))
    assert said(scaled, replace(COPY, of=scaled)) == "copied from layers.0.weight in net.py:12"


def test_an_earlier_draw_that_a_later_one_replaced_does_not_count() -> None:
    assert said(replace(DRAWN, earlier=(DEFAULT,)), DRAWN).startswith("each drawn by normal_")
    assert said(replace(DRAWN, earlier=(COPY,)), DRAWN).startswith("each drawn by normal_")


def test_what_a_step_untied_was_one_until_then() -> None:
    names = {"a": DRAWN, "b": DRAWN}
    assert reason(names, {"b": 3, "c": 1}) == "one tensor until step 3 untied them"
    assert reason(names, {}).startswith("each drawn by")
    drawn_since = names | {"a": replace(DRAWN, step=4)}
    assert reason(drawn_since, {"b": 3}).startswith("each drawn by")
    assert reason(names | {"c": DRAWN}, {"b": 3}).startswith("each drawn by")
