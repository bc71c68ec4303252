"""An init whose rule matched and that wrote to nothing: what it made or asked instead is named, with its line."""

import pytest

from core.recipe.recipe import Recipe
from tests.code.missing import INIT, named, touched
from tests.code.missing import of as of_model
from tests.code.written import run_of, step

NEW = {
    "w = m.weight\n        w = torch.randn_like(w)": "torch.randn_like(w) in line 4",
    "w = torch.randn(m.weight.shape)\n        w *= .02": "torch.randn(m.weight.shape) in line 3",
    "w = torch.empty(m.weight.shape).normal_(0, .02)": "in line 3",
    "w = torch.zeros(m.out_features, m.in_features)": "torch.zeros(m.out_features, m.in_features) in line 3",
    "w = m.weight.new_zeros(m.weight.shape)": "m.weight.new_zeros(m.weight.shape) in line 3",
    "w = torch.rand(m.weight.shape)\n        w = w * 2 - 1": "w * 2 - 1 in line 4",
    "w = nn.init.xavier_normal_(torch.empty(*m.weight.shape))": "torch.empty(*m.weight.shape) in line 3",
}
ELSEWHERE = {
    "w = np.random.randn(*m.weight.shape)": "line 4, w = np.random.randn(*m.weight.shape)",
    "a = m.weight.tolist()\n        a[0] = 0": "line 5, a[0] = 0",
    "w = m.weight\n        w = [0.0] * len(w)": "line 5, w = [0.0] * len(w)",
    "rows, _ = m.weight.shape\n        w = np.zeros(rows)": "line 5, w = np.zeros(rows)",
}
CONDITIONS = {
    "isinstance(m, nn.Linear) and m.weight.grad is not None": "m.weight.grad is not None in line 2 was never true",
    "type(m) is nn.Linear and m.bias is None": "m.bias is None in line 2 was never true",
    "hasattr(m, 'weight') and m.weight.dim() > 2": "m.weight.dim() > 2 in line 2 was never true",
    "isinstance(m, nn.Linear) and m.in_features > 4096 and m.training": "m.in_features > 4096 in line 2 was never true",
}


def of(code: str) -> Recipe:
    return Recipe("mlp", steps=(step(code),))


class TestARuleThatMatched:
    @pytest.mark.parametrize("code", NEW)
    def test_and_made_another_tensor_is_told_which_and_where(self, code: str) -> None:
        told = run_of(of(INIT + code))
        assert touched(told) == set()
        assert set(named(told, "lost")) == {"0.weight", "2.weight"}
        fate = named(told, "lost")["0.weight"]
        assert NEW[code] in fate.reason
        assert "nothing puts it into the net" in fate.reason
        assert "nn.init.normal_(m.weight)" in fate.cure
        assert "m.weight.copy_(...)" in fate.cure
        assert all("never matched" not in each.reason for each in told.fates)
        assert "0.weight only" in named(told, "untouched")["0.bias"].reason

    @pytest.mark.parametrize("code", ELSEWHERE)
    def test_and_computed_outside_torch_is_told_the_last_line(self, code: str) -> None:
        told = run_of(of(f"import numpy as np\n{INIT}{code}"))
        fate = named(told, "lost")["0.weight"]
        assert "the rule matched" in fate.reason
        assert ELSEWHERE[code] in fate.reason
        assert "m.weight.copy_(...)" in fate.cure
        assert "0.weight only" in named(told, "untouched")["0.bias"].reason

    def test_and_wrote_to_a_numpy_copy_says_of_the_biases_that_they_were_left_out(self) -> None:
        told = run_of(of(f"{INIT}a = m.weight.detach().numpy().copy()\n        a[:] = 0"))
        assert "takes its values out of torch" in named(told, "lost")["0.weight"].reason
        assert "0.weight only" in named(told, "untouched")["0.bias"].reason

    @pytest.mark.parametrize("test", CONDITIONS)
    def test_but_for_a_further_condition_is_told_which(self, test: str) -> None:
        told = run_of(of(f"def f(m):\n    if {test}:\n        nn.init.zeros_(m.bias)\n"))
        for fate in told.fates:
            assert CONDITIONS[test] in fate.reason
            assert "type(m) ==" not in fate.cure

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("def f(m):\n    if not m.training: nn.init.zeros_(m.bias)", "not m.training in line 2 was never true"),
            (
                "def f(m):\n    if m.training: return\n    nn.init.zeros_(m.bias)",
                "m.training in line 2 was always true",
            ),
            (
                "def f(m):\n    if isinstance(m, nn.Conv2d):\n        nn.init.zeros_(m.bias)\n"
                "    elif isinstance(m, nn.Linear):\n        if m.bias.sum() > 99: nn.init.zeros_(m.bias)",
                "m.bias.sum() > 99 in line 5 was never true",
            ),
            (
                "def init(net):\n    for p in net.parameters():\n        if not p.requires_grad: p.data.zero_()",
                "not p.requires_grad in line 3 was never true",
            ),
            ("def init(net):\n    for b in net.buffers(): b.zero_()", "net.buffers() in line 2 was empty"),
        ],
    )
    def test_or_did_not_is_told_what_held_it_up(self, code: str, reason: str) -> None:
        assert all(reason in fate.reason for fate in run_of(of(code)).fates)

    def test_says_never_matched_only_where_a_test_for_a_type_never_was_true(self) -> None:
        told = run_of(
            of(
                "def f(m):\n    n = m.weight.numel() if hasattr(m, 'weight') else 0\n"
                "    if isinstance(m, nn.Conv2d):\n        nn.init.zeros_(m.weight)"
            )
        )
        assert all("the rule never matched" in fate.reason for fate in told.fates)

    @pytest.mark.parametrize("handling", ["except ValueError: pass", "except Exception as error: print(error)"])
    def test_and_raised_is_told_what_was_passed_over(self, handling: str) -> None:
        told = run_of(of(f"{INIT}try: nn.init.kaiming_normal_(m.bias)\n        {handling}"))
        for fate in told.fates:
            assert "nn.init.kaiming_normal_(m.bias) in line 3 raised ValueError: Fan in" in fate.reason
            assert "passes over that" in fate.reason

    def test_and_raised_for_the_bias_alone_says_so_of_the_bias(self) -> None:
        attempt = "try: nn.init.xavier_uniform_(p)\n            except ValueError: pass"
        told = run_of(of(f"{INIT}for p in m.parameters():\n            {attempt}"))
        assert touched(told) == {"0.weight", "2.weight"}
        assert "nn.init.xavier_uniform_(p) in line 4 raised ValueError" in named(told, "untouched")["0.bias"].reason


class TestWhatTheRuleDidNotMatch:
    NORMED = "def build():\n    return nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Linear(6, 2))"

    @pytest.mark.parametrize("code", [*NEW, *ELSEWHERE])
    def test_is_passed_over_beside_what_it_matched(self, code: str) -> None:
        told = run_of(of_model(self.NORMED, f"import numpy as np\n{INIT}{code}"))
        assert {"0.weight", "2.weight"} <= set(named(told, "lost"))
        passed = named(told, "untouched")
        assert passed["1.weight"].reason == passed["1.bias"].reason == "the rule passed over this BatchNorm1d"

    def test_is_said_with_the_test_that_never_was_true(self) -> None:
        for code in (
            "def f(m):\n    if not isinstance(m, nn.Conv2d): return\n    nn.init.zeros_(m.weight)",
            "def f(m):\n    if isinstance(m, nn.Conv2d): nn.init.zeros_(m.weight)",
            "def f(m):\n    match m:\n        case nn.Conv2d(): nn.init.zeros_(m.weight)",
        ):
            fates = run_of(of(code)).fates
            assert all("the rule never matched: " in fate.reason and " was " in fate.reason for fate in fates)
            assert all("isinstance" in fate.cure for fate in fates)

    def test_is_not_said_where_another_branch_matched(self) -> None:
        code = "def f(m):\n    if isinstance(m, nn.Linear): print(1)\n    elif isinstance(m, nn.Conv2d): m.bias.zero_()"
        assert all("no call wrote to anything" in fate.reason for fate in run_of(of(code)).fates)
        assert all("never matched" not in fate.reason for fate in run_of(of(code)).fates)

    def test_is_told_of_keys_with_a_prefix_that_torch_added_to(self) -> None:
        code = "net.load_state_dict({f'module.{k}': v * 0 for k, v in net.state_dict().items()}, strict=False)"
        told = run_of(of_model(self.NORMED, code))
        assert touched(told) == set()
        assert all("no key of the dict fits" in fate.reason for fate in told.fates)
        assert all("did you mean '0.weight'?" in fate.cure for fate in told.fates)


class TestValuesThatAreUsed:
    @pytest.mark.parametrize(
        "code",
        [
            "w = torch.randn(m.weight.shape)\n        m.weight.data = w",
            "w = torch.randn_like(m.weight)\n        m.weight.data.copy_(w * 2)",
            "w = torch.randn(m.weight.shape)\n        with torch.no_grad(): m.weight.copy_(w)",
            "import numpy as np\n        m.weight.data = torch.from_numpy(np.zeros(tuple(m.weight.shape), 'float32'))",
            "try: m.gamma.data.zero_()\n        except AttributeError: nn.init.zeros_(m.weight)",
        ],
    )
    def test_leave_nothing_lost(self, code: str) -> None:
        told = run_of(of(INIT + code))
        assert touched(told) == {"0.weight", "2.weight"}
        assert not named(told, "lost")


def test_of_a_loop_too_long_to_be_followed_nothing_is_said_that_was_not_seen() -> None:
    told = run_of(of(f"{INIT}for i in range(300_000): i + 1\n        if m.training: sorted([1])"))
    assert touched(told) == set()
    assert all(fate.reason and "m.training" not in fate.reason for fate in told.fates)
    assert all("never matched" not in fate.reason for fate in told.fates)
