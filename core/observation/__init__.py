"""Who wrote each tensor of a model, observed while it was built."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import named_tensors
from ..questions.story import UNSEEN, Story
from ..tensor.compare import changed_elements
from ..text import article
from .draws import known_as, told_alone
from .naming import names, nets_of
from .observing import Observer
from .regions import Region
from .telling import Named, told


class Provenance:
    """What was observed; `story[tensor]` tells it of a tensor or parameter.

    `earlier`: what was observed before, as while a file was imported.
    """

    def __init__(self, earlier: "Provenance | None" = None) -> None:
        self._observer: Observer = Observer(None if earlier is None else earlier._observer)
        self._named: Named = lambda _memory, _region: (None, "")

    def __getitem__(self, tensor: Tensor) -> Story:
        """The story of a tensor.

        Raises:
            TypeError: it is no tensor; KeyError: nothing was seen of it, nor of the net that it is part of.
        """
        if not isinstance(tensor, Tensor):
            kind = article(type(tensor).__name__)
            raise TypeError(f"{kind} has no story; ask for a tensor, such as story[net.fc.weight]")
        story = self._story(tensor)
        if story == UNSEEN and not self._is_of_a_net(tensor):
            raise KeyError(
                f"nothing was seen of this tensor of shape {tuple(tensor.shape)}: it was made outside of "
                "`with provenance()`; ask for one of the net that was built within it"
            )
        if any(each.kind in ("copied", "loaded") and each.source is None for each in (*story.earlier, story)):
            for net in nets_of(tensor)[:1]:
                self._named = names(net, self._observer.memory)
                return told_alone(self._story(tensor))
        return told_alone(story)

    def _story(self, tensor: Tensor) -> Story:
        if is_lazy(tensor) or not tensor.numel():
            return Story("never written", shape=None if is_lazy(tensor) else tuple(tensor.shape), times=0)
        if tensor.layout != torch.strided or tensor.is_nested:
            layout = "nested" if tensor.is_nested else str(tensor.layout).removeprefix("torch.")
            return Story("unseen", layout, times=0)
        memory = self._observer.memory(tensor)
        return UNSEEN if memory is None else told(memory, Region.of(tensor), self._named)

    def _is_of_a_net(self, tensor: Tensor) -> bool:
        """Whether it is registered in a net of which something was seen."""
        entries = [entry for net in nets_of(tensor) for entry in named_tensors(net)]
        return any(self._story(entry.tensor).kind != "unseen" for entry in entries)

    def of(self, model: nn.Module) -> dict[str, Story]:
        """The story of every tensor of a model by qualified name, sources of copies called by theirs."""
        return {name: told_alone(story) for name, story in self._of(model).items()}

    def _of(self, model: nn.Module) -> dict[str, Story]:
        """The same, with the numbers that draws have in all that was observed."""
        self._named = names(model, self._observer.memory)
        entries = named_tensors(model)
        stories = {key: self._story(tensor) for key, tensor in {id(e.tensor): e.tensor for e in entries}.items()}
        return {entry.name: stories[id(entry.tensor)] for entry in entries}

    def know(self, model: nn.Module, stories: Mapping[str, Story]) -> None:
        """Take over what is known from elsewhere of the tensors of a model, as they are now."""
        self._know(model, {name: known_as(story, name) for name, story in stories.items()})

    def _know(self, model: nn.Module, stories: Mapping[str, Story]) -> None:
        for entry in named_tensors(model):
            if entry.name in stories and not is_lazy(entry.tensor):
                self._observer.know(entry.tensor, stories[entry.name])

    def written_since(self, model: nn.Module, before: Mapping[str, Tensor | None], function: str) -> None:
        """Take down that `function` changed what differs from copies made before, without its single writes.

        `before` holds None for what had no values.
        """
        stories, step = self._of(model), self._observer.step
        changed = {
            entry.name: _rewritten(stories[entry.name], entry.tensor, function, step)
            for entry in named_tensors(model)
            if entry.name in before and ((old := before[entry.name]) is None or changed_elements(old, entry.tensor))
        }
        self._know(model, stories | changed)

    def at(self, step: int) -> None:
        """From now on what is written belongs to that step of a recipe, 0 being the build."""
        self._observer.step = step

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Within it, writes are observed."""
        with self._observer:
            yield


def _rewritten(story: Story, tensor: Tensor, function: str, step: int) -> Story:
    """The story of a tensor to which a function wrote since."""
    earlier = (*story.earlier, replace(story, times=1, earlier=()))
    dtype = str(tensor.dtype).removeprefix("torch.")
    left = story.unwritten if function == "step" else None  # each value is changed from what it was
    written = Story("written", function, step=step, shape=tuple(tensor.shape), dtype=dtype, unwritten=left)
    return replace(written, times=story.times + 1, earlier=earlier)


@contextmanager
def provenance() -> Iterator[Provenance]:
    """Within it, who writes which tensor is observed; what is drawn is the same as without.

    Example:
        >>> from torch import nn
        >>> with provenance() as story:
        ...     net = nn.Linear(4, 2)
        ...     _ = nn.init.xavier_uniform_(net.weight, gain=2.0)
        >>> story[net.weight].kind, story[net.weight].function, story[net.weight].arguments
        ('drawn', 'xavier_uniform_', {'gain': 2.0})
        >>> story[net.bias].kind, story[net.bias].owner
        ('default', 'Linear')
    """
    found = Provenance()
    with found.watching():
        yield found


Stories = Mapping[str, Story]
__all__ = ["Provenance", "Stories", "Story", "provenance"]
