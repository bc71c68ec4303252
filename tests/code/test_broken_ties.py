"""A tie that an init broke is told with both counts, which are those of torch."""

import pytest

from core.replaying.replay import replay
from tests.code.missing import INIT, ONE_MEMORY, SHARED, TIED, named, of
from tests.code.written import DRAW, run_of


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

    @pytest.mark.parametrize("view", ["net[0].weight.data.t()", "net[0].weight.data[:4]", "net[0].weight.data[:, :8]"])
    def test_of_different_views_of_one_memory_is_not_to_be_mended_by_putting_one_for_the_other(self, view: str) -> None:
        model = (
            "def build():\n    net = nn.Sequential(nn.Linear(12, 8, bias=False), nn.Linear(12, 8, bias=False))\n"
            f"    net[1].weight.data = {view}\n    return net"
        )
        code = "for m in net:\n    m.weight.data = torch.randn_like(m.weight)"
        (fate,) = named(run_of(of(model, code)), "tie broken").values()
        assert "tie them again" not in fate.cure
        assert "write in place" in fate.cure
        assert "different views" in fate.cure

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
