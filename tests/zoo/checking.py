"""A model built under observation, and what is said of its tensors."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from core.observation import provenance
from core.questions.story import Story
from core.questions.theory import VerdictRow
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins_when_built


@dataclass(frozen=True)
class Checked:
    """A model as it was built, the story of every tensor by name, and a row for each distinct one."""

    net: nn.Module
    stories: dict[str, Story]
    rows: Sequence[VerdictRow]

    def said(self, kind: str) -> list[tuple[str, str, str]]:
        """Name, sentence and source of the tensors with that verdict."""
        return [(row.name, row.verdict.sentence, row.source) for row in self.rows if row.verdict.kind == kind]


def built(build: Callable[[], nn.Module], seed: int = 0) -> Checked:
    """The model, observed and checked."""
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages, about themselves
        with provenance() as story:
            net = build()
        stories = story.of(net)
    return Checked(net, stories, ModelCheck(net, origins_when_built(net, stories)).model().rows)
