"""Why an init missed a tensor: it is unregistered, not loaded, lies deeper, or a generator was used up."""

import pytest

from core.recipe.recipe import Recipe
from tests.code.missing import ALL, IN_A_LIST, NESTED, named, of, touched
from tests.code.written import DRAW, run_of, step


class TestTheReasonForAMiss:
    @pytest.mark.parametrize(
        ("held", "path", "cure"),
        [
            ("[nn.Linear(4, 4), nn.Linear(4, 4)]", "layers[1].weight", "self.layers = nn.ModuleList(...)"),
            ("(nn.Linear(4, 4),)", "layers[0].weight", "nn.ModuleList"),
            ("{'a': nn.Linear(4, 4)}", "layers['a'].weight", "nn.ModuleDict"),
            ("[[nn.Linear(4, 4)]]", "layers[0][0].weight", "nn.ModuleList"),
            ("[nn.Parameter(torch.zeros(2))]", "layers[0]", "nn.ParameterList"),
            ("{'w': nn.Parameter(torch.zeros(2))}", "layers['w']", "nn.ParameterDict"),
        ],
    )
    def test_is_a_python_list_or_dict(self, held: str, path: str, cure: str) -> None:
        model = IN_A_LIST.replace("{held}", held)
        passed = {fate.name: fate for fate in run_of(of(model, DRAW)).fates}
        assert passed[path].kind == "untouched"
        assert passed["last.weight"].kind == "touched"
        alone = {fate.name: fate for fate in run_of(of(model.rpartition("\n")[0], DRAW)).fates}
        written = {fate.name: fate for fate in run_of(of(model, f"nn.init.zeros_(net.{path})")).fates}
        for fate in (passed[path], alone[path], written[path]):
            assert "unregistered" in fate.reason
            assert cure in fate.cure
        assert alone[path].kind == written[path].kind == "lost"

    @pytest.mark.parametrize(
        "code",
        [
            "sd = net.state_dict()\nsd['0.weight'] = torch.randn(8, 4)",
            "sd = net.state_dict()\nsd['0.weight'] = sd['0.weight'] * 2",
            "sd = net[0].state_dict()\nsd['weight'] = torch.zeros(8, 4)",
            "def init(net):\n    sd = net.state_dict()\n    sd.update({'0.weight': torch.zeros(8, 4)})",
        ],
    )
    def test_is_a_dict_that_was_changed_and_not_loaded(self, code: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(code),)))
        fate = named(told, "lost")["0.weight"]
        assert "the dict was changed, not loaded" in fate.reason
        assert "net.load_state_dict(sd)" in fate.cure
        assert set(named(told, "untouched")) == {"0.bias", "2.weight", "2.bias"}

    def test_is_none_where_the_dict_is_loaded(self) -> None:
        code = "sd = net.state_dict()\nsd['0.weight'] = torch.randn(8, 4)\nnet.load_state_dict(sd)"
        assert not named(run_of(Recipe("mlp", steps=(step(code),))), "lost")

    @pytest.mark.parametrize(
        ("over", "cure"),
        [
            ("layer in net.children()", "net.modules()"),
            ("_, layer in net.named_children()", "net.named_modules()"),
            ("layer in net", "net.modules()"),
            ("i, layer in enumerate(net)", "net.modules()"),
            ("layer in list(net.children())", "net.modules()"),
        ],
    )
    @pytest.mark.parametrize("head", ["", "def init(net):\n    "])
    def test_is_a_loop_over_direct_children(self, over: str, cure: str, head: str) -> None:
        indent = "    " if head else ""
        body = ("    if isinstance(layer, nn.Linear):", "        nn.init.zeros_(layer.weight)")
        code = f"{head}for {over}:\n" + "\n".join(indent + line for line in body)
        told = run_of(of(NESTED, code))
        assert touched(told) == {"0.weight", "2.weight"}
        passed_over = named(told, "untouched")
        for name in ("1.0.weight", "1.1.0.bias"):
            assert "the direct children only" in passed_over[name].reason
            assert cure in passed_over[name].cure
        assert "the code wrote to 0.weight only" in passed_over["0.bias"].reason

    def test_is_a_plain_attribute(self) -> None:
        lost = named(run_of(Recipe("mlp", steps=(step("net.w = torch.randn(8, 4)"),))), "lost")["w"]
        assert "not an nn.Parameter" in lost.reason
        lost = named(run_of(Recipe("mlp", steps=(step("net[0].wieght = torch.zeros(8, 4)"),))), "lost")["0.wieght"]
        assert "m.weight" in lost.cure

    @pytest.mark.parametrize(
        "code",
        [
            "params = net.parameters()\nprint(len(list(params)))\nfor p in params:\n    nn.init.normal_(p)",
            "params = net.named_parameters()\nn = [n for n, _ in params]\nfor _, p in params:\n    nn.init.normal_(p)",
            "def init(net):\n    params = net.parameters()\n    n = sum(p.numel() for p in params)\n"
            "    for p in params:\n        nn.init.normal_(p)",
        ],
    )
    def test_is_a_generator_that_was_used_up(self, code: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(code),)))
        assert touched(told) == set()
        for fate in told.fates:
            assert "can be gone through once" in fate.reason
            assert "params = list(net." in fate.cure

    def test_is_told_of_a_second_loop_that_found_nothing(self) -> None:
        code = "params = net.parameters()\nfor p in params:\n    p.data.zero_()\nfor p in params:\n    p.data.add_(1)"
        told = run_of(Recipe("mlp", steps=(step(code),)))
        assert touched(told) == ALL
        assert "line 4 finds nothing in it" in named(told, "lost")["params"].reason

    def test_is_no_generator_where_a_list_was_kept(self) -> None:
        code = "ps = list(net.parameters())\nfor p in ps:\n    p.data.zero_()\nfor p in ps:\n    p.data.add_(1)"
        assert not named(run_of(Recipe("mlp", steps=(step(code),))), "lost")
