"""A model whose code draws from torch, NumPy and `random` answers every question the same, however often asked."""

import hashlib
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.answers.answer import answer
from core.answers.base import Moments
from core.engine import channel
from core.engine.worker import opened
from core.questions.base import Request
from core.questions.code import GetMisfits
from core.questions.equal import GetEqual
from core.questions.experiments import GetEvidence, GetMisconceptions, GetSurvival, GetTwins
from core.questions.model import GetListing, GetOverview, GetPreview, GetPrinted, GetTree, GetWeights
from core.questions.registry import QUESTIONS
from core.questions.sharing import GetSharing, GetUseGradients, GetUses
from core.questions.story import GetStory, GetUnwritten
from core.questions.tensor import GetAccess, GetCards, GetChangedCells, GetChanges, GetDetail, GetDistance, GetValues
from core.questions.theory import Choice, GetComparison, GetGallery, GetIdentity, GetTheory, GetVerdict
from core.recipe.recipe import Recipe
from core.recipe.steps import Forward, OneTensor, Source, Train
from core.sharing.misconceptions import BELIEFS

ROOT = Path(__file__).parents[2]
#: A layer used twice, with noise from all three streams: when it is built, in its forward, its batch and its loss.
NOISY = """
import random
import numpy as np

def noise():
    return torch.rand(()) + np.random.rand() + random.random()

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = nn.Linear(3, 3)
        self.b.weight = self.a.weight
        self.a.weight.data *= noise()

    def forward(self, x):
        return self.b(torch.tanh(self.a(x) * noise())) * noise()

def batch(size):
    return torch.rand(size, 3) * noise(), torch.rand(size, 3) * noise()

def loss(output, target):
    return F.mse_loss(output, target) * noise()
"""
RECIPE = Recipe("code", source=Source(NOISY, "Net"), steps=(Forward(), Train(2, 0.1)))


def questions() -> list[Request[Any]]:
    """One of each kind, and every misconception."""
    name, place = "a.weight", OneTensor("a.weight")
    return [
        *(kind() for kind in (GetOverview, GetTree, GetPrinted, GetListing, GetWeights, GetChanges, GetVerdict)),
        *(kind() for kind in (GetUses, GetSharing, GetEqual, GetChangedCells, GetSurvival, GetMisconceptions)),
        GetMisfits(),
        *(kind(name) for kind in (GetDetail, GetValues, GetAccess, GetIdentity, GetGallery, GetUseGradients)),
        GetStory(name),
        GetUnwritten(),
        *(kind((name,)) for kind in (GetCards, GetTheory)),
        GetPreview("normal", place),
        GetDistance(name, "b.weight"),
        GetComparison(place, (Choice("normal"), Choice("sparse", (("sparsity", 0.1),)))),
        GetTwins(name, steps=3),
        *(GetEvidence(key) for key in BELIEFS),
    ]


def digest(request: Request[Any], moments: Moments) -> str:
    """Of every byte of an answer."""
    value, arrays = channel.pack(answer(request, moments))
    if isinstance(request, GetWeights):  # the header of a safetensors file lists its metadata in any order
        arrays = [array[8 + int.from_bytes(array[:8].tobytes(), "little") :] for array in arrays]
    parts = [repr(value).encode(), *(np.ascontiguousarray(array).tobytes() for array in arrays)]
    return hashlib.sha256(b"|".join(parts)).hexdigest()[:16]


#: Questions that are answered by running the model's code.
RUNNING: tuple[Request[Any], ...] = (
    GetPrinted(),
    GetSharing(),
    GetUses(),
    GetUseGradients("a.weight"),
    GetTwins("a.weight", steps=3),
    GetEvidence("two_gradients"),
)


def digests() -> list[str]:
    """Of the noisy model's weights, and of the answers that its code is run for."""
    moments = opened(RECIPE.to_json(), 0, len(RECIPE.steps))
    return [digest(request, moments) for request in (GetWeights(), *RUNNING)]


def streams() -> tuple[object, ...]:
    """Where the three streams stand, without moving them."""
    numpy: Any = np.random.get_state()  # noqa: NPY002 (the stream that a model's code draws from)
    return random.getstate(), numpy[1].tobytes(), numpy[2], torch.get_rng_state().numpy().tobytes()


@pytest.fixture(scope="module")
def moments() -> Moments:
    return opened(RECIPE.to_json(), 0, len(RECIPE.steps))


def test_every_question_is_asked_that_has_an_answer_about_models() -> None:
    assert set(QUESTIONS.values()) - {type(request) for request in questions()} == {
        QUESTIONS[name] for name in ("GetReading", "GetSourceReading", "GetOwnFiles")
    }


@pytest.mark.parametrize("request_", questions(), ids=repr)
def test_an_answer_is_the_same_when_asked_again_and_moves_no_stream(request_: Request[Any], moments: Moments) -> None:
    before = streams()
    first = digest(request_, moments)
    assert streams() == before
    torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
    assert digest(request_, moments) == first


def test_another_process_gives_the_same_answers() -> None:
    torch.rand(3)
    program = "from tests.answers.test_seeding import digests; print(*digests())"
    command = [sys.executable, "-c", program]
    other = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert digests() == other


def test_two_parameters_over_one_storage_train_as_one_does() -> None:
    found = answer(GetTwins("a.weight", steps=20), opened(RECIPE.to_json(), 0, 2))
    assert found.tied_losses == pytest.approx(found.storage_losses, rel=1e-5)
    assert found.storage_gaps.max() < 1e-5
    assert found.distances[-1] > 1e-3
