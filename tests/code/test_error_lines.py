"""Whatever a person's code raises is told in one line, wherever it is run; errors may be empty or hostile."""

from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

from core.answers.answer import answer
from core.check.checking import check
from core.code.command_line import parse
from core.code.operator_files import import_files
from core.engine.worker import opened
from core.questions.experiments import GetEvidence, GetSurvival, GetTwins
from core.questions.model import GetPrinted
from core.questions.sharing import GetUseGradients, GetUses
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Forward, Source, Train
from core.replaying.replay import StepError, replay
from core.text import error_line, first_line

UNREADABLE = "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\n"
#: What is raised, and what is told of it.
RAISED = {
    "RuntimeError": "RuntimeError",
    "RuntimeError('')": "RuntimeError",
    "RuntimeError('\\n\\nx')": "x",
    "Odd": "Odd: its message cannot be read",
    "KeyError('k')": "KeyError: 'k'",
    "ValueError('\\x1b[31mred\\x1b[0m\\u202e\\n2')": "red\\u202e",
    "OSError('long ' * 200_000)": "long long",
}


def model(*, forward: str = "pass", loss: str = "pass", build: str = "pass", batch: str = "pass") -> Source:
    """A net with two tied layers, and a statement in each of its functions."""
    code = f"""
{UNREADABLE}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {build}
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        self.b.weight = self.a.weight

    def forward(self, x):
        {forward}
        return self.b(self.a(x))

def batch(size):
    {batch}
    return torch.rand(size, 3), torch.rand(size, 3)

def loss(output, target):
    {loss}
    return F.mse_loss(output, target)
"""
    return Source(code, "Net")


def asked(source: Source, request: object) -> object:
    return answer(request, opened(Recipe("code", source=source).to_json(), 0, 0))  # type: ignore[arg-type]


def replayed(source: Source, step: Forward | Train) -> nn.Module:
    return replay(Recipe("code", source=source, steps=(step,)))


def printed(source: Source) -> str:
    found = asked(source, GetPrinted())
    return str(getattr(found, "output", ""))


def evidence(source: Source) -> str:
    return str(getattr(asked(source, GetEvidence("two_gradients")), "subject", ""))


def sharing(source: Source) -> str:
    return str(getattr(asked(source, GetUses()), "note", ""))


def survival(statement: str) -> str:
    """The sentence on a deep copy that fails; the copy made for the experiments is another's."""
    code = model(forward="pass").code.replace(
        "    def forward", f"    def __getstate__(self):\n        {statement}\n    def forward"
    )
    return str(asked(Source(code, "Net"), GetSurvival()))


def sentence(run: Callable[[str], object], statement: str) -> str:
    """What a place says of a failure: in what it gives, or in the ValueError that it raises."""
    try:
        return str(run(statement))
    except StepError as error:
        return error.reason
    except ValueError as error:
        return str(error)


PLACES: dict[str, Callable[[str], object]] = {
    "a forward pass": lambda s: replayed(model(forward=s), Forward()),
    "training, in the forward pass": lambda s: replayed(model(forward=s), Train()),
    "training, in the loss": lambda s: replayed(model(loss=s), Train()),
    "training, in the batch": lambda s: replayed(model(batch=s), Train()),
    "a print": lambda s: printed(model(forward=s)),
    "gradients": lambda s: asked(model(forward=s), GetUseGradients("a.weight")),
    "gradients, in the loss": lambda s: asked(model(loss=s), GetUseGradients("a.weight")),
    "twins": lambda s: asked(model(forward=s), GetTwins("a.weight")),
    "twins, in the batch": lambda s: asked(model(batch=s), GetTwins("a.weight")),
    "sharing": lambda s: sharing(model(forward=s)),
    "sharing, in the batch": lambda s: sharing(model(batch=s)),
    "survival": survival,
    "misconceptions": lambda s: evidence(model(forward=s)),
    "an init": lambda s: replay(
        Recipe("mlp", steps=(Custom(f"{UNREADABLE}\ndef init(net):\n    {s}", "init", "net"),))
    ),
    "a constructor": lambda s: replay(Recipe("code", source=model(build=s))),
    "a model's code": lambda s: replay(Recipe("code", source=Source(f"{UNREADABLE}\n{s}", "Net"))),
}


@pytest.mark.parametrize("raised", RAISED)
@pytest.mark.parametrize("place", PLACES)
def test_of_any_place_names_the_error_in_one_line(place: str, raised: str) -> None:
    said = sentence(PLACES[place], f"raise {raised}")
    assert RAISED[raised] in said
    assert "IndexError" not in said
    assert len(said) < 5_000
    assert "\n" not in said


@pytest.mark.parametrize("raised", RAISED)
@pytest.mark.parametrize("where", ["import", "build", "init"])
def test_of_a_file_is_a_complaint_and_the_commands_only_line(where: str, raised: str, tmp_path: Path) -> None:
    at = {"import": "", "build": "", "init": ""} | {where: f"raise {raised}"}
    text = f"from torch import nn\n{UNREADABLE}\n{at['import']}\n"
    text += f"def build():\n    {at['build']}\n    return nn.Linear(3, 3)\ndef init(m):\n    {at['init']}\n    pass\n"
    file = tmp_path / "file_that_fails.py"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"file_that_fails\.py line \d+: ") as refused:
        check(f"{file}:build", f"{file}:init", 0)
    assert RAISED[raised] in str(refused.value)
    assert "\n" not in str(refused.value)
    if where == "import":
        try:
            assert import_files(parse(["--init", str(file)])).complaints == (str(refused.value),)
        finally:
            import_files(())


def test_a_print_that_fails_is_told_too() -> None:
    code = model().code.replace(
        "    def forward", "    def extra_repr(self):\n        raise RuntimeError\n    def forward"
    )
    with pytest.raises(ValueError, match="printing the net fails: RuntimeError"):
        asked(Source(code, "Net"), GetPrinted())


@pytest.mark.parametrize("gives", ["torch.rand(2, 3)", "3", "None", "(torch.rand(2, 3),)"])
def test_a_batch_that_is_no_pair_says_so(gives: str) -> None:
    with pytest.raises(StepError, match="end it with return inputs, targets"):
        replayed(model(batch=f"return {gives}"), Train())


def test_a_loss_that_is_no_tensor_says_so() -> None:
    with pytest.raises(StepError, match="the backward pass fails: 'float' object has no attribute 'backward'"):
        replayed(model(loss="return 0.5"), Train())


def test_the_first_line_is_the_first_that_says_something() -> None:
    assert [first_line(text) for text in ("", "\n \n", "\n\n x \ny", "x")] == ["", "", "x", "x"]
    assert error_line(RuntimeError()) == "RuntimeError"
    assert error_line(RuntimeError("a\nb")) == "a"
