"""What code does to the process it runs in changes no number: others measure what it left."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.engine.visitor import Visitor
from core.questions.base import Request
from core.questions.code import GetReading
from core.questions.model import GetOverview, GetPrinted, GetWeights
from core.questions.sharing import GetSharing
from core.questions.tensor import GetCards, GetChanges, GetValues
from core.questions.theory import GetTheory
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Initialize, OneTensor, Source, Step, Tie, Train
from tests.custom import good
from tests.engines import drawn, engine_from, shared_zygote, whole, workers

ZERO = "net[0].weight.data.zero_()\n"
#: Each lets the process in which it runs say that nothing changed, in another way.
LIES = {
    "the comparison says so": "import sys\nsys.modules['core.tensor.compare'].changed_elements = lambda *_: 0",
    "the answers are others": (
        "import sys\nanswers = sys.modules['core.answers.base'].ANSWERS\n"
        "for kind in answers: answers[kind] = lambda *_: None"
    ),
    "the summaries are old": (
        "import sys\nstats = sys.modules['core.tensor.stats']\nold = stats.summary(torch.ones(3))\n"
        "stats.summary = lambda *_: old"
    ),
    "torch is another": (
        "torch.Tensor.sum = torch.Tensor.__ne__ = lambda *_, **__: torch.tensor(0)\ntorch.equal = lambda *_: True"
    ),
    "the model is found by the collector and put back": (
        "import gc\nfor thing in gc.get_objects():\n"
        "    if type(thing).__name__ == 'Moments': object.__setattr__(thing, 'after', thing.before)"
    ),
    "nothing is told apart": "import sys\nsys.modules['core.module.walk'].named_tensors = lambda *_: []",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), time_limit=60, code_time_limit=30) as started:
        yield started


def statements(code: str, *more: Step) -> Span:
    return whole(Recipe("mlp", steps=(Custom(code, "", "statements"), *more)))


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_zeros_are_told_whatever_the_codes_process_would_say(engine: Engine, lie: str) -> None:
    span = statements(ZERO + lie)
    changes = {change.name: change.changed for change in engine.ask(span, GetChanges())}
    assert changes["0.weight"] == 32
    assert not engine.ask(span, GetValues("0.weight")).values.any()
    (card,) = engine.ask(span, GetCards(("0.weight",)))
    assert card.after is not None
    assert (card.after.largest, card.change.changed) == (0, 32)
    assert "0.weight" in dict(engine.ask(span, GetOverview()).outcomes[0].touched)
    content = engine.ask(span, GetWeights()).content.tobytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    start, end = header["0.weight"]["data_offsets"]
    assert not any(content[8 + int.from_bytes(content[:8], "little") :][start:end])


def test_a_scheme_after_the_code_is_torchs_own(engine: Engine) -> None:
    patched = statements(
        "nn.init.constant_ = nn.init.normal_ = lambda *_, **__: None",
        Initialize("constant", OneTensor("0.weight"), (("val", 2.5),)),
    )
    assert (engine.ask(patched, GetValues("0.weight")).values == 2.5).all()


def test_training_after_the_code_is_torchs_own(engine: Engine) -> None:
    step = Train(2, 0.1, 1)
    plain, patched = (
        engine.ask(statements(code, step), GetValues("0.weight")).values
        for code in ("net", "torch.optim.SGD.step = lambda *_, **__: None\nnn.functional.linear = None")
    )
    assert (plain == patched).all()


def test_what_is_merely_equal_is_not_tied_by_code_that_says_so(engine: Engine) -> None:
    code = (
        "net[0].bias.data = net[2].weight.data.reshape(8).clone()\nimport sys\n"
        "tying = sys.modules['core.module.tying']\ntying.tied_groups = lambda *_: 1 / 0"
    )
    assert engine.ask(statements(code), GetSharing()).shared == ()


FORGED = {
    "bytes on the connection": "import os\nos.write(3, b'x' * 64)",
    "a reply of its own": (
        "import os, json\nhead = json.dumps({'value': [], 'arrays': []}).encode()\n"
        "os.write(3, len(head).to_bytes(8, 'big') + head)"
    ),
    "no bytes": "import sys\nsys.modules['core.module.inventory'].Inventory.contents = lambda self: ()",
    "too few bytes": (
        "import sys, numpy\nsys.modules['core.module.inventory'].Inventory.contents = "
        "lambda self: tuple(numpy.zeros(1, numpy.uint8) for _ in self.sizes)"
    ),
    "a tensor beyond its bytes": (
        "import sys\ninventory = sys.modules['core.module.inventory'].Inventory\nheld = inventory._place\n"
        "inventory._place = lambda self, tensor: held(self, tensor) | {'offset': 10**12}"
    ),
    "a region that is none": (
        "import sys\ninventory = sys.modules['core.module.inventory'].Inventory\nheld = inventory._place\n"
        "inventory._place = lambda self, tensor: held(self, tensor) | {'region': 99}"
    ),
    "a class that is none of torch's": (
        "import sys, builtins\nhanding = sys.modules['core.module.handing_over']\n"
        "kind = handing.HeldClass\nhanding._class = lambda _: kind('Linear', 'os.system', True)"
    ),
    "a model that was another": (
        "import sys\nhanding = sys.modules['core.module.handing_over']\nhanding.named_modules = lambda _: []\n"
        "net.extend(nn.Linear(1, 1) for _ in range(3))"
    ),
    "terabytes": (
        "import sys\ninventory = sys.modules['core.module.inventory'].Inventory\n"
        "inventory.contents = lambda self: ()\ninventory.held = lambda self: ()\n"
        "import core.module.inventory as module\nmodule._merged = lambda _: ([0], (10**15,))"
    ),
}


@pytest.mark.parametrize("code", FORGED.values(), ids=FORGED)
def test_a_forged_handover_is_a_sentence_or_what_it_says_it_is(engine: Engine, code: str) -> None:
    try:
        overview = engine.ask(statements(ZERO + code), GetOverview())
    except EngineError as error:
        sentence = str(error)
    else:
        assert overview.tensors
        sentence = "a model after all"
    assert sentence
    assert "Traceback" not in sentence
    assert engine.ask(drawn(3), GetOverview()).counts.unique == 49


#: What a process says that its code did, while it set `0.weight` to zeros.
TOLD = {
    "no run": "Outcome()",
    "a tensor touched, and untouched": "told(touched=(('0.weight', 1),), fates=(fate('untouched', 0),))",
    "a tensor touched never": "told(touched=(('0.weight', 0),), fates=())",
    "a tensor lost": "told(touched=(('0.weight', 1),), fates=(fate('lost', 1), fate('lost', 1)))",
    "tensors that are not there": "told(touched=(('x', 1), ('y', 1)), fates=(fate('touched', 1, 'x', ()),))",
    "another shape": "told(touched=(), fates=(fate('touched', 5, '0.weight', (9, 9)),))",
}
TELLING = (
    "import sys, dataclasses\napart = sys.modules['core.replaying.apart']\nheld = apart.handed_over\n"
    "code = sys.modules['core.questions.code']\nOutcome = apart.Outcome\n"
    "def fate(kind, times, name='0.weight', shape=(8, 4)): return code.Fate(name, shape, kind, times)\n"
    "def told(touched, fates): return Outcome(touched, run=code.Run('', 0.0, 1, fates))\n"
    "apart.handed_over = lambda *given, **more: dataclasses.replace(held(*given, **more), outcome={told})"
)


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_what_code_did_is_told_by_the_bytes(engine: Engine, told: str) -> None:
    (outcome,) = engine.ask(statements(ZERO + TELLING.replace("{told}", told)), GetOverview()).outcomes
    assert outcome.run is not None
    assert [name for name, _ in outcome.touched] == ["0.weight"]
    assert [(fate.name, fate.shape, fate.kind) for fate in outcome.run.fates] == [("0.weight", (8, 4), "touched")]


@pytest.mark.parametrize("seconds", ["math.nan", "-1.0", "math.inf"])
def test_a_run_takes_a_time_that_there_is(engine: Engine, seconds: str) -> None:
    told = f"Outcome(run=code.Run('', {seconds}, 1, ()))"
    with pytest.raises(EngineError, match="has not the form it should"):
        engine.ask(statements(ZERO + TELLING.replace("{told}", told)), GetOverview())


#: Each would change the process that measures, if it ever ran there; and then forges what hides that it has to.
STEALING = (
    "import sys\nif 'core.answers.base' in sys.modules:\n"
    "    answers = sys.modules['core.answers.base'].ANSWERS\n"
    "    kind = sys.modules['core.questions.code'].GetReading\n    honest = answers[kind]\n"
    "    answers[kind] = lambda request, moments: honest(kind('def stolen(m): pass'), moments)\n"
    "    apart = sys.modules['core.replaying.apart']\n    held = apart.handed_over\n"
    "    {forged}\n"
    "def build():\n    net = nn.Sequential()\n"
    "    for name in 'vw': net.register_parameter(name, nn.Parameter(torch.ones(3)))\n"
    "    return net\ndef batch(n): return torch.ones(n, 2), torch.zeros(n, 2)\nloss = nn.functional.mse_loss"
)
HIDING = {
    "a model that is false": ("pass", GetTheory(("w",))),
    "a model that is said to be torch's": (
        "apart.handed_over = lambda *given, foreign: held(*given, foreign=False)",
        GetPrinted(),
    ),
}


@pytest.mark.parametrize(("forged", "request_"), HIDING.values(), ids=HIDING)
def test_no_code_of_a_model_runs_where_is_measured(engine: Engine, forged: str, request_: Request[object]) -> None:
    source = Source(STEALING.replace("{forged}", forged), "build")
    span = whole(Recipe(CODE, source=source, steps=(Tie("v", "w"),)))
    for asked in (GetOverview(), request_):
        with contextlib.suppress(EngineError):
            engine.ask(span, asked)
    assert engine.ask(span, GetReading("def unsaved(m): pass"), visitor=Visitor("victim")).function == "unsaved"


class TestAProcessInWhichCodeHasRun:
    def test_is_asked_nothing_more_where_nothing_of_the_code_is_needed(self, engine: Engine) -> None:
        engine._end_unused()
        engine.ask(good(7), GetOverview())
        assert not engine._code.workers()
        engine.ask(good(7), GetChanges())
        assert not engine._code.workers()

    def test_serves_one_visitor_alone(self, engine: Engine) -> None:
        engine._end_unused()
        code = "class Net(nn.Module):\n    def forward(self, x): return x\ndef batch(n): return torch.ones(n), 0"
        span = whole(Recipe(CODE, source=Source(code, "Net")))
        for name in ("first", "second"):
            engine._answers.clear()
            engine.ask(span, GetPrinted(), visitor=Visitor(name))
        assert len({worker.pid for worker in engine._code.workers()}) == 2

    def test_never_reads_what_another_writes(self, engine: Engine) -> None:
        """Code in a link that everybody opens waits for what others type."""
        waiting = (
            "import sys\nanswers = sys.modules['core.answers.base'].ANSWERS\n"
            "kind = sys.modules['core.questions.code'].GetReading\nhonest = answers[kind]\n"
            "answers[kind] = lambda request, moments: honest(kind('def stolen(m): pass'), moments)"
        )
        span = statements(waiting)
        engine.ask(span, GetOverview(), visitor=Visitor("who made the link"))
        assert engine.ask(span, GetReading("def unsaved(m): pass"), visitor=Visitor("victim")).function == "unsaved"

    def test_is_not_the_one_that_answers(self, engine: Engine) -> None:
        engine._end_unused()
        engine.ask(good(8), GetOverview())
        (answering,) = workers(engine)
        assert answering in [worker.pid for worker in engine._catalog.workers()]


class TestWhatCodeLeft:
    def test_serves_every_pair_of_moments_and_the_steps_that_follow(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs: list[str] = []
        run = engine._runs._run

        def counted(recipe: Recipe, *rest: Any) -> Any:
            runs.append(recipe.to_json())
            return run(recipe, *rest)

        monkeypatch.setattr(engine._runs, "_run", counted)
        recipe = good(11).recipe.then(Initialize("zeros", OneTensor("0.bias"))).then(Train(1, 0.1, 3))
        for before, after in ((0, 1), (1, 1), (0, 2), (1, 3), (0, 3)):
            engine.ask(Span(recipe, before, after), GetChanges())
        assert runs == [recipe.prefix(1).to_json()]

    def test_is_that_of_this_very_code(self, engine: Engine) -> None:
        first, second = (
            engine.ask(statements(f"net[0].weight.data.fill_({n})"), GetValues("0.weight")) for n in (1, 2)
        )
        assert (first.values == 1).all()
        assert (second.values == 2).all()
