"""The source of a model can stand at the top of a script."""

import ast
import sys
from types import ModuleType
from typing import Any

import torch
from torch import nn

from core.recipe import catalog
from tests.models.built import ROOT, assert_same_bits, built, every_model, first_batch


class TestSource:
    @every_model
    def test_is_the_file_without_its_one_line_docstring(self, name: str) -> None:
        text, source = (ROOT / "core" / "models" / f"{name}.py").read_text(), catalog.source(name)
        assert text.endswith(source)
        head = ast.parse(text.removesuffix(source))
        docstring = ast.get_docstring(head)
        assert docstring
        assert "\n" not in docstring
        assert len(head.body) == 1
        assert ast.get_docstring(ast.parse(source)) is None

    @every_model
    def test_imports_torch_and_the_standard_library_only(self, name: str) -> None:
        allowed = sys.stdlib_module_names | {"torch"}
        imported = set()
        for node in ast.walk(ast.parse(catalog.source(name))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
        assert imported <= allowed

    @every_model
    def test_gives_a_script_the_names_it_writes_with(self, name: str) -> None:
        script = run_alone(name)
        assert script["torch"] is torch
        assert script["nn"] is nn

    @every_model
    def test_runs_alone_and_builds_the_same_bits(self, name: str) -> None:
        script = run_alone(name)
        torch.manual_seed(0)
        net = script[name]()
        torch.manual_seed(1)
        inputs, targets = script["batch"](2)
        for drawn, expected in zip((inputs, targets), first_batch(name), strict=True):
            assert torch.equal(drawn, expected)

        torch.manual_seed(2)
        loss = script["loss"](net(inputs), targets)
        ours = built(name)
        torch.manual_seed(2)
        assert torch.equal(loss, catalog.module(name).loss(ours(inputs), targets))
        assert_same_bits(net, ours)


def run_alone(name: str) -> dict[str, Any]:
    """The names that a model's source defines, run where nothing else is defined."""
    module = ModuleType("__main__")
    exec(compile(catalog.source(name), f"{name}.py", "exec"), module.__dict__)
    return module.__dict__
