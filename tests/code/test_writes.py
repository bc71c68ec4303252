"""What counts as a write to a tensor, and how often it was written to, against what torch itself does."""

from collections import Counter
from typing import Any

import pytest
import torch
from torch import nn

from core.recipe.recipe import Recipe
from core.replaying.replay import replay
from tests.code.missing import ALL, NESTED, TIED, named, of, touched
from tests.code.written import DRAW, fates, run_of, step


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
            "net.load_state_dict(net.state_dict())",
            "net.load_state_dict({name: value.clone() for name, value in net.state_dict().items()})",
            "import copy\nnet.load_state_dict(copy.deepcopy(net.state_dict()))",
            "import copy\nnet.load_state_dict(copy.deepcopy(net).state_dict())",
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
            (
                "nn.utils.vector_to_parameters(torch.zeros(49), net.parameters())",
                ALL,
            ),
            ("net[0].weight.data.cpu().normal_()", {"0.weight"}),
            ("net[0].weight.data[2:4].normal_()", {"0.weight"}),
            ("net[0].weight.data[[0, 1]] = 0", {"0.weight"}),
            ("net[0].weight.data = net[0].weight.data.clone()", {"0.weight"}),
            ("net[0].bias.data.mul_(1)", {"0.bias"}),
            ("net[0].weight.data.copy_(net[0].weight.detach().clone())", {"0.weight"}),
            (
                "import copy\nfor p, q in zip(net.parameters(), copy.deepcopy(net).parameters()): p.data.copy_(q.data)",
                ALL,
            ),
            (
                "import copy\nsd = copy.deepcopy(net.state_dict())\nsd['2.bias'] = torch.ones(1)\n"
                "net.load_state_dict(sd)",
                {"2.bias"},
            ),
            ("sd = net.state_dict()\nsd['2.bias'] = torch.ones(1)\nnet.load_state_dict(sd)", {"2.bias"}),
            (
                "net.load_state_dict({name: torch.tensor(value.tolist()) for name, value in net.state_dict().items()})",
                ALL,
            ),
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


@pytest.mark.parametrize(("times", "factor"), [(1, "4 times"), (2, "16 times"), (5, "1,024 times")])
def test_doubling_under_each_of_two_names_is_told_with_all_the_writes(times: int, factor: str) -> None:
    doubled = f"for i in range({times}):\n    net[0].weight.data.mul_(2)\n    net[2].weight.data.mul_(2)"
    recipe = of(TIED, doubled)
    fate = fates(recipe)["0.weight"]
    assert fate.times == 2 * times
    assert f"w *= 2 here makes it {factor} as large" in fate.cure
    before, after = (replay(each).get_parameter("0.weight") for each in (of(TIED), recipe))
    assert torch.equal(after, before * 4**times)
