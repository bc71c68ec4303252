"""What is loaded from a tensor of the model has that one's story, and its theory."""

import torch
from torch import nn

from core.observation import provenance
from core.sharing.equal import equality
from core.theory.premises import premises


class Siblings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(30, 20) for _ in range(3))
        nn.init.normal_(self.a.weight, 0, 0.02)
        self.b.load_state_dict(self.a.state_dict())
        self.c.load_state_dict({"weight": torch.tensor([[0.5] * 30] * 20), "bias": torch.zeros(20)})


def test_a_sibling_that_is_loaded_is_its_source() -> None:
    with provenance() as story:
        net = Siblings()
    loaded = story.of(net)["b.weight"]
    assert (loaded.kind, loaded.function, loaded.source) == ("loaded", "load_state_dict", "a.weight")
    assert loaded.of is not None
    assert (loaded.of.kind, loaded.of.arguments) == ("drawn", {"mean": 0, "std": 0.02})
    (promised,), (source,) = premises(loaded, (20, 30)), premises(story[net.a.weight], (20, 30))
    of_source = source.promise
    assert promised.promise is not None
    assert of_source is not None
    assert promised.promise.distribution == of_source.distribution
    assert story[net.c.weight].source is None
    found = {group.names: group.reason for group in equality(net, story.of(net)).groups}
    assert "loaded from a.weight" in found["a.weight", "b.weight"]


def test_a_source_that_changed_since_was_loaded_as_it_was() -> None:
    with provenance() as story:
        net = Siblings()
        nn.init.zeros_(net.a.weight)
    (promised,) = premises(story[net.b.weight], (20, 30))
    assert promised.promise is not None
    assert promised.promise.structure is None
