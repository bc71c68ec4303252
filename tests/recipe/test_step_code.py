"""The code of a step reads as a person would type it, and a script holds what its steps need and no more."""

import ast
import textwrap

import pytest

from core.recipe.recipe import Recipe
from core.recipe.script import build_code, to_script
from core.recipe.step_code import step_code
from core.recipe.steps import (
    Edit,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
)


def section(code: str) -> str:
    """Example code as it stands in a test, without its indentation."""
    return textwrap.dedent(code).strip()


LESSON = Recipe("mlp")


class TestReadsAsInTheLesson:
    """`step_code` of the notebook's cells; see the notebook for what it types."""

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            pytest.param(
                Initialize("normal", Subtree("", "Linear"), (("std", 0.01),), seed=1),
                """
                torch.manual_seed(1)
                def init(m):
                    if type(m) == nn.Linear:
                        nn.init.normal_(m.weight, std=0.01)

                net.apply(init)
                """,
                id="normal weights",
            ),
            pytest.param(
                Initialize("zeros", Subtree("", "Linear", "bias")),
                """
                def init(m):
                    if type(m) == nn.Linear and m.bias is not None:
                        nn.init.zeros_(m.bias)

                net.apply(init)
                """,
                id="zero biases draw nothing, so no seed is set",
            ),
            pytest.param(
                Initialize("xavier_uniform", Subtree("0", "Linear"), seed=2),
                """
                torch.manual_seed(2)
                def init(m):
                    if type(m) == nn.Linear:
                        nn.init.xavier_uniform_(m.weight)

                net[0].apply(init)
                """,
                id="Xavier on the first layer only",
            ),
            pytest.param(
                Initialize("constant", Subtree("2", "Linear"), (("val", 42),)),
                """
                def init(m):
                    if type(m) == nn.Linear:
                        nn.init.constant_(m.weight, val=42.0)

                net[2].apply(init)
                """,
                id="the constant 42 on the third",
            ),
            pytest.param(
                Edit("0.weight", "w *= abs(w) >= 5"),
                """
                with torch.no_grad():
                    w = net[0].weight
                    w *= abs(w) >= 5
                """,
                id="keep what is large",
            ),
            pytest.param(
                Edit("0.weight", "w[:] += 1\nw[0, 0] = 42"),
                """
                with torch.no_grad():
                    w = net[0].weight
                    w[:] += 1
                    w[0, 0] = 42
                """,
                id="set values directly",
            ),
            pytest.param(Tie("2", "4"), "net[4] = net[2]", id="tie modules"),
            pytest.param(Tie("0.weight", "2.weight"), "net[2].weight = net[0].weight", id="tie parameters"),
            pytest.param(Untie("4"), "net[4] = copy.deepcopy(net[4])", id="untie"),
            pytest.param(
                Forward(3),
                """
                torch.manual_seed(3)
                X, _ = batch(2, n_in=4, hidden=8, n_out=1)
                net(X)
                """,
                id="one forward pass",
            ),
            pytest.param(
                Train(5, 0.1, 2),
                """
                torch.manual_seed(2)
                X, y = batch(16, n_in=4, hidden=8, n_out=1)
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                for _ in range(5):
                    optimizer.zero_grad()
                    loss(net(X), y).backward()
                    optimizer.step()
                """,
                id="training",
            ),
            pytest.param(
                Train(5, 0.1, 2, "momentum"),
                """
                torch.manual_seed(2)
                X, y = batch(16, n_in=4, hidden=8, n_out=1)
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
                for _ in range(5):
                    optimizer.zero_grad()
                    loss(net(X), y).backward()
                    optimizer.step()
                """,
                id="training with momentum",
            ),
            pytest.param(
                Train(1, 0.001, 0, "adam"),
                """
                torch.manual_seed(0)
                X, y = batch(16, n_in=4, hidden=8, n_out=1)
                optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
                for _ in range(1):
                    optimizer.zero_grad()
                    loss(net(X), y).backward()
                    optimizer.step()
                """,
                id="training by Adam",
            ),
            pytest.param(
                Initialize("kaiming_normal", Pattern("blocks.*.weight"), (("nonlinearity", "relu"),)),
                """
                torch.manual_seed(0)
                for name, parameter in net.named_parameters():
                    if fnmatchcase(name, "blocks.*.weight"):
                        nn.init.kaiming_normal_(parameter, nonlinearity='relu')
                """,
                id="names by pattern",
            ),
            pytest.param(
                Initialize("orthogonal", OneTensor("0.block1.0.weight"), seed=3),
                """
                torch.manual_seed(3)
                nn.init.orthogonal_(net[0].block1[0].weight)
                """,
                id="one tensor, by position and by name",
            ),
        ],
    )
    def test_a_step(self, step: Step, code: str) -> None:
        assert step_code(step, LESSON) == section(code)

    def test_the_build_is_a_seed_and_a_call_with_the_arguments_that_were_changed(self) -> None:
        assert build_code(LESSON) == "torch.manual_seed(0)\nnet = mlp()"
        changed = Recipe("mlp", 7, arguments=(("hidden", 16), ("n_in", 4)))
        assert build_code(changed) == "torch.manual_seed(7)\nnet = mlp(hidden=16)"

    def test_a_script_is_imports_then_the_model_then_the_build_then_the_steps(self) -> None:
        script = to_script(Recipe("mlp", steps=(Tie("0.bias", "2.bias"), Untie("2.bias")), arguments=(("n_out", 8),)))
        assert script.startswith("import copy\n\nimport torch\n")
        parts = ["def mlp(", "torch.manual_seed(0)\nnet = mlp(n_out=8)", "net[2].bias = net[0].bias", "copy.deepcopy("]
        assert sorted(parts, key=script.index) == parts
        assert script.endswith("\n")
        assert not script.endswith("\n\n")

    @pytest.mark.parametrize(
        ("step", "needs"),
        [
            (Edit("0.weight", "w += 1"), set()),
            (Edit("0.weight", "w *= abs(w) >= 5"), set()),
            (Edit("0.weight", "w[0] = nan"), {"import math"}),
            (Edit("0.weight", "w = w ** 2"), {"set_num_threads"}),
            (Edit("0.weight", "w **= 2"), {"set_num_threads"}),
            (Edit("0.weight", "w -= mean(w)"), {"set_num_threads"}),
            (Untie("0"), {"import copy"}),
            (Initialize("normal", Pattern("*")), {"from fnmatch"}),
            (Initialize("normal", Subtree("", "", "bias*")), {"from fnmatch"}),
            (Initialize("normal"), set()),
            (Initialize("orthogonal"), {"set_num_threads"}),
            (Train(), {"set_num_threads"}),
        ],
    )
    def test_a_script_imports_and_sets_what_its_steps_need_and_no_more(self, step: Step, needs: set[str]) -> None:
        optional = {"import math", "import copy", "from fnmatch", "set_num_threads"}
        script = to_script(Recipe("mlp", steps=(step,)))
        assert {line for line in optional if line in script} == needs

    def test_a_place_with_any_text_in_it_stays_a_string(self) -> None:
        for text in ('"]*\n', "*\\", "[!😀]*", '*\'"""', "w\u202e*", "[!\x7f\0]*", "*\u2028"):
            steps = Initialize("normal", Pattern(text)), Initialize("ones", Subtree("", "", text))
            code = "\n".join(step_code(step, LESSON) for step in steps)
            quoted = [
                node.args[1].value
                for node in ast.walk(ast.parse(code))
                if isinstance(node, ast.Call) and len(node.args) == 2 and isinstance(node.args[1], ast.Constant)
            ]
            assert quoted == [text] * len(quoted)
            assert text in quoted
            assert code.isascii()
