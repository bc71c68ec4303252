"""Every text, number and array of a worker's answer is of a bounded kind, which is checked where the answer is read."""

import types
import typing
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pytest

from core.engine import channel
from core.questions.base import Request
from core.questions.code import GetOwnFiles
from core.questions.model import File
from core.questions.registry import QUESTIONS
from core.recipe.words import Lines, Name, Words

#: Of which any value can be shown: `core.text.number` says NaN and infinity.
_FREE = (float, bool, types.NoneType)


def loose(kind: Any, place: str, seen: frozenset[Any] = frozenset()) -> Iterator[str]:
    """Where in a reply's type a text, a whole number or an array may be anything."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        if inner[0] not in (str, int, float) and not str(inner[0]).startswith("numpy"):
            yield from loose(inner[0], place, seen)
    elif origin in (tuple, dict, typing.Union, types.UnionType):
        for part in inner:
            if part is not ...:
                yield from loose(part, place, seen)
    elif is_dataclass(kind):
        for name, hint in typing.get_type_hints(kind, include_extras=True).items() if kind not in seen else ():
            yield from loose(hint, f"{place}.{name}", seen | {kind})
    elif origin is not Literal and kind not in _FREE:
        yield f"{place}: {kind}"


#: What the operator's files say is trusted, whatever its size.
_TRUSTED = ["GetOwnFiles.models.arguments.default: <class 'int'>"]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.__name__)
def test_no_field_of_an_answer_may_be_anything(question: type[Request[Any]]) -> None:
    found = list(loose(question.reply, question.__name__))
    assert found == (_TRUSTED if question is GetOwnFiles else [])


def read(kind: Any, value: Any) -> Any:
    return channel.unpack(kind, value, [])


HOSTILE = "a\x1b[31mb\x00\u202ec\r\nd\te" + "x" * 10**6


class TestWords:
    def test_are_one_plain_line_that_ends(self) -> None:
        said = read(Words, HOSTILE)
        assert said.startswith("ab\\u0000\\u202ec d exxx")
        assert said.isprintable()
        assert len(said) <= 2100

    def test_lines_stay_lines(self) -> None:
        said = read(Lines, HOSTILE)
        assert said.startswith("ab\\u0000\\u202ec\\u000d\nd       exxx")
        assert said.replace("\n", "").isprintable()
        assert len(said) < 201_000

    @pytest.mark.parametrize("kind", [Words, Lines, Name])
    def test_that_are_plain_stay_as_they_are(self, kind: Any) -> None:
        for said in ("", "0.weight", "Ünïcödé 权重 😀", "[x](https://a.example)  <b>  'q'", "x" * 2000):
            assert read(kind, said) == said

    def test_a_name_stays_as_it_is_or_is_refused(self) -> None:
        for said in ("a\x00\u202e\nb", " a ", "x" * 20_000):
            assert read(Name, said) == said
        for said in ("x" * 20_001, "\ud800"):
            with pytest.raises(ValueError, match="str"):
                read(Name, said)

    @pytest.mark.parametrize("kind", [Words, Lines, Name])
    def test_hold_no_lone_surrogate(self, kind: Any) -> None:
        with pytest.raises(ValueError, match=r"JSON|unicode"):
            read(kind, "\ud800")
        for said in read_beside_an_array("\ud800"):
            said.encode()


def read_beside_an_array(said: str) -> list[str]:
    """What comes out of a record with arrays, whose text does not pass JSON once more; [] where it is refused."""
    value, sent = channel.pack((File(np.zeros(1, np.uint8), said),))
    try:
        return [file.note for file in channel.unpack(tuple[File, ...], value, sent)]
    except ValueError:
        return []
