"""What code declares and no tensor can be, asked as the Code page asks it; and code that declares is read and run."""

import pytest
import torch

from core.answers.answer import answer
from core.answers.base import Moments
from core.code.errors import CodeError
from core.code.reading import read, read_source
from core.questions.code import GetMisfits, Misfit
from core.questions.theory import GetVerdict
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import Custom, Source, Step
from core.replaying.replay import replay, replayed

NET = """
import math

class Net(nn.Module):
    expects = {"fc.weight": normal(0, 1 / math.sqrt(fan_in)), "fc.bais": zeros()}

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(40, 80)
        nn.init.normal_(self.fc.weight, 0, 1 / math.sqrt(40))

def build():
    return Net()

build.expects = {**Net.expects}
"""
INIT = """
STD = 0.02

def my_init(m):
    if type(m) == nn.Linear:
        nn.init.normal_(m.weight, 0, STD)

my_init.expects = {
    "fc.weight": normal(0, STD),
    "fc.bias[:n/3]": zeros(),
}
"""


def moments(*steps: Step, code: str = NET) -> Moments:
    recipe = Recipe("code", source=Source(code, read_source(code).entry), steps=steps)
    made = replayed(recipe)
    return Moments(recipe, made.model, made.model, made.outcomes, made.seen)


def test_an_init_with_a_declaration_on_its_function_is_that_function() -> None:
    reading = read(INIT)
    assert (reading.function, reading.applies_to) == ("my_init", "modules")
    assert read_source(NET).entry == "build"


def test_model_and_step_each_say_what_cannot_be_with_its_line() -> None:
    declared = Custom(INIT, "my_init")
    found = answer(GetMisfits(), moments(declared))
    assert found == (
        Misfit(None, 'line 5: "fc.bais" matches no tensor; did you mean "fc.bias"?'),
        Misfit(
            0,
            'line 10: "fc.bias[:n/3]" cannot be true of fc.bias: [:n/3] needs whole numbers, but one is '
            f"{80 / 3} on an axis of 80",
        ),
    )
    assert answer(GetMisfits(), moments(Custom(INIT.replace("n/3", "n/4"), "my_init")))[1:] == ()


def test_a_step_on_one_place_declares_for_that_place() -> None:
    init = 'def f(m):\n    nn.init.zeros_(m.bias)\nf.expects = {"fc.*": zeros(), "other.*": zeros()}'
    (_, found) = answer(GetMisfits(), moments(Custom(init, "f", "net", "fc")))
    assert found == Misfit(0, 'line 3: "other.*" matches no tensor; the model\'s are called fc.weight, fc.bias')


def test_what_cannot_be_read_is_said_by_the_editor_and_by_a_link() -> None:
    unread = INIT.replace("normal(0, STD)", "gaussian(0, STD)")
    with pytest.raises(CodeError, match=r"gaussian.*is not part of a declaration") as raised:
        read(unread)
    assert raised.value.line == 8
    (_, found) = answer(GetMisfits(), moments(Custom(unread, "my_init")))
    assert found.step == 0
    assert found.sentence.startswith("line 8: 'gaussian")


def test_a_text_that_declares_runs_and_its_script_gives_the_same_bytes_without_the_words() -> None:
    step = Custom(INIT, "my_init", seed=3)
    opened = moments(step)
    script = to_script(opened.recipe)
    assert '# my_init.expects = {\n#     "fc.weight"' in script
    names: dict[str, object] = {}
    exec(script, names)
    net = names["net"]
    assert isinstance(net, torch.nn.Module)
    assert torch.equal(net.get_parameter("fc.weight"), replay(opened.recipe).get_parameter("fc.weight"))
    rows = {row.name: row.verdict.kind for row in answer(GetVerdict(), opened).rows}
    assert rows["fc.weight"] == "consistent"


def test_a_model_without_declarations_has_no_misfits() -> None:
    made = replayed(Recipe("mlp"))
    assert answer(GetMisfits(), Moments(Recipe("mlp"), made.model, made.model, made.outcomes, made.seen)) == ()
