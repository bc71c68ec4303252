"""Trees of modules that tests of the module tree draw, made by hand."""

import math
from typing import Any

from core.questions.model import ModuleNode, TensorInfo, TreeRow

HTML_NAME = "<img src=x onerror=document.title='hacked'><b id=bold>bold</b>"


def tensor(name: str, shape: tuple[int, ...] | None, **changes: Any) -> TensorInfo:
    facts: dict[str, Any] = {
        "name": name,
        "kind": "parameter",
        "shape": shape,
        "dtype": "float32",
        "device": "cpu",
        "numel": 0 if shape is None else math.prod(shape),
        "trainable": True,
        "lazy": shape is None,
        "persistent": True,
        "tied_with": (),
    }
    return TensorInfo(**(facts | changes))


def module(name: str, type_name: str, *parts: TensorInfo | ModuleNode, **changes: Any) -> ModuleNode:
    tensors = [part for part in parts if isinstance(part, TensorInfo)]
    children = tuple(part for part in parts if isinstance(part, ModuleNode))
    parameters = tuple(part for part in tensors if part.kind == "parameter")
    facts: dict[str, Any] = {
        "name": name,
        "type_name": type_name,
        "training": True,
        "parameters": parameters,
        "buffers": tuple(part for part in tensors if part.kind == "buffer"),
        "children": children,
        "num_parameters": sum(p.numel for p in parameters) + sum(c.num_parameters for c in children),
        "shared_with": (),
    }
    return ModuleNode(**(facts | changes))


def linear(name: str, fan_in: int, fan_out: int) -> ModuleNode:
    return module(name, "Linear", tensor(f"{name}.weight", (fan_out, fan_in)), tensor(f"{name}.bias", (fan_out,)))


def blocks() -> ModuleNode:
    """The lesson's nested blocks: 18 tensors, 309 parameters."""
    return module(
        "",
        "Sequential",
        module(
            "0",
            "Sequential",
            *(
                module(
                    f"0.block{b}",
                    "Sequential",
                    linear(f"0.block{b}.0", 4, 8),
                    module(f"0.block{b}.1", "ReLU"),
                    linear(f"0.block{b}.2", 8, 4),
                    module(f"0.block{b}.3", "ReLU"),
                )
                for b in range(4)
            ),
        ),
        linear("1", 4, 1),
    )


def convolutions() -> ModuleNode:
    """Long names, long types and long shapes."""
    attention = "decoder.layers.0.self_attn"
    return module(
        "",
        "Net",
        module(
            "stage",
            "Sequential",
            module("stage.conv", "Conv2d", tensor("stage.conv.weight", (128, 128, 3, 3), trainable=False)),
            module(
                "stage.norm",
                "BatchNorm2d",
                tensor("stage.norm.weight", (128,)),
                tensor("stage.norm.running_mean", (128,), kind="buffer"),
                tensor("stage.norm.num_batches_tracked", (), kind="buffer", dtype="int64"),
            ),
        ),
        module(
            "decoder",
            "TransformerDecoder",
            module(
                "decoder.layers",
                "ModuleList",
                module(
                    "decoder.layers.0",
                    "TransformerDecoderLayer",
                    module(
                        attention,
                        "MultiheadAttention",
                        tensor(f"{attention}.in_proj_weight", (768, 256), tied_with=("head.weight",)),
                        module(
                            f"{attention}.out_proj",
                            "NonDynamicallyQuantizableLinear",
                            tensor(f"{attention}.out_proj.weight", (256, 256)),
                        ),
                    ),
                ),
            ),
        ),
    )


def hostile() -> ModuleNode:
    return module(
        "",
        "Odd",
        tensor(HTML_NAME, (3,)),
        tensor("**bold** `code` $x$", (2,)),
        tensor("lone\ud800surrogate", (2,)),
        tensor("n" * 300, (2, 2), tied_with=(HTML_NAME,)),
        tensor("flip\u202eped", (2,)),
        module("child", "<i id=type>type</i>"),
    )


def big() -> ModuleNode:
    """20,000 tensors."""
    layers = (
        module(f"layers.{a}", "Block", *(linear(f"layers.{a}.fc{b}", 64, 64) for b in range(100))) for a in range(100)
    )
    return module("", "Net", module("layers", "ModuleList", *layers))


def sparks(rows: tuple[TreeRow, ...], peak: int = 9) -> dict[str, tuple[float, ...]]:
    bell = tuple(math.exp(-(((bar - peak) / 4) ** 2)) for bar in range(20))
    return {row.name: bell for row in rows if row.kind == "parameter" and row.count > 1}
