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
            ("OrderedDict(a=nn.Linear(4, 4))", "layers['a'].weight", "nn.ModuleDict"),
            ("deque([nn.Linear(4, 4)])", "layers[0].weight", "nn.ModuleList"),
            ("Listed([nn.Linear(4, 4)])", "layers[0].weight", "nn.ModuleList"),
            ("Pair(nn.Linear(4, 4), 3)", "layers[0].weight", "nn.ModuleList"),
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
        ("held", "reached", "kind"),
        [
            ("Data(nn.Linear(4, 4))", "net.layers.layer", "a Data"),
            ("Plain(nn.Linear(4, 4))", "net.layers.layer", "a Plain"),
            ("Slots(nn.Linear(4, 4))", "net.layers.layer", "a Slots"),
            ("Plain([nn.Linear(4, 4)])", "net.layers.layer[0]", "a Plain"),
            ("partial(nn.Linear(4, 4))", "net.layers.func", "a partial"),
            ("nn.Linear(4, 4).forward", "net.layers.__self__", "a method"),
            ("knowing(nn.Linear(4, 4))", "net.layers.__closure__[0].cell_contents", "a function"),
        ],
    )
    def test_is_an_object_that_is_no_module(self, held: str, reached: str, kind: str) -> None:
        model = IN_A_LIST.replace("{held}", held)
        written = run_of(of(model, f"for p in {reached}.parameters():\n    p.data.zero_()"))
        lost = named(written, "lost")
        assert len(lost) == 2
        for fate in lost.values():
            assert f"it is unregistered: it lies in {kind}, self.layers, which is no nn.Module" in fate.reason
        passed = run_of(of(model, DRAW))
        assert touched(passed) == {"last.weight"}
        assert not named(passed, "lost")  # what an object knows need not be meant to be the net's

    @pytest.mark.parametrize("held", ["(nn.Linear(4, 4) for _ in range(2))", "iter([nn.Linear(4, 4)])"])
    def test_is_a_generator_that_was_gone_through(self, held: str) -> None:
        model = IN_A_LIST.replace("{held}", held)
        code = "for layer in net.layers:\n    for p in layer.parameters():\n        p.data.zero_()"
        (fate,) = named(run_of(of(model, code)), "lost").values()
        assert "which gives its modules once and registers none" in fate.reason
        assert "self.layers = nn.ModuleList(...)" in fate.cure

    @pytest.mark.parametrize(("name", "near"), [("wieght", "m.weight"), ("bais", "m.bias"), ("gamma", "one that is")])
    def test_is_a_misspelt_attribute(self, name: str, near: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(f"net[2].{name} = nn.Parameter(torch.zeros(1, 8))"),)))
        (fate,) = (fate for fate in told.fates if fate.kind == "lost" and fate.name == f"2.{name}")
        assert "the code added it: the net had no parameter of that name" in fate.reason
        assert near in fate.cure
        assert any(f"2.{name}: the code added it" in sentence for sentence in told.sentences)

    def test_is_none_of_a_second_name_for_a_parameter(self) -> None:
        told = run_of(Recipe("mlp", steps=(step("net.also = net[2].weight"),)))
        assert not named(told, "lost")

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


class TestWhatTheCodeGoesOver:
    @pytest.mark.parametrize(
        ("loop", "cure"),
        [
            ("for layer in net._modules.values():", "net.modules()"),
            ("for _, layer in net._modules.items():", "net.named_modules()"),
            ("for layer in [*net.children()]:", "net.modules()"),
            ("for layer in vars(net)['_modules'].values():", "net.modules()"),
            ("for i in range(len(net)):\n    layer = net[i]", "net.modules()"),
            ("for i in range(len(list(net.children()))):\n    layer = list(net.children())[i]", "net.modules()"),
            ("for i in range(3):\n    layer = list(net.children())[i]", "net.modules()"),
            ("for layer in filter(None, net.children()):", "net.modules()"),
        ],
    )
    @pytest.mark.parametrize("wanted", ["Linear", "Conv2d"])
    def test_is_direct_children_however_it_is_written(self, loop: str, cure: str, wanted: str) -> None:
        body = f"    if type(layer) is nn.{wanted}: layer.bias.data.zero_()"
        told = run_of(of(NESTED, f"{loop}\n{body}"))
        assert touched(told) == ({"0.bias", "2.bias"} if wanted == "Linear" else set())
        fate = next(fate for fate in told.fates if fate.name == "1.1.0.bias")
        assert "the direct children only, and this lies deeper, in 1" in fate.reason
        assert cure in fate.cure

    @pytest.mark.parametrize("loop", ["for p in net.parameters(recurse=False):", "for p in net.parameters(False):"])
    def test_is_the_own_tensors_of_a_module_that_has_none(self, loop: str) -> None:
        told = run_of(of(NESTED, f"def init(net):\n    {loop} nn.init.zeros_(p)"))
        assert all("the module's own tensors only, and this lies deeper" in fate.reason for fate in told.fates)
        assert all("net.parameters()" in fate.cure for fate in told.fates)

    @pytest.mark.parametrize("over", ["net[1]", "net[1].modules()", "net[1].children()", "net[1].parameters()"])
    def test_is_a_part_of_the_net_and_the_rest_lies_outside(self, over: str) -> None:
        told = run_of(of(NESTED, f"for each in {over}:\n    if type(each) is nn.Conv2d: nn.init.zeros_(each.bias)"))
        fates = {fate.name: fate for fate in told.fates}
        assert f"line 1 goes over {over} only, and this lies outside of that, in 2" in fates["2.weight"].reason
        assert "only, and this lies outside" not in fates["1.0.weight"].reason

    @pytest.mark.parametrize(
        "code",
        [
            "for c in net.children(): c.apply(lambda m: nn.init.zeros_(m.bias) if type(m) is nn.Linear else None)",
            "for c in net.children():\n    for p in c.parameters(): nn.init.zeros_(p)",
            "for m in net.modules():\n    for c in m.children():\n        if type(c) is nn.Linear: c.bias.data.zero_()",
            "def f(m):\n    for c in m.children():\n        if type(c) is nn.Conv2d: nn.init.zeros_(c.bias)",
            "for c in net.children():\n    for m in c.modules():\n        if type(m) is nn.Conv2d: m.bias.data.zero_()",
        ],
    )
    def test_is_not_called_direct_children_where_it_goes_on(self, code: str) -> None:
        told = run_of(of(NESTED, code))
        assert all("direct children" not in fate.reason for fate in told.fates)


class TestALoadThatIsNotStrict:
    @pytest.mark.parametrize("file", [False, True])
    def test_says_of_a_dict_of_which_no_key_fits_the_first_and_the_nearest_name(self, file: bool) -> None:
        load = "net.load_state_dict({'module.0.weight': torch.zeros(8, 4)}, strict=False)"
        told = run_of(Recipe("mlp", steps=(step(f"def init(net):\n    {load}" if file else load),)))
        for fate in told.fates:
            assert "no key of the dict fits, of 1 key" in fate.reason
            assert "'module.0.weight'" in fate.reason
            assert "did you mean '0.weight'?" in fate.cure

    def test_says_of_what_was_not_loaded_which_key_may_have_been_meant(self) -> None:
        renamed = "sd = {k.replace('0.', 'zero.'): torch.zeros_like(v) for k, v in net.state_dict().items()}"
        told = run_of(Recipe("mlp", steps=(step(f"{renamed}\nnet.load_state_dict(sd, strict=False)"),)))
        assert touched(told) == {"2.weight", "2.bias"}
        fate = named(told, "untouched")["0.weight"]
        assert "load_state_dict(..., strict=False) in line 2: 2 of the dict's 4 keys fit" in fate.reason
        assert "'zero.weight'" in fate.reason
        assert "'0.weight'" in fate.cure

    def test_of_a_part_of_the_net_is_about_its_names(self) -> None:
        code = "net[0].load_state_dict({'wieght': torch.zeros(8, 4)}, strict=False)"
        fates = {fate.name: fate for fate in run_of(Recipe("mlp", steps=(step(code),))).fates}
        assert "did you mean 'weight'?" in fates["0.weight"].cure
        assert "load_state_dict" not in fates["2.weight"].reason


class TestATwin:
    MADE = "import copy\ntwin = copy.deepcopy(net)\nfor p in twin.parameters(): p.data.mul_(.99)\n"

    def test_that_is_written_to_beside_the_net_is_no_lost_write(self) -> None:
        told = run_of(Recipe("mlp", steps=(step(f"{self.MADE}nn.init.zeros_(net[2].bias)"),)))
        assert touched(told) == {"2.bias"}
        assert not named(told, "lost")
        assert "made by copy.deepcopy(net) in line 2, not to this one" in named(told, "untouched")["0.weight"].reason

    @pytest.mark.parametrize("kept", ["return twin", "KEPT.append(twin)"])
    def test_that_is_kept_is_no_lost_write(self, kept: str) -> None:
        body = self.MADE.replace("\n", "\n    ")
        told = run_of(Recipe("mlp", steps=(step(f"KEPT = []\ndef init(net):\n    {body}{kept}"),)))
        assert not named(told, "lost")
        assert touched(told) == set()
        assert all("copy.deepcopy(net)" in fate.reason for fate in told.fates)

    @pytest.mark.parametrize(
        "made",
        [
            "twin = copy.deepcopy(net.state_dict())\nfor p in twin.values(): p.mul_(.99)",
            "twin = copy.deepcopy(net)\nnet[1].__dict__['twin'] = twin\nfor p in twin.parameters(): p.data.mul_(.99)",
            "twin = torch.optim.swa_utils.AveragedModel(net)\nfor p in twin.parameters(): p.data.mul_(.99)",
            "twin = copy.deepcopy(net[0])\nnn.init.ones_(twin.weight)",
        ],
    )
    def test_may_be_made_in_other_ways(self, made: str) -> None:
        told = run_of(Recipe("mlp", steps=(step(f"import copy\n{made}\nnn.init.zeros_(net[2].bias)"),)))
        assert touched(told) == {"2.bias"}
        assert not named(told, "lost")

    def test_that_is_thrown_away_is_lost(self) -> None:
        body = self.MADE.replace("\n", "\n    ")
        told = run_of(Recipe("mlp", steps=(step(f"def init(net):\n    {body}"),)))
        assert set(named(told, "lost")) == ALL

    def test_that_is_loaded_back_touches_the_net(self) -> None:
        told = run_of(Recipe("mlp", steps=(step(f"{self.MADE}net.load_state_dict(twin.state_dict())"),)))
        assert touched(told) == ALL
        assert not named(told, "lost")
