"""What is imported before the fork is all that is ever needed: in the jail, where no file can be read, nothing is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: Prepares as the zygote does, then answers every kind of question about every model, and tells what each has imported.
#: Whatever is asked for after preparing goes past a finder that notes it, found or not, kept or thrown away.
PROGRAM = """
import json, sys
from importlib.machinery import PathFinder

class Noting:
    @staticmethod
    def find_spec(name, path=None, target=None):
        looked_for.append(name)
        return None

looked_for = []
sys.meta_path.insert(sys.meta_path.index(PathFinder), Noting)
from core.engine import preparing
preparing.first()
first = len(looked_for)
preparing.rest()
rest = len(looked_for)
from tests.engine.asked import MODELS, Moments, answered_here, eventful, questions
from core.recipe.steps import Custom
from core.replaying.replay import replay, replayed
helpers = len(looked_for)

answered = set()
for model in MODELS:
    recipe = eventful(model).then(Custom("for p in net.parameters(): nn.init.uniform_(p)", "", "statements"))
    done = replayed(recipe)
    moments = Moments(recipe, replay(recipe.prefix(1)), done.model, done.outcomes, done.seen)
    for request in questions(moments):
        answered_here(request, moments)
        answered.add(type(request).__name__)
answers = len(looked_for)
try:
    import paramscope_has_no_such_module
except ImportError:
    pass
print(json.dumps({
    "rest": sorted(set(looked_for[first:rest])),
    "helpers": sorted(set(looked_for[rest:helpers])),
    "answers": sorted(set(looked_for[helpers:answers])),
    "a module that is missing": sorted(set(looked_for[answers:])),
    "answered": sorted(answered),
    "asked about": list(MODELS),
}))
"""


@pytest.fixture(scope="module")
def looked_for() -> dict[str, Any]:
    """The names of modules that were looked for on disk, by what was done."""
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_answering_everything_about_every_model_imports_nothing_more(looked_for: dict[str, Any]) -> None:
    from core.questions.registry import QUESTIONS
    from core.recipe.catalog import MODELS

    assert looked_for["answers"] == []
    assert looked_for["answered"] == sorted(QUESTIONS)
    assert looked_for["asked about"] == list(MODELS)


def test_asking_needed_nothing_of_ours_or_torchs_that_preparing_had_left_out(looked_for: dict[str, Any]) -> None:
    assert {name.partition(".")[0] for name in looked_for["helpers"]} == {"tests"}


def test_what_is_looked_for_is_noticed(looked_for: dict[str, Any]) -> None:
    assert looked_for["a module that is missing"] == ["paramscope_has_no_such_module"]
    assert "torch._dynamo" in looked_for["rest"]
