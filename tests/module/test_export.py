"""A model's weights as a safetensors file: loaded as its sentence says, every name has its bytes again."""

import json

import pytest
import safetensors.torch
import torch
from torch import nn

from core.module.export import to_safetensors
from core.module.tying import tie, tied_groups
from tests.edge_cases import buffers, lazy, meta
from tests.kinds import k1, k2, k4, pair


def metadata(content: bytes) -> dict[str, str]:
    """What the header says beside the tensors; its length stands in the first eight bytes."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    found: dict[str, str] = header["__metadata__"]
    return found


@pytest.mark.parametrize("build", [pair, k1, k2, k4, buffers])
def test_what_is_loaded_into_a_net_built_alike_is_what_was_saved(build: type[nn.Module]) -> None:
    torch.manual_seed(1)
    net = build()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.rand(()))
    content, said = to_safetensors(net, "{}")
    other = build()
    groups = tied_groups(net)
    other.load_state_dict(safetensors.torch.load(content), strict=not groups)
    for name, tensor in net.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor), name
    assert ("strict=False" in said) == bool(groups)
    assert json.loads(metadata(content)["tied"]) == {
        name: group.names[0] for group in groups for name in group.names[1:]
    }
    assert (metadata(content)["format"], metadata(content)["recipe"]) == ("pt", "{}")


def test_the_sentence_lists_four_tied_names() -> None:
    net = nn.ModuleList(nn.Linear(2, 2, bias=False) for _ in range(6))
    for index in range(1, 6):
        tie(net, "0.weight", f"{index}.weight")
    _, said = to_safetensors(net, "{}")
    assert said == (
        "Tied names are written once (1.weight = 0.weight, 2.weight = 0.weight, 3.weight = 0.weight, "
        "4.weight = 0.weight). Build the same net, then "
        "net.load_state_dict(safetensors.torch.load_file('weights.safetensors'), strict=False)"
    )
    assert to_safetensors(pair(), "{}")[1] == (
        "Load with net.load_state_dict(safetensors.torch.load_file('weights.safetensors'))"
    )


@pytest.mark.parametrize(("build", "name"), [(lazy, "0.weight"), (meta, "0.weight")])
def test_what_has_no_data_is_one_sentence(build: type[nn.Module], name: str) -> None:
    with pytest.raises(ValueError, match=f"^'{name}' has no data to write; run a forward pass first$"):
        to_safetensors(build(), "{}")


def test_a_dtype_without_a_place_in_the_format_is_named() -> None:
    net = nn.Module()
    net.register_buffer("turned", torch.zeros(2, dtype=torch.complex128))
    with pytest.raises(ValueError, match=r"^'turned' is torch.complex128, which the file's format cannot hold"):
        to_safetensors(net, "{}")


def test_a_models_own_state_dict_is_not_asked() -> None:
    class Own(nn.Linear):
        def state_dict(self, *_: object, **__: object) -> dict[str, torch.Tensor]:  # type: ignore[override]
            raise RuntimeError("not that")

    net = Own(2, 2)
    content, _ = to_safetensors(net, "{}")
    assert torch.equal(safetensors.torch.load(content)["weight"], net.weight)
