"""What the report of an init says of each tensor, against what torch itself does: bytes, counts, registries."""

from collections import Counter
from typing import Any

import pytest
import torch
from torch import nn

from core.code.running import run
from core.module.seeding import seed_streams, streams_kept
from core.questions.code import Fate, Run
from core.recipe.recipe import Recipe
from core.recipe.steps import Source
from core.replaying.replay import replay
from core.tensor.buffers import one_thread
from tests.code.written import DRAW, fates, run_of, step

TIED = (
    "def build():\n    a, b = nn.Linear(8, 12, bias=False), nn.Linear(8, 12, bias=False)\n    b.weight = a.weight\n"
    "    return nn.Sequential(a, nn.ReLU(), b)"
)
NESTED = (
    "def build():\n    return nn.Sequential(\n"
    "        nn.Linear(4, 8), nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.Linear(8, 8))), nn.Linear(8, 1))"
)
SHARED = "def build():\n    block = nn.Sequential(nn.Linear(4, 4))\n    return nn.Sequential(block, nn.ReLU(), block)"
ONE_MEMORY = (
    "def build():\n    a, b = nn.Linear(8, 12, bias=False), nn.Linear(8, 12, bias=False)\n"
    "    b.weight.data = a.weight.data\n    return nn.Sequential(a, b)"
)
IN_A_LIST = (
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.layers = {held}\n        self.last = nn.Linear(4, 1)"
)


def of(model: str, *codes: str) -> Recipe:
    entry = "build" if "def build" in model else "Net"
    return Recipe("code", source=Source(model, entry), steps=tuple(step(code) for code in codes))


def touched(run: Run) -> set[str]:
    return {fate.name for fate in run.fates if fate.times and fate.kind.startswith("touched")}


def named(run: Run, kind: str) -> dict[str, Fate]:
    return {fate.name: fate for fate in run.fates if fate.kind == kind}


class TestAWrite:
    @pytest.mark.parametrize(
        "code",
        [
            "import copy\ncopy.deepcopy(net.state_dict())",
            "import copy\ncopy.deepcopy(net)",
            "import pickle\npickle.loads(pickle.dumps(net[0].weight))",
            "import io\ntorch.save(net.state_dict(), io.BytesIO())",
            "net.state_dict(keep_vars=True)",
            "net[0].weight.clone(), net[0].weight.detach()",
            "net[0].weight.data = net[0].weight.data",
            "net[0].weight.data.set_(net[0].weight.data)",
            "net[0].weight.detach_()",
            "net[0].weight.requires_grad_(False)",
            "net[0].weight.data.resize_(8, 4)",
            "net[0].weight.data.as_strided_((8, 4), (4, 1))",
            "net[0].weight.data.t_()",
            "net[0].weight.data.copy_(net[0].weight.data)",
            "net[0].weight.data[:0].zero_()",
            "torch.optim.Adam(net.parameters())",
            "nn.utils.parameters_to_vector(net.parameters())",
            "net.zero_grad()",
            "net.double()\nnet.float()",
            "net[0].weight = nn.Parameter(net[0].weight.data)",
        ],
    )
    def test_is_none_where_no_byte_is_written(self, code: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(code),)))
        assert touched(told) == set()
        assert not told.wrote
        later = run_of(Recipe("mlp", steps=(step(f"{code}\nnn.init.zeros_(net[2].bias)"),)))
        assert touched(later) == {"2.bias"}
        assert later.wrote

    @pytest.mark.parametrize(
        ("code", "names"),
        [
            ("net.load_state_dict(net.state_dict())", {"0.weight", "0.bias", "2.weight", "2.bias"}),
            (
                "import copy\nnet.load_state_dict(copy.deepcopy(net.state_dict()))",
                {"0.weight", "0.bias", "2.weight", "2.bias"},
            ),
            (
                "nn.utils.vector_to_parameters(torch.zeros(49), net.parameters())",
                {"0.weight", "0.bias", "2.weight", "2.bias"},
            ),
            ("net[0].weight.data.cpu().normal_()", {"0.weight"}),
            ("net[0].weight.data[2:4].normal_()", {"0.weight"}),
            ("net[0].weight.data[[0, 1]] = 0", {"0.weight"}),
            ("net[0].weight.data = net[0].weight.data.clone()", {"0.weight"}),
            ("net[0].bias.data.mul_(1)", {"0.bias"}),
            ("torch._foreach_mul_([p.data for p in net[0].parameters()], 1)", {"0.weight", "0.bias"}),
            ("torch.add(net[0].bias.data, 0, out=net[0].bias.data)", {"0.bias"}),
            ("w = net[0].weight.detach().clone()\nw.normal_()\nnet[0].weight.data.copy_(w)", {"0.weight"}),
            ("w = torch.randn(8, 4)\nnet[0].weight = nn.Parameter(w * 2)", {"0.weight"}),
            ("net[0].bias.data = torch.empty(8).fill_(0.5)", {"0.bias"}),
        ],
    )
    def test_is_one_where_bytes_are_written_even_if_they_are_equal(self, code: str, names: set[str]) -> None:
        told = run_of(Recipe("mlp", steps=(step(code),)))
        assert touched(told) == names
        assert {fate.times for fate in told.fates if fate.name in names} == {1}
        assert not named(told, "lost")

    def test_to_a_slice_of_a_common_memory_is_not_one_to_the_other_slices(self) -> None:
        model = (
            "def build():\n    flat = torch.zeros(12)\n    net = nn.Module()\n"
            "    net.a, net.b = nn.Parameter(flat[:6]), nn.Parameter(flat[6:])\n    return net"
        )
        assert touched(run_of(of(model, "nn.init.normal_(net.b)"))) == {"b"}


COPIES = {
    "nn.init.normal_(m.weight.clone())": "m.weight.clone() in line 3",
    "nn.init.normal_(m.weight.detach().clone())": "m.weight.detach().clone() in line 3",
    "w = m.weight.to(torch.float64)\n        nn.init.normal_(w)": "to(torch.float64) in line 3 and written to in line 4",
    "m.weight.data.half().normal_()": "m.weight.data.half() in line 3",
    "torch.tensor(m.weight.tolist())\n        m.weight.data.clone().zero_()": "m.weight.data.clone() in line 4",
    "m.weight.data[[0]].zero_()": "m.weight.data[[0]] in line 3",
    "m.weight.data[m.weight > 0].zero_()": "m.weight.data[m.weight > 0] in line 3",
    "m.weight.data.index_select(0, torch.tensor([0])).zero_()": "index_select(0, torch.tensor([0])) in line 3",
    "torch.cat([m.weight.data, m.weight.data]).zero_()": "torch.cat([m.weight.data, m.weight.data]) in line 3",
    "nn.init.normal_(torch.empty_like(m.weight))": "torch.empty_like(m.weight) in line 3",
    "import copy\n        nn.init.normal_(copy.deepcopy(m.weight))": "copy.deepcopy(m.weight) in line 4",
}
RESULTS = {
    "w = m.weight\n        w = w * 2": "w * 2 in line 4",
    "m.weight + 1": "m.weight + 1 in line 3",
    "m.weight.data.mul(0.5)": "m.weight.data.mul(0.5) in line 3",
    "torch.clamp(m.weight, -1, 1)": "torch.clamp(m.weight, -1, 1) in line 3",
    "F.dropout(m.weight)": "F.dropout(m.weight) in line 3",
}
INIT = "def f(m):\n    if isinstance(m, nn.Linear):\n        "


class TestAWriteToACopy:
    @pytest.mark.parametrize("code", COPIES)
    def test_says_what_made_the_copy_in_which_line_and_the_way_out(self, code: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(INIT + code),)))
        fate = named(told, "lost")["0.weight"]
        assert "wrote to a copy" in fate.reason
        assert COPIES[code] in fate.reason
        assert "m.weight" in fate.cure
        assert touched(told) == set()
        assert "never matched" not in " ".join(each.reason for each in told.fates)

    @pytest.mark.parametrize("code", RESULTS)
    def test_says_of_a_result_that_it_is_thrown_away(self, code: str) -> None:
        fate = named(run_of(Recipe("mlp", steps=(step(INIT + code),))), "lost")["0.weight"]
        assert RESULTS[code] in fate.reason
        assert "thrown away" in fate.reason

    @pytest.mark.parametrize("code", [*COPIES, *RESULTS])
    def test_is_found_beside_a_draw(self, code: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(f"{INIT}nn.init.normal_(m.weight)\n        {code}"),)))
        assert touched(told) == {"0.weight", "2.weight"}
        surely = not code.startswith(("nn.init.normal_(torch.empty_like", "F.dropout"))
        assert ("0.weight" in named(told, "lost")) == surely

    def test_through_numpy_is_told(self) -> None:
        fate = fates(Recipe("mlp", steps=(step(f"{INIT}w = m.weight.detach().numpy().copy()\n        w[:] = 0"),)))
        assert "m.weight.detach().numpy() in line 3 takes its values out of torch" in fate["0.weight"].reason

    @pytest.mark.parametrize(
        "code",
        [
            "nn.init.orthogonal_(m.weight)",
            "nn.init.trunc_normal_(m.weight)",
            "nn.init.sparse_(m.weight, 0.5)",
            "w = m.weight.detach().clone().abs_()\n        nn.init.constant_(m.weight, w.mean().item())",
            "mask = (m.weight.abs() > 0.1).float()\n        mask.mul_(2)\n        m.weight.data.mul_(mask)",
            "before = m.weight.clone()\n        nn.init.normal_(m.weight)\n        print((m.weight - before).abs().max())",
            "q = torch.linalg.qr(m.weight.detach()).Q\n        q.mul_(2)\n        nn.init.normal_(m.weight).add_(q.sum())",
            "m.weight.data = nn.init.normal_(torch.empty_like(m.weight))",
            "nn.init.normal_(m.weight)\n        loss = (m.weight ** 2).sum()\n        loss.backward()",
            "nn.init.normal_(m.weight)\n        m(torch.randn(3, m.in_features))",
        ],
    )
    def test_is_not_found_where_what_was_made_is_used(self, code: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(INIT + code),)))
        assert touched(told) == {"0.weight", "2.weight"}
        assert not named(told, "lost")


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
        code = f"{head}for {over}:\n{indent}    if isinstance(layer, nn.Linear):\n{indent}        nn.init.zeros_(layer.weight)"
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
            "params = net.named_parameters()\nnames = [n for n, _ in params]\nfor _, p in params:\n    nn.init.normal_(p)",
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
        assert touched(told) == {"0.weight", "0.bias", "2.weight", "2.bias"}
        assert "line 4 finds nothing in it" in named(told, "lost")["params"].reason

    def test_is_no_generator_where_a_list_was_kept(self) -> None:
        code = "params = list(net.parameters())\nfor p in params:\n    p.data.zero_()\nfor p in params:\n    p.data.add_(1)"
        assert not named(run_of(Recipe("mlp", steps=(step(code),))), "lost")


class TestTimes:
    @pytest.mark.parametrize("index", [0, 2])
    def test_of_a_tied_tensor_are_told_under_the_name_it_was_reached_by(self, index: int) -> None:
        recipe = of(TIED, f"net[{index}].weight.data.mul_(0.1).mul_(0.5)")
        (fate,) = run_of(recipe).fates
        assert (fate.name, fate.kind, fate.times) == ("0.weight", "touched more than once", 2)
        assert f"was reached under one of them, {index}.weight" in fate.reason
        assert "each of them" not in fate.reason
        before, after = (replay(each).get_parameter("0.weight") for each in (recipe.prefix(0), recipe))
        torch.testing.assert_close(after, before * 0.05)

    def test_of_a_tied_tensor_that_each_name_led_to(self) -> None:
        for code in ("for name, p in net.named_parameters(remove_duplicate=False):\n    p.data *= 2", DRAW):
            (fate,) = run_of(of(TIED, code)).fates
            assert fate.times == 2
            assert "each of them was written to" in fate.reason

    def test_of_a_tied_tensor_written_once_are_one(self) -> None:
        (fate,) = run_of(of(TIED, "net[2].weight.data.mul_(2)")).fates
        assert (fate.kind, fate.times) == ("touched", 1)

    @pytest.mark.parametrize(
        "nested",
        ["for m in net.modules():\n    m.apply(f)", "def init(net):\n    for m in net.modules():\n        m.apply(f)"],
    )
    def test_of_an_apply_for_each_module_count_every_ancestor(self, nested: str) -> None:
        given: Counter[int] = Counter()
        net: Any = replay(of(NESTED))
        for module in net.modules():
            module.apply(lambda m: given.update([id(m)]))
        code = DRAW.replace("def draw", "def f") + nested
        told = {fate.name: fate for fate in run_of(of(NESTED, code)).fates}
        for name, module in net.named_modules():
            if isinstance(module, nn.Linear):
                assert told[f"{name}.weight"].times == given[id(module)] > 1
                assert "apply goes to every module below" in told[f"{name}.weight"].reason

    def test_of_a_function_that_reaches_below_its_module(self) -> None:
        told = {
            fate.name: fate
            for fate in run_of(of(NESTED, "def f(m):\n    for p in m.parameters():\n        nn.init.zeros_(p)")).fates
        }
        assert [told[f"{name}.weight"].times for name in ("0", "1.0", "1.1.0", "2")] == [2, 3, 4, 2]
        assert "recurse=False" in told["1.0.weight"].cure

    @pytest.mark.parametrize(
        ("code", "times"),
        [
            ("for i in range(4):\n    nn.init.orthogonal_(net[0].weight[2 * i : 2 * i + 2])", 1),
            ("nn.init.sparse_(net[0].weight, 0.5)", 1),
            ("nn.init.uniform_(net[0].weight)\nnet[0].weight.data *= 2", 1),
            ("for _ in range(3):\n    nn.init.orthogonal_(net[0].weight)", 3),
            ("nn.init.normal_(net[0].weight)\nnn.init.normal_(net[0].weight)", 2),
            ("w = net[0].weight.data\nw[w > 0] = 0\nw[w < 0] = 1", 1),
        ],
    )
    def test_count_what_was_done_again_and_not_what_was_done_in_parts(self, code: str, times: int) -> None:
        assert fates(Recipe("mlp", steps=(step(code),)))["0.weight"].times == times


class TestATie:
    @pytest.mark.parametrize(
        ("model", "code", "values"),
        [
            (TIED, f"{INIT}m.weight = nn.Parameter(torch.randn_like(m.weight))", (96, 192)),
            (TIED, "net[2].weight = nn.Parameter(torch.randn(12, 8))", (96, 192)),
            (TIED, "net[2] = nn.Linear(8, 12, bias=False)", (96, 192)),
            (TIED, "import copy\nnet[2] = copy.deepcopy(net[2])", (96, 192)),
            (TIED, "net.load_state_dict({k: v.clone() for k, v in net.state_dict().items()}, assign=True)", (96, 192)),
            (TIED, "net.load_state_dict(net.state_dict(), assign=True)", (96, 192)),
            (SHARED, "net[2] = nn.Sequential(nn.Linear(4, 4))", (16, 32)),
            (SHARED, "import copy\nnet[2] = copy.deepcopy(net[2])", (16, 32)),
            (ONE_MEMORY, "for m in net:\n    m.weight.data = torch.randn(12, 8)", (96, 192)),
        ],
    )
    def test_that_breaks_is_told_with_both_numbers_and_the_way_out(
        self, model: str, code: str, values: tuple[int, int]
    ) -> None:
        recipe = of(model, code)
        told = run_of(recipe)
        before, after = (replay(each) for each in (recipe.prefix(0), recipe))
        fate = next(fate for fate in told.fates if fate.kind == "tie broken")
        assert all(f"{value}" in fate.reason for value in values)
        assert "tie them again: net[" in fate.cure
        assert any(fate.reason in sentence for sentence in told.sentences)
        if model is not ONE_MEMORY:  # torch counts those twice from the start
            counted = [sum(p.numel() for p in net.parameters() if p.dim() > 1) for net in (before, after)]
            assert tuple(counted) == values

    @pytest.mark.parametrize("name", [TIED, SHARED, ONE_MEMORY])
    @pytest.mark.parametrize(
        "code",
        [
            DRAW,
            "for p in net.parameters():\n    p.data.zero_()",
            "import copy\nnet.load_state_dict(copy.deepcopy(net.state_dict()))",
            "net.double()\nnet.float()",
        ],
    )
    def test_that_holds_is_told_as_no_broken_one(self, name: str, code: str) -> None:
        if "double" in code and name is ONE_MEMORY:
            pytest.skip("torch itself breaks a tie by memory alone when it changes the dtype")
        assert not named(run_of(of(name, code)), "tie broken")

    def test_of_three_names_of_which_one_goes(self) -> None:
        model = (
            "def build():\n    layers = [nn.Linear(4, 4, bias=False) for _ in range(3)]\n"
            "    layers[1].weight = layers[2].weight = layers[0].weight\n    return nn.Sequential(*layers)"
        )
        (fate,) = named(run_of(of(model, "net[1].weight = nn.Parameter(torch.zeros(4, 4))")), "tie broken").values()
        assert "in place of 1.weight: the tie is broken, and 16 values became 32" in fate.reason


@pytest.mark.parametrize(
    "code",
    [
        *(INIT + code for code in (*COPIES, *RESULTS)),
        "import copy\nbest = copy.deepcopy(net.state_dict())\nnn.init.orthogonal_(net[2].weight)\nnet[0].weight.data.exponential_()",
        "loss = net(torch.randn(3, 4)).sum()\nloss.backward()\ntorch.optim.Adam(net.parameters()).step()\nnn.init.trunc_normal_(net[0].weight)",
    ],
)
def test_watching_changes_neither_the_bytes_nor_the_random_stream(code: str) -> None:
    plain, watched = replay(Recipe("mlp")), replay(Recipe("mlp"))
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional, "net": plain}
    with streams_kept(), one_thread():
        seed_streams(3)
        exec(code, names)
        if "f" in names:
            plain.apply(names["f"])
        expected = torch.get_rng_state()
        run(step(code, seed=3), watched)
        assert torch.equal(torch.get_rng_state(), expected)
    for name, tensor in plain.state_dict().items():
        assert watched.state_dict()[name].numpy().tobytes() == tensor.numpy().tobytes()
