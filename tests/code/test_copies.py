"""A write to a copy of a tensor, or a result that is thrown away, is told as that, with its line."""

from typing import Any

import pytest
import torch
from torch import nn

from core.code.running import run
from core.module.seeding import seed_streams, streams_kept
from core.recipe.recipe import Recipe
from core.replaying.replay import replay
from core.tensor.buffers import one_thread
from tests.code.missing import INIT, named, touched
from tests.code.written import fates, run_of, step

COPIES = {
    "nn.init.normal_(m.weight.clone())": "m.weight.clone() in line 3",
    "nn.init.normal_(m.weight.detach().clone())": "m.weight.detach().clone() in line 3",
    "w = m.weight.to(torch.float64)\n        nn.init.normal_(w)": "(torch.float64) in line 3 and written to in line 4",
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
            "old = m.weight.clone()\n        nn.init.normal_(m.weight)\n        print((m.weight - old).abs().max())",
            "q = torch.linalg.qr(m.weight.detach()).Q\n        q.mul_(2)\n        m.weight.data.zero_().add_(q.sum())",
            "m.weight.data = nn.init.normal_(torch.empty_like(m.weight))",
            "nn.init.normal_(m.weight)\n        loss = (m.weight ** 2).sum()\n        loss.backward()",
            "nn.init.normal_(m.weight)\n        m(torch.randn(3, m.in_features))",
        ],
    )
    def test_is_not_found_where_what_was_made_is_used(self, code: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(INIT + code),)))
        assert touched(told) == {"0.weight", "2.weight"}
        assert not named(told, "lost")


@pytest.mark.parametrize(
    "code",
    [
        *(INIT + code for code in (*COPIES, *RESULTS)),
        "import copy\ncopy.deepcopy(net.state_dict())\nnn.init.orthogonal_(net[2].weight)\nnet[0].bias.data.cauchy_()",
        "net(torch.randn(3, 4)).sum().backward()\ntorch.optim.Adam(net.parameters()).step()\nF.dropout(net[0].weight)",
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
