"""What `story[tensor]` tells of a net that was built under observation, of every kind of write."""

import copy
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from core import provenance
from core.questions.story import Story
from core.questions.story_words import in_full

Build = Callable[[], Any]


def told(build: Build) -> tuple[Any, dict[str, Story]]:
    """The net, and the story of each of its tensors, asked for one by one as a notebook does."""
    with provenance() as story:
        net = build()
    names = [*net.named_parameters(remove_duplicate=False), *net.named_buffers(remove_duplicate=False)]
    return net, {name: story[tensor] for name, tensor in names}


def line_of(function: Callable[..., object], words: str) -> str:
    """`file:line` of the line of a function's code that has these words."""
    lines, first = inspect.getsourcelines(function)
    return f"{__file__}:{first + next(index for index, line in enumerate(lines) if words in line)}"


class ConvNet(nn.Module):
    """Draws its convolutions in its constructor, as ResNets do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 4)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.constant_(module.weight, 0.5)


def test_a_draw_names_its_function_its_arguments_and_the_authors_own_line() -> None:
    _, stories = told(ConvNet)
    story = stories["conv.weight"]
    assert (story.kind, story.function, story.owner) == ("drawn", "kaiming_normal_", None)
    assert story.arguments == {"a": 0, "mode": "fan_out", "nonlinearity": "relu"}
    assert story.line == line_of(ConvNet, "kaiming_normal_")
    assert story.times == 2
    (default,) = story.earlier
    assert (default.kind, default.owner, default.function) == ("default", "Conv2d", "reset_parameters")
    assert default.line == line_of(ConvNet, "nn.Conv2d(3")
    filled = stories["norm.weight"]
    assert (filled.kind, filled.function, filled.arguments) == ("filled", "constant_", {"val": 0.5})
    assert (stories["fc.weight"].kind, stories["fc.weight"].owner) == ("default", "Linear")
    assert stories["norm.running_var"].owner == "BatchNorm2d"


def copies() -> Any:
    net: Any = nn.ModuleDict({"a": nn.Linear(4, 4), "b": nn.Linear(4, 4)})
    with torch.no_grad():
        net["b"].weight.copy_(net["a"].weight)
    return net


def scales() -> Any:
    net = nn.Linear(4, 4)
    nn.init.normal_(net.weight, std=0.5)
    with torch.no_grad():
        net.weight.mul_(2).add_(1)
    return net


def loads() -> Any:
    net = nn.Linear(4, 4)
    net.load_state_dict({name: torch.ones_like(value) for name, value in net.state_dict().items()})
    return net


def runs() -> Any:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    net(torch.ones(2, 3))
    return net


def leaves() -> Any:
    net = nn.Module()
    net.weight = nn.Parameter(torch.empty(3, 4))
    return net


@pytest.mark.parametrize(
    ("build", "name", "kind", "function"),
    [
        (copies, "b.weight", "copied", "copy_"),
        (scales, "weight", "transformed", "add_"),
        (loads, "weight", "loaded", "load_state_dict"),
        (runs, "1.running_mean", "written", "forward"),
        (leaves, "weight", "never written", "empty"),
    ],
)
def test_each_kind_of_write_is_told(build: Build, name: str, kind: str, function: str) -> None:
    _, stories = told(build)
    assert (stories[name].kind, stories[name].function) == (kind, function)


def test_a_copy_names_its_source_and_a_change_what_was_before_it() -> None:
    assert told(copies)[1]["b.weight"].source == "a.weight"
    earlier = told(scales)[1]["weight"].earlier
    assert [each.function for each in earlier] == ["reset_parameters", "normal_", "mul_"]
    assert earlier[1].arguments == {"mean": 0.0, "std": 0.5}
    assert told(leaves)[1]["weight"].times == 0


def test_a_part_is_told_with_its_place() -> None:
    def build() -> Any:
        lstm: Any = nn.LSTM(4, 8)
        nn.init.constant_(lstm.bias_hh_l0[8:16], 1.0)
        return lstm

    story = told(build)[1]["bias_hh_l0"]
    assert (story.kind, story.part, story.arguments) == ("filled", "[8:16]", {"val": 1.0})
    assert story.earlier[0].owner == "LSTM"
    padded = told(lambda: nn.Embedding(6, 4, padding_idx=2))[1]["weight"]
    assert (padded.owner, padded.part) == ("Embedding", "[2]")


@pytest.mark.parametrize(
    ("init", "arguments"),
    [
        (lambda w: nn.init.orthogonal_(w, gain=math.sqrt(2)), {"gain": math.sqrt(2)}),
        (lambda w: nn.init.trunc_normal_(w, std=0.02, b=1.0), {"mean": 0.0, "std": 0.02, "a": -2.0, "b": 1.0}),
        (lambda w: nn.init.sparse_(w, 0.25), {"sparsity": 0.25, "std": 0.01}),
    ],
)
def test_inits_of_several_operations_are_one_write(
    init: Callable[[torch.Tensor], object], arguments: dict[str, float]
) -> None:
    def build() -> Any:
        net = nn.Linear(4, 4)
        init(net.weight)
        return net

    story = told(build)[1]["weight"]
    assert (story.times, story.arguments) == (2, arguments)


def test_numbers_that_are_equal_and_of_other_types_stay_apart() -> None:
    def build() -> Any:
        net = nn.ParameterList(torch.empty(2) for _ in range(3))
        for parameter, value in zip(net, (1, True, 1.0), strict=True):
            nn.init.constant_(parameter, value)
        return net

    stories = told(build)[1]
    assert [type(story.arguments["val"]) for story in stories.values()] == [int, bool, float]


def test_a_tensor_of_one_element_is_no_argument_of_its_own_init() -> None:
    net = nn.Linear(1, 1)
    with provenance() as story:
        nn.init.normal_(net.weight)
    assert story[net.weight].arguments == {"mean": 0.0, "std": 1.0}


def test_clones_lazy_layers_tied_and_pretrained_tensors_have_stories() -> None:
    pretrained: Any = nn.Embedding.from_pretrained

    def build() -> Any:
        net = nn.ModuleDict(
            {
                "encoder": nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2, enable_nested_tensor=False),
                "lazy": nn.LazyLinear(3),
                "table": pretrained(torch.randn(5, 8)),
                "twin": nn.Linear(8, 5, bias=False),
            }
        )
        net["lazy"](torch.ones(2, 8))
        net["twin"].weight = net["table"].weight
        net["copy"] = copy.deepcopy(net["lazy"])
        return net

    _, stories = told(build)
    assert stories["encoder.layers.1.linear1.weight"].kind == "copied"
    assert (stories["lazy.weight"].kind, stories["lazy.weight"].owner) == ("default", "Linear")
    assert (stories["table.weight"].kind, stories["table.weight"].function) == ("drawn", "randn")
    assert stories["twin.weight"] == stories["table.weight"]
    assert stories["copy.weight"].source == "lazy.weight"


def test_meta_tensors_have_stories_too() -> None:
    def build() -> Any:
        with torch.device("meta"):
            net = nn.Linear(4, 3)
        net.to_empty(device="cpu")
        nn.init.ones_(net.weight)
        return net

    stories = told(build)[1]
    assert (stories["weight"].kind, stories["weight"].function) == ("filled", "ones_")
    assert stories["bias"].kind == "never written"


def test_contexts_may_be_nested_and_may_end_in_an_error() -> None:
    with provenance() as outer:
        net = nn.Linear(2, 2)
        with provenance() as inner:
            nn.init.ones_(net.weight)
    assert (outer[net.weight].function, outer[net.weight].times) == ("ones_", 2)
    assert (inner[net.weight].function, inner[net.weight].times) == ("ones_", 1)
    with pytest.raises(RuntimeError, match="broken"), provenance() as ended:  # noqa: PT012
        nn.init.zeros_(net.weight)
        raise RuntimeError("broken")
    assert ended[net.weight].function == "zeros_"
    nn.init.ones_(net.weight)
    assert ended[net.weight].function == "zeros_"


def test_what_was_made_outside_has_no_story() -> None:
    other = nn.Linear(2, 3)
    with provenance() as story:
        net = nn.Linear(2, 2)
        net.register_buffer("given", other.weight)
    with pytest.raises(KeyError, match=r"shape \(3,\).*made outside"):
        _ = story[other.bias]
    assert story[net.get_buffer("given")].kind == "unseen"
    with pytest.raises(TypeError, match="a Linear has no story"):
        _ = story[net]  # type: ignore[index]


def test_the_line_is_that_of_this_file() -> None:
    line = told(copies)[1]["b.weight"].line
    assert Path(line.rpartition(":")[0]) == Path(__file__)


def test_a_tensor_whose_parts_are_all_written_is_not_told_as_never_written() -> None:
    def experts(written: int) -> Any:
        net: Any = nn.Module()
        net.w = nn.Parameter(torch.empty(3, 4, 4))
        for index in range(written):
            nn.init.kaiming_uniform_(net.w[index])
        return net

    assert "never written" not in in_full(told(lambda: experts(3))[1]["w"])
    assert "never written" in in_full(told(lambda: experts(2))[1]["w"])


def test_averaging_a_model_is_no_training() -> None:
    def build() -> Any:
        net = nn.Linear(3, 2)
        return nn.ModuleList([net, torch.optim.swa_utils.AveragedModel(net)])

    story = told(build)[1]
    assert (story["1.module.weight"].kind, story["1.module.weight"].source) == ("copied", "0.weight")
    assert story["1.n_averaged"].kind == "filled"
