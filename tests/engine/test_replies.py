"""What comes from where a person's code runs is not to be trusted: forged, it is a sentence, and costs no memory."""

import json
import resource
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine import channel
from core.engine.channel import ChannelError, Most
from core.engine.errors import EngineError, StepFailedError, worker_error
from core.engine.jail.limits import WITH_CODE
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.base import Request
from core.questions.model import GetOverview, GetPrinted, GetWeights
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Source
from tests.custom import good, running
from tests.engine.test_channel import connected
from tests.engine.test_channel_faults import describing, framed
from tests.engines import drawn, engine_from, shared_zygote

_NO_ANSWER = "is no answer: code may not write to the files"
_TOO_LARGE = r"^the answer is too large to be shown: {} \d[\d,]* {}, more than [\d,]+; make the model smaller"
_CLOSED = "closed its connection to this server"
#: What code writes in place of the first reply, which says that the recipe is open, and the pattern of the sentence.
INSTEAD_OF_THE_FIRST = {
    "a list": (framed("[]"), _NO_ANSWER),
    "deep lists": (framed("[" * 60_000), _NO_ANSWER),
    "deep objects": (framed('{"value":' + '{"a":' * 60_000), _NO_ANSWER),
    "a length without bytes": (struct.pack(">Q", 1000) + b"{", _CLOSED),
    "a huge length": (struct.pack(">Q", 2**62), _NO_ANSWER),
    "arrays where none belong": (describing(["uint8", [2**40]]), _NO_ANSWER),
    "an error that is an object": (framed('{"error":{"a":1}}'), "^no reason was given$"),
    "an error without words": (framed('{"error":" "}'), "^no reason was given$"),
    "a step that is not there": (framed('{"error":"lies","step":9}'), "^lies$"),
    "a step before the first": (framed('{"error":"lies","step":-1}'), "^lies$"),
    "a step that is true": (framed('{"error":"lies","step":true}'), "^lies$"),
    "an endless step": (framed('{"error":"lies","step":' + "9" * 4000 + "}"), "^lies$"),
    "a line that is text": (framed('{"error":"lies","step":0,"line":"x","printed":[]}'), "^step 1 cannot .*: lies$"),
    "a megabyte of error": (framed(json.dumps({"error": "x" * 10**6})), "^x{1000}…$"),
    "a surrogate": (framed(json.dumps({"error": "\ud800\x1b[31m\x00\u202e"})), r"^\\ud800\\u0000\\u202e$"),
}
_MISFIT = "^what the process left that ran the code has not the form it should$"
#: The same, of what is no handover of a model.
INSTEAD_OF_A_HANDOVER = {
    "no value": (framed("{}"), _MISFIT),
    "another record": (framed('{"value":[{"moment":1}]}'), _MISFIT),
    "a text": (framed('{"value":"0.weight"}'), _MISFIT),
    "nothing": (framed('{"value":[]}'), "the process that ran the code handed nothing over after step 1$"),
    "an array out of nowhere": (framed('{"value":[{"array":7}]}'), _MISFIT),
    "arrays without bytes": (describing(["uint8", [2**26]]), _CLOSED),
    "more than it may hold": (describing(["uint8", [2**29 + 1]]), _TOO_LARGE.format("its arrays take", "bytes")),
    "too many arrays": (describing(*[["uint8", [0]]] * 60_000), _TOO_LARGE.format("it holds", "arrays")),
    "a head that is too long": (
        struct.pack(">Q", 17 * 2**20) + b"{" * 1000,
        _TOO_LARGE.format("its text takes", "bytes"),
    ),
    "arrays that no process could hold": (describing(["uint8", [2**32 + 1]]), _NO_ANSWER),
    "an endless array": (describing(["uint8", [10**300] * 32]), _NO_ANSWER),
}
FORGED = INSTEAD_OF_THE_FIRST | INSTEAD_OF_A_HANDOVER
#: What a forward pass writes in place of the answer about it, and the pattern of the sentence.
INSTEAD_OF_AN_ANSWER = {
    "no value": (framed("{}"), "^the answer to GetPrinted has not the form it should$"),
    "another record": (framed('{"value":{"structure":3}}'), "^the answer to GetPrinted has not the form"),
    "a value of surrogates": (framed('{"value":{"structure":["\\ud800"]}}'), "has not the form it should$"),
    "an array out of nowhere": (framed('{"value":{"array":7}}'), "has not the form it should$"),
    "deep values": (framed('{"value":' + "[" * 900 + "]" * 900 + "}"), "has not the form it should$"),
    "more than it may hold": (describing(["uint8", [2**26 + 1]]), _TOO_LARGE.format("its arrays take", "bytes")),
    "a head that is too long": (
        struct.pack(">Q", 5 * 2**20) + b"{" * 1000,
        _TOO_LARGE.format("its text takes", "bytes"),
    ),
}
FORGER = """net
import os, zlib
raw = zlib.decompress({compressed!r})
while raw: raw = raw[os.write(3, raw) :]
os._exit(0)"""
FORGING_MODEL = """import os, zlib
class Net(nn.Module):
    def forward(self, x):
        raw = zlib.decompress({compressed!r})
        while raw: raw = raw[os.write(3, raw) :]
        os._exit(0)
def batch(size): return torch.ones(size), 0
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), code_time_limit=10, time_limit=60) as started:
        yield started


def assert_a_sentence(engine: Engine, span: Span, request: Request[Any], sentence: str) -> None:
    """The forgery costs no memory, and others nothing."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(EngineError, match=sentence) as told:
        engine.ask(span, request)
    assert told.value.line is None
    assert told.value.printed == ""
    assert str(told.value).isprintable()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 200_000
    assert engine.ask(drawn(1), GetOverview()).counts.unique == 49


def forging_model(raw: bytes) -> Span:
    code = FORGING_MODEL.format(compressed=zlib.compress(raw, 9))
    return Span(Recipe(CODE, source=Source(code, "Net")), 0, 0)


@pytest.mark.parametrize(("forged", "sentence"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_reply_is_a_sentence(engine: Engine, forged: bytes, sentence: str) -> None:
    code = FORGER.format(compressed=zlib.compress(forged, 9))  # most are too long for a recipe
    assert_a_sentence(engine, running(code), GetOverview(), sentence)


@pytest.mark.parametrize(("forged", "sentence"), INSTEAD_OF_AN_ANSWER.values(), ids=INSTEAD_OF_AN_ANSWER.keys())
def test_a_forged_answer_is_a_sentence(engine: Engine, forged: bytes, sentence: str) -> None:
    assert_a_sentence(engine, forging_model(forged), GetPrinted(), sentence)


def test_a_forged_record_of_the_right_form_is_only_this_recipes(engine: Engine) -> None:
    lies = framed('{"value":{"structure":"lies","inputs":"","output":""}}')
    assert engine.ask(forging_model(lies), GetPrinted()).structure == "lies"
    assert engine.ask(drawn(1), GetPrinted()).structure.startswith("Sequential")


class TestFailure:
    anything = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
        max_leaves=4,
    )

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        head=st.fixed_dictionaries({"error": anything}, optional=dict.fromkeys(("step", "line", "printed"), anything)),
        steps=st.integers(0, 3),
    )
    def test_is_a_printable_sentence_whatever_the_worker_says(self, head: dict[str, Any], steps: int) -> None:
        error = worker_error(head, steps)
        assert str(error).isprintable()
        assert str(error)
        assert len(str(error)) < 6100
        assert error.line is None or error.line > 0
        assert error.printed.replace("\n", "").isprintable()
        if isinstance(error, StepFailedError):
            assert 0 <= error.index < steps

    def test_keeps_step_line_and_what_was_printed(self) -> None:
        error = worker_error({"error": "no", "step": 1, "line": 3, "printed": "a\n\x1b[31mb\x1b[0m\tc"}, 2)
        assert isinstance(error, StepFailedError)
        assert (error.index, error.reason, error.line, error.printed) == (1, "no", 3, "a\nb       c")


class TestABound:
    def test_on_the_head_holds(self) -> None:
        with connected() as (one, other):
            channel.send(one, {"value": "x" * 1000})
            with pytest.raises(ChannelError, match="bytes, more than 500"):
                channel.receive(other, most=Most(head=500))

    def test_on_the_arrays_holds_before_they_are_read(self) -> None:
        with connected() as (one, other):
            channel.send(one, {}, [np.zeros(10)])
            with pytest.raises(ChannelError, match="80 bytes, more than 79"):
                channel.receive(other, most=Most(arrays=79))

    @pytest.mark.parametrize(
        ("span", "sentence"),
        [
            (drawn(1, model="deep_mlp"), r"bytes, more than 10,000; make the model smaller$"),
            (good(1, "deep_mlp"), r"bytes, more than 10,000; make the model smaller$"),
        ],
        ids=["without code", "with code"],
    )
    def test_on_an_answers_arrays_is_the_questions(
        self, engine: Engine, span: Span, sentence: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert engine.ask(span, GetWeights()).content.nbytes > 10_000
        engine._answers.clear()
        engine._end_unused()
        monkeypatch.setattr(GetWeights, "reply_bytes", 10_000)
        with pytest.raises(EngineError, match=sentence):
            engine.ask(span, GetWeights())

    def test_on_what_code_left_is_its_processs_memory(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("core.engine.code_runs.WITH_CODE", replace(WITH_CODE, memory=10_000))
        with pytest.raises(
            EngineError, match=r"bytes, more than 10,000; make the model smaller or take the step back$"
        ):
            engine.ask(good(2, "deep_mlp"), GetOverview())
