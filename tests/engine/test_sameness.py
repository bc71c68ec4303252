"""Code that leaves something else each time it runs is found out: else two pages would show two models."""

from collections.abc import Iterator

import pytest

from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.engine.visitor import Visitor
from core.questions.model import GetOverview, GetWeights
from core.questions.tensor import GetCards
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Initialize, Source
from tests.engines import engine_from, shared_zygote, whole

#: A model of 21 MB: what is left of it is kept for no other question.
LARGE = Recipe("deep_mlp", arguments=(("depth", 20), ("width", 512)), steps=(Initialize("normal"),))
#: Finds out, in the frames of its own process, what will be looked at.
LOOKS_WHO_LOOKS = """
import sys
f = sys._getframe()
while 'message' not in f.f_locals: f = f.f_back
before, after = f.f_locals['message']['run'][1:]
net[0].weight.data.fill_(7.0 if before == 1 else 0.0)
"""
CLOCK = "import time\nnet[0].weight.data.fill_(time.time() % 1000)"
NET = """
import time

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 3)
        self.a.weight.data.fill_(time.time() % 1000)

    def forward(self, x):
        return self.a(x)

def build():
    return Net()
"""
HONEST = "for p in net.parameters():\n    if p.dim() > 1: nn.init.xavier_uniform_(p)"


def by(code: str, model: Recipe = LARGE) -> Recipe:
    return model.then(Custom(code, "", "statements"))


@pytest.fixture
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), time_limit=60, code_time_limit=30) as started:
        yield started


@pytest.mark.parametrize("code", [LOOKS_WHO_LOOKS, CLOCK], ids=["looks who looks", "reads a clock"])
def test_what_differs_between_two_runs_is_noticed_and_its_step_named(engine: Engine, code: str) -> None:
    recipe = by(code)
    engine.ask(Span(recipe, 1, 2), GetOverview())
    assert engine.other(whole(recipe)) is None
    engine.ask(Span(recipe, 0, 2), GetOverview())
    assert engine.other(whole(recipe)) == 2
    assert engine.other(whole(recipe.then(Edit("0.weight", "w *= 2")))) == 2
    assert engine.other(Span(recipe, 0, 1)) is None


def test_it_is_said_of_what_follows_and_not_of_what_is_made_anew(engine: Engine) -> None:
    built = Recipe(CODE, source=Source(NET, "build"))
    edited = built.then(Edit("a.bias", "w *= 0"))
    made_anew = edited.then(Custom("nn.init.ones_(net.a.weight)", "", "statements"))
    for recipe in (built, edited, made_anew):
        engine.ask(whole(recipe), GetOverview())
    assert engine.other(Span(made_anew, 0, 2)) == 0
    assert engine.other(Span(made_anew, 1, 2)) == 0
    assert engine.other(Span(made_anew, 2, 2)) is None
    assert engine.other(whole(made_anew)) == 0


def test_it_is_noticed_across_visitors(engine: Engine) -> None:
    recipe = by(CLOCK)
    engine.ask(Span(recipe, 0, 2), GetCards(("0.weight",)), visitor=Visitor("a", "1.1.1.1"))
    engine._end_unused()
    engine.ask(Span(recipe, 0, 2), GetOverview(), visitor=Visitor("b", "2.2.2.2"))
    assert engine.other(whole(recipe)) == 2


def test_it_is_noticed_when_a_step_follows(engine: Engine) -> None:
    recipe = by(CLOCK, Recipe("mlp"))
    engine.ask(whole(recipe), GetOverview())
    longer = recipe.then(Custom("net[2].bias.data.zero_()", "", "statements"))
    engine.ask(Span(longer, 1, 2), GetOverview())
    assert engine.other(Span(longer, 1, 2)) == 1


def test_a_models_own_code_is_step_nought(engine: Engine) -> None:
    filled = "net.bias.data.fill_(time.time() % 1000)"
    source = Source(f"import time\ndef build():\n    net = nn.Linear(2, 3)\n    {filled}\n    return net", "build")
    recipe = Recipe(CODE, source=source)
    engine.ask(whole(recipe), GetOverview())
    longer = recipe.then(Custom("net.weight.data.zero_()", "", "statements"))
    engine.ask(Span(longer, 0, 1), GetOverview())
    assert engine.other(whole(longer)) == 0


def test_what_was_kept_of_one_run_is_compared_with_another(engine: Engine) -> None:
    recipe = by(CLOCK, Recipe("mlp", steps=(Initialize("normal"),)))
    recipe = recipe.then(Custom("net[0].bias.data.zero_()", "", "statements"))
    for before, after in ((0, 3), (2, 3), (2, 2)):
        engine.ask(Span(recipe, before, after), GetOverview())
    assert engine.other(Span(recipe, 2, 3)) == 2


def test_attributes_count_for_forward_passes_compute_with_them(engine: Engine) -> None:
    recipe = by("import time\nfor m in net.modules():\n    m.eps = float(time.time() % 100)", Recipe("gpt"))
    for before in (0, 1):
        engine._runs._kept.clear()
        engine.ask(Span(recipe, before, 1), GetOverview())
    assert engine.other(Span(recipe, 1, 1)) == 1


SILENT = """
module, apart = sys.modules['core.module.inventory'], sys.modules['core.replaying.apart']
held, hand_over = module.Inventory.contents, apart._Noting._hand_over
net[0].weight.data.fill_(7.0)
"""
#: Ways to leave something else where nobody would see it.
UNSEEN = {
    "no bytes": "if not before: module.Inventory.contents = lambda self: ()",
    "fewer bytes": "module.Inventory.contents = lambda self: tuple(one[:1] for one in held(self))",
    "twice": (
        "def forged(self, model, moment, outcome):\n    hand_over(self, model, moment, outcome)\n"
        "    net[0].weight.data.fill_(1.0)\n    hand_over(self, model, moment, outcome)\n"
        "apart._Noting._hand_over = forged"
    ),
    "before its time": (
        "def forged(self, model, moment, outcome):\n    hand_over(self, model, moment, outcome)\n"
        "    hand_over(self, model, moment - 1, outcome)\napart._Noting._hand_over = forged"
    ),
}


@pytest.mark.parametrize("code", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("model", [LARGE, Recipe("mlp", steps=(Initialize("normal"),))], ids=["large", "small"])
def test_a_moment_that_is_looked_at_has_its_bytes_once(engine: Engine, code: str, model: Recipe) -> None:
    recipe = by(LOOKS_WHO_LOOKS + SILENT + code, model)
    with pytest.raises(EngineError, match="has not the form"):
        engine.ask(Span(recipe, 0, 2), GetOverview())


#: Memory that torch hands out unfilled, of which a tensor reaches a part.
GAPS = (
    "net.register_buffer('mask', torch.empty(60, 60)[::2].zero_())",
    "net.register_buffer('part', torch.empty(10000)[10:20].zero_())",
    "net[0].bias = nn.Parameter(torch.empty(8 * 700)[: net[0].bias.numel()].zero_())",
    "net.register_buffer('odd', torch.empty(3300, dtype=torch.uint8)[1:].zero_())",
    "net.register_buffer('left', torch.empty(500, 500)[:, :3].zero_())",
    "net.register_buffer('wide', torch.empty(3, 700)[:, :1].zero_().expand(3, 9))",
    "net.register_buffer('shrunk', torch.empty(9000).zero_()); net.shrunk.resize_(10)",
)


@pytest.mark.parametrize("code", GAPS)
def test_memory_that_no_tensor_reaches_accuses_nobody(engine: Engine, code: str) -> None:
    noise = "for _ in range(20): torch.rand(7000)\n"
    recipe = by(noise + code, Recipe("mlp"))
    longer = recipe.then(Custom("net[0].weight.data.zero_()", "", "statements"))
    for span in (Span(recipe, 0, 1), Span(longer, 1, 2), Span(longer, 0, 2), Span(longer, 1, 1)):
        engine._runs._kept.clear()
        engine.ask(span, GetOverview())
        assert engine.other(span) is None


def test_what_the_server_keeps_is_counted_with_what_was_said(engine: Engine) -> None:
    for seed in range(3):
        code = f"net[0].note = tuple(range({seed}, 2_000_000))\nnet[0].words = 'x' * 12_000_000"
        engine.ask(whole(by(code, Recipe("mlp"))), GetOverview())
    assert all(len(str(left.reply.head)) < 100_000 for left in engine._runs._kept.values())
    assert engine._runs._kept.currsize < 3 * 2**20


@pytest.mark.parametrize("model", [LARGE, Recipe("mlp"), Recipe("shared_mlp")])
def test_code_that_draws_from_the_seeded_streams_is_never_accused(engine: Engine, model: Recipe) -> None:
    recipe = by(HONEST, model)
    steps = len(recipe.steps)
    for after in range(steps + 1):
        for before in range(after + 1):
            engine.ask(Span(recipe, before, after), GetOverview())
    engine.ask(Span(recipe, 0, steps), GetWeights())
    engine.ask(whole(recipe.then(Custom("net[0].bias.data.zero_()", "", "statements"))), GetOverview())
    assert engine.other(whole(recipe)) is None


def test_what_was_noticed_is_forgotten_with_the_files_of_the_operator(engine: Engine) -> None:
    recipe = by(CLOCK)
    for before in (0, 1):
        engine.ask(Span(recipe, before, 2), GetOverview())
    assert engine.other(whole(recipe)) == 2
    engine._runs.forget()
    assert engine.other(whole(recipe)) is None


HELD = {
    "gradients of each other": (
        """
import sys, dataclasses
apart = sys.modules['core.replaying.apart']
held, tensor = apart.handed_over, sys.modules['core.questions.handover'].HeldTensor
def forged(*given, **more):
    left = held(*given, **more)
    more = [tensor('strided', 'float32', (1,), False, False, stride=(1,), region=0, grad=len(left.tensors) + i)
            for i in (1, 0)]
    return dataclasses.replace(left, tensors=(*left.tensors, *more))
apart.handed_over = forged
""",
        "gradient",
    ),
    "bytes that never came": (
        "import sys\nmodule = sys.modules['core.module.inventory']\nold = module._merged\n"
        "module._merged = lambda s: (old(s)[0], (*old(s)[1][:-1], 3 * 10**9))\n"
        "module.Inventory.contents = lambda self: ()",
        "bytes",
    ),
}


@pytest.mark.parametrize(("code", "said"), HELD.values(), ids=HELD)
def test_no_handover_takes_memory_for_good(engine: Engine, code: str, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        engine.ask(whole(by(code, Recipe("mlp"))), GetOverview())
