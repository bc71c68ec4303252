"""Stories that are known from the packages' own code, read here by Python and not by the product."""

import inspect
import math
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from .checking import built
from .models import build_of
from .packages import imported


def line_of(module: ModuleType, text: str) -> str:
    """File and line of the only place in a module's source that has the text."""
    file = inspect.getsourcefile(module)
    assert file is not None
    found = [n for n, line in enumerate(Path(file).read_text().splitlines(), 1) if text in line]
    assert len(found) == 1, found
    return f"{file}:{found[0]}"


def test_resnets_convolutions_are_drawn_for_their_outputs_in_resnet_py() -> None:
    stories = built(build_of("torchvision/resnet18"))
    net = stories.net
    line = line_of(imported("torchvision.models.resnet"), "kaiming_normal_(")
    convolutions = [name for name, module in net.named_modules() if isinstance(module, nn.Conv2d)]
    assert len(convolutions) == 20
    for name in convolutions:
        story = stories.stories[f"{name}.weight"]
        assert (story.kind, story.function, story.line) == ("drawn", "kaiming_normal_", line)
        assert (story.arguments["mode"], story.arguments["nonlinearity"]) == ("fan_out", "relu")
        assert story.times == 2  # by the class's own default first
        assert story.earlier[0].owner == "Conv2d"
    rows = {row.name: row for row in stories.rows}
    for name in convolutions:
        weight = net.get_parameter(f"{name}.weight")
        expected = math.sqrt(2 / (weight.shape[0] * weight.shape[2] * weight.shape[3]))
        found = rows[f"{name}.weight"].expected_std
        assert found is not None
        assert math.isclose(found, expected, rel_tol=1e-9)
    head = stories.stories["fc.weight"]
    assert (head.kind, head.owner) == ("default", "Linear")


def test_gpt2_draws_with_its_range_and_its_residual_projections_with_less() -> None:
    checked = built(build_of("transformers/GPT2"))
    layers = 2
    rows = {row.name: row for row in checked.rows}
    for name, row in rows.items():
        if not name.endswith(".weight") or "ln_" in name:
            continue
        std = 0.02 / math.sqrt(2 * layers) if name.endswith("c_proj.weight") else 0.02
        assert row.story.function == "normal_", row.story
        assert row.story.arguments["mean"] == 0.0
        assert math.isclose(float(str(row.story.arguments["std"])), std, rel_tol=1e-12), name
        assert row.expected_std is not None
        assert math.isclose(row.expected_std, std, rel_tol=1e-9), name
        assert row.verdict.kind == "consistent"
    line = line_of(imported("transformers.models.gpt2.modeling_gpt2"), "init.normal_(module.c_proj.weight")
    assert rows["transformer.h.1.mlp.c_proj.weight"].story.line == line  # and not in the function that passes it on


def test_gpt2s_head_is_its_embedding() -> None:
    checked = built(build_of("transformers/GPT2"))
    (row,) = [row for row in checked.rows if "lm_head.weight" in (row.name, *row.tied_with)]
    assert {row.name, *row.tied_with} == {"transformer.wte.weight", "lm_head.weight"}
    assert checked.stories["lm_head.weight"] == checked.stories["transformer.wte.weight"]
    assert checked.net.get_parameter("lm_head.weight").data_ptr() == (
        checked.net.get_parameter("transformer.wte.weight").data_ptr()
    )


def test_timms_transformer_says_each_operation_of_its_truncated_normal() -> None:
    checked = built(build_of("timm/vit_tiny_patch16_224"))
    rows = {row.name: row for row in checked.rows}
    row = rows["blocks.0.attn.qkv.weight"]
    writes = [each.function for each in (*row.story.earlier, row.story)]
    assert writes[-5:] == ["uniform_", "erfinv_", "mul_", "add_", "clamp_"]
    assert row.expected_std is not None
    assert math.isclose(row.expected_std, 0.02, rel_tol=1e-6)  # cut 100 std out
    assert torch.equal(checked.net.get_parameter("blocks.0.attn.qkv.bias"), torch.zeros(576))
    assert rows["blocks.0.attn.qkv.bias"].story.kind == "filled"
