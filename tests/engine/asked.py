"""What is asked in tests about the engine: a recipe for every model, and every kind of question about it.

It imports nothing but `core`: a test that watches what a worker imports must not import it first.
"""

import json
from typing import Any

from core.answers.answer import answer
from core.answers.base import Moments
from core.module.tying import untie_name
from core.module.walk import named_tensors
from core.questions.base import Request
from core.questions.code import GetMisfits, GetOwnFiles, GetReading, GetSourceReading
from core.questions.equal import GetEqual
from core.questions.experiments import GetEvidence, GetMisconceptions, GetSurvival, GetTwins
from core.questions.model import File, GetListing, GetOverview, GetPreview, GetPrinted, GetTree, GetWeights
from core.questions.sharing import GetSharing, GetUseGradients, GetUses
from core.questions.story import GetStory, GetUnwritten
from core.questions.tensor import GetAccess, GetCards, GetChangedCells, GetChanges, GetDetail, GetDistance, GetValues
from core.questions.theory import Choice, GetComparison, GetGallery, GetIdentity, GetTheory, GetVerdict
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Forward, Pattern, Subtree, Tie, Train, Untie
from core.replaying.replay import replay


def eventful(model: str) -> Recipe:
    """A recipe of that model with its opening and one step of every other kind that fits."""
    recipe = Recipe(model, 7, MODELS[model].opening).then(Forward(seed=5))
    net = replay(recipe)
    names = [entry.name for entry in named_tensors(net) if entry.kind == "parameter"]
    shapes = {name: tuple(net.get_parameter(name).shape) for name in names}
    recipe = recipe.then(Edit(names[0], "w *= 2; w[0] = nan")).then(Edit(names[-1], "w += inf"))
    for source in names:
        for target in names[names.index(source) + 1 :]:
            if shapes[source] == shapes[target] and net.get_parameter(source) is not net.get_parameter(target):
                recipe = recipe.then(Tie(source, target)).then(Train(2, 0.05, 9))
                return recipe.then(Untie(untie_name(replay(recipe), target) or target))
    return recipe.then(Train(2, 0.05, 9))


def questions(moments: Moments) -> list[Request[Any]]:
    """Every kind of request, about every tensor where it takes one."""
    names = tuple(entry.name for entry in named_tensors(moments.after))
    return [
        GetOverview(),
        GetTree(),
        GetChanges(),
        GetPrinted(),
        GetPrinted("0"),
        *(GetListing(name) for name in ("", "0", "missing")),
        GetWeights(),
        GetCards(names),
        GetCards(names[:3], cells=5, difference=True),
        GetPreview("xavier_normal", Subtree()),
        GetPreview("kaiming_uniform", Pattern("*"), (("nonlinearity", "relu"),)),
        *(GetAccess(name) for name in names),
        *(GetValues(name) for name in names),
        *(GetDistance(names[0], name) for name in names),
        *(GetDetail(name, cells=7) for name in names),
        GetDetail(names[0], window=(0, 1, 0, 2), difference=True),
        GetAccess("missing"),
        GetReading("def my_init(m): nn.init.normal_(m.weight)"),
        GetReading("def my_init(m, n): pass"),
        GetSourceReading("def build(): return nn.Linear(2, 1)"),
        GetOwnFiles(),
        GetMisfits(),
        GetSharing(),
        GetEqual(),
        GetUnwritten(),
        *(GetStory(name) for name in names[:3]),
        GetUses(),
        GetSurvival(),
        GetMisconceptions(),
        GetEvidence("equal_values"),
        GetEvidence("missing"),
        GetChangedCells(),
        *(GetUseGradients(name, rows=4) for name in names),
        *(GetTwins(name, steps=2, optimizer="adam", rows=4) for name in names[:3]),
        GetTheory(names),
        GetVerdict(),
        *(GetIdentity(name) for name in names[:4]),
        GetGallery(names[0], seed=1),
        GetComparison(Subtree(), (Choice("xavier_uniform"), Choice("orthogonal", (("gain", 2.0),), 3)), shown=2),
    ]


def answered_here(request: Request[Any], moments: Moments) -> Any:
    """The answer, or the sentence that says why there is none."""
    try:
        return answer(request, moments)
    except ValueError as error:
        return str(error)


def comparable(record: Any) -> Any:
    """The record; of a safetensors file the header's text apart, since it lists its metadata in any order."""
    if not isinstance(record, File):
        return record
    content = record.content.tobytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    return sorted(json.loads(content[8:begin]).items()), content[begin:], record.note
