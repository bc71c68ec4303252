"""The steps as a link holds them, which never changes, and what each says of itself beside its fields."""

import dataclasses
import json
import typing

import pytest

from core.recipe import link
from core.recipe.headlines import headline
from core.recipe.recipe import Recipe
from core.recipe.steps import (
    Custom,
    Edit,
    FileInit,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
)

#: Whose text and link are pinned below; a later step goes into STEPS alone.
PINNED: tuple[Step, ...] = (
    Initialize("normal", Subtree("0", "Linear", "weight"), (("std", 0.01),), seed=3),
    Initialize("zeros", Pattern("*.bias")),
    Initialize("kaiming_normal", OneTensor("0.weight"), (("nonlinearity", "relu"),)),
    Edit("0.weight", "w *= 2"),
    Tie("0.bias", "2.bias"),
    Untie("2.bias"),
    Forward(4),
    Train(2, 0.25, 5, "momentum"),
    Custom("def f(m): ...", "f", "net", "0", 6),
    FileInit("inits.py:f", "tensors", "2", 7),
)
STEPS: tuple[Step, ...] = (*PINNED,)
RECIPE = Recipe("mlp", 7, PINNED, (("n_out", 8),))
#: Of a Paramscope before this one.
TEXT = (
    '{"arguments":{"hidden":8,"n_in":4,"n_out":8},"model":"mlp","paramscope":1,"seed":7,"steps":[{"op'
    '":"initialize","options":{"mean":0.0,"std":0.01},"scheme":"normal","seed":3,"where":{"kind":"sub'
    'tree","module_type":"Linear","parameter":"weight","root":"0"}},{"op":"initialize","options":{},"'
    'scheme":"zeros","seed":0,"where":{"kind":"pattern","pattern":"*.bias"}},{"op":"initialize","opti'
    'ons":{"a":0.0,"mode":"fan_in","nonlinearity":"relu"},"scheme":"kaiming_normal","seed":0,"where":'
    '{"kind":"tensor","name":"0.weight"}},{"formula":"w *= 2","op":"edit","tensor":"0.weight"},{"op":'
    '"tie","source":"0.bias","target":"2.bias"},{"name":"2.bias","op":"untie"},{"op":"forward","seed"'
    ':4},{"learning_rate":0.25,"op":"train","optimizer":"momentum","seed":5,"steps":2},{"applies_to":'
    '"net","code":"def f(m): ...","function":"f","op":"custom","root":"0","seed":6},{"applies_to":"te'
    'nsors","function":"inits.py:f","op":"file_init","root":"2","seed":7}]}'
)
LINK = (
    "eNqFkutq40AMhV8l6Fe3GON6220x9A32DUoJqi0nQ-bGXAhp8LuvNLG92W1p_ynynKOjLzoDhl02ZFOE7gx7NQxkoXuqwG4V"
    "F_dSuJy4NVVg3EAaOjDaQwUeA5rYO0_Q3VUQiQboHrlI5Nnt5QzO82NlVVKo1TuxxvmknC2zDCEPaOpGFEOp7nhG7Pdk2BGs"
    "CwY1LMY_KzjuKZBID8pyB2J-S4HEloNlTdt0kizwW1nCsCSkRIGbR1K7feJmcI7XgQamqfo64nWadwourmGaj2E8Jh5ky9RL"
    "1cFt_aYwfj8IcAYhgPnZiIU-s3dWl2VUOnE_kM5wneqAyii72_7H6pN4iWx0wsRiUTb1DKSEG1mfNQqmze3zpi3p-BcNSpDN"
    "4mvVslFSskp0OfQX27IxS_iuSDi3MwMWzKPb5U0xyFYsVj9OcsQwrKvcyxfNBKzsGTCRoGofZnUKWEAJS8NYJaRxcs_ZrB4P"
    "60224obea0Vxm5xcGcmC_YX7QONmvDE_uk1d19wes-3lP5JcS94-x-TM9R0tY359ML9wi_86yQ3E2p-61XJUfLvS_uvarq6P"
    "0-v0ByiyK2Q"
)
CLASSES: tuple[type, ...] = typing.get_args(typing.get_args(Step)[0])


def test_there_is_one_of_each() -> None:
    assert {type(step) for step in STEPS} == set(CLASSES)


def test_a_link_made_before_opens_and_is_made_again() -> None:
    assert RECIPE.to_json() == TEXT
    assert Recipe.from_json(TEXT) == link.decode(LINK) == RECIPE


@pytest.mark.parametrize("step", STEPS, ids=headline)
def test_what_a_step_says_of_itself_is_no_field_of_it(step: Step) -> None:
    written = json.loads(Recipe("mlp", steps=(step,)).to_json())["steps"][0]
    assert set(written) == {field.name for field in dataclasses.fields(step)}
    assert set(written).isdisjoint({"holds_code", "rounds", "renames", "reshapes"})
    for claim in ("seed", "rounds"):
        if claim not in written:
            with pytest.raises(ValueError, match="unexpected keyword argument"):
                Recipe.from_json(json.dumps({"model": "mlp", "steps": [{**written, claim: True}]}))


def test_steps_say_what_they_are() -> None:
    def those(claim: str) -> set[str]:
        return {type(step).__name__ for step in STEPS if getattr(step, claim)}

    assert those("holds_code") == {"Custom"}
    assert those("renames") == {"Tie", "Untie"}
    assert those("reshapes") == {"Forward", "Train"}
    assert those("rounds") == {"Forward", "Train", "Custom", "FileInit"}
    assert {type(step).__name__ for step in STEPS if step.seed is None} == {"Edit", "Tie", "Untie"}
    assert Initialize("orthogonal").rounds
    assert Edit("0.weight", "w -= mean(w)").rounds
