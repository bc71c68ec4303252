"""What comes from where a person's code runs is not to be trusted: forged, it is a sentence, and costs no memory."""

import json
import resource
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine import channel
from core.engine.channel import ChannelError, Most
from core.engine.errors import EngineError, StepFailedError, worker_error
from core.engine.pool import Engine, Span
from core.questions.model import GetOverview, GetWeights
from core.questions.tensor import GetValues
from tests.custom import good, running
from tests.engine.test_channel import connected
from tests.engine.test_channel_faults import describing, framed
from tests.engines import drawn, engine_from, shared_zygote

OPENED = framed('{"value":null}')
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
#: The same in place of the second one, which answers the server's question.
INSTEAD_OF_THE_SECOND = {
    "no value": (framed("{}"), "^the answer to GetOverview has not the form it should$"),
    "another record": (framed('{"value":{"counts":3}}'), "^the answer to GetOverview has not the form"),
    "a value of surrogates": (framed('{"value":{"tensors":["\\ud800"]}}'), "has not the form it should$"),
    "an array out of nowhere": (framed('{"value":{"array":7}}'), "has not the form it should$"),
    "deep values": (framed('{"value":' + "[" * 900 + "]" * 900 + "}"), "has not the form it should$"),
    "arrays without bytes": (describing(["uint8", [2**26]]), _CLOSED),
    "more than it may hold": (describing(["uint8", [2**26 + 1]]), _TOO_LARGE.format("its arrays take", "bytes")),
    "too many arrays": (describing(*[["uint8", [0]]] * 60_000), _TOO_LARGE.format("it holds", "arrays")),
    "a head that is too long": (
        struct.pack(">Q", 5 * 2**20) + b"{" * 1000,
        _TOO_LARGE.format("its text takes", "bytes"),
    ),
    "arrays that no process could hold": (describing(["uint8", [2**32 + 1]]), _NO_ANSWER),
    "an endless array": (describing(["uint8", [10**300] * 32]), _NO_ANSWER),
}
FORGED = {name: ([raw], sentence) for name, (raw, sentence) in INSTEAD_OF_THE_FIRST.items()} | {
    name: ([OPENED, raw], sentence) for name, (raw, sentence) in INSTEAD_OF_THE_SECOND.items()
}
#: Writes each forgery; between two it waits for the server's question, so that the server does not meet a closed end.
FORGER = """net
import os, zlib
for number, raw in enumerate({compressed!r}):
    if number: os.read(3, 2**16)
    raw = zlib.decompress(raw)
    while raw: raw = raw[os.write(3, raw) :]
os._exit(0)"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), code_time_limit=10, time_limit=60) as started:
        yield started


@pytest.mark.parametrize(("forged", "sentence"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_reply_is_a_sentence(engine: Engine, forged: list[bytes], sentence: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = FORGER.format(compressed=[zlib.compress(raw, 9) for raw in forged])  # most are too long for a recipe
    with pytest.raises(EngineError, match=sentence) as told:
        engine.ask(running(code), GetOverview())
    assert told.value.line is None
    assert told.value.printed == ""
    assert str(told.value).isprintable()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 200_000
    assert engine.ask(drawn(1), GetOverview()).counts.unique == 49


def test_a_forged_record_of_the_right_form_is_only_this_recipes(engine: Engine) -> None:
    head = framed('{"value":{"values":{"array":0}},"arrays":[["float64",[1,1]]]}', np.float64(42).tobytes())
    code = FORGER.format(compressed=[zlib.compress(OPENED), zlib.compress(head)])
    assert engine.ask(running(code), GetValues("0.weight")).values.tolist() == [[42]]
    assert engine.ask(drawn(1), GetValues("0.weight")).values.shape == (8, 4)


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
            (good(1, "deep_mlp"), "or take the step back$"),
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
