"""Choosing the part of the model that a scheme is drawn into; every page that asks means the same place."""

from collections.abc import Iterable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.questions.model import Overview
from core.recipe.steps import LONGEST_NAME, OneTensor, Pattern, Subtree
from pages.views import switch
from pages.views.schemes import seeds

Place = Subtree | Pattern | OneTensor

_PLACES = ("Modules", "Name pattern", "One tensor")
_ANY = "any type"


def choose(overview: Overview, head: DeltaGenerator, rest: DeltaGenerator) -> Place:
    """Modules, a name pattern or one tensor: which of these is asked in `head`, and which one of them in `rest`."""
    place = switch.one_of("Where", _PLACES, key="place", at=head, labeled=True)
    with rest:
        if place == "Name pattern":
            return Pattern(
                st.text_input(
                    "Pattern", "*.weight", key="pattern", persist_state="session", help="* and ? match any letters"
                )
            )
        if place == "One tensor":
            return OneTensor(tensor(overview))
        return _subtree(overview)


def root_and_seed(overview: Overview, columns: Sequence[DeltaGenerator], key: str) -> tuple[str, int]:
    """The module that code runs on, "" for the whole net, and a seed: the next that no step uses."""
    root: str | None = columns[0].selectbox(
        "Run on",
        nameable(overview.module_names),
        format_func=lambda name: text.plain(name) or "the whole net",
        key=f"{key}_root",
    )
    return root or "", seeds.choose(columns[1], f"{key}_seed")


def _subtree(overview: Overview) -> Subtree:
    root, module_type, parameter = st.columns(3)
    types = [_ANY, *nameable(overview.module_types)]
    return Subtree(
        root=root.selectbox("At and below", nameable(overview.module_names), format_func=_module_label, key="root")
        or "",
        module_type=_type_name(
            module_type.selectbox(
                "Of type", types, index=min(1, len(types) - 1), format_func=text.plain, key="module_type"
            )
        ),
        parameter=parameter.selectbox(
            "Parameter",
            ["weight", "bias", "*"],
            key="parameter",
            accept_new_options=True,
            persist_state="session",
            format_func=lambda name: "every one" if name == "*" else name,
            help="Its own name, or a pattern such as weight_hh*",
        )
        or "weight",
    )


def tensor(overview: Overview) -> str:
    """One parameter; "" where there is none."""
    names = nameable(info.name for info in overview.tensors if info.kind == "parameter")
    return st.selectbox("Tensor", names, key="one_tensor", persist_state="session", format_func=text.plain) or ""


def nameable(names: Iterable[str]) -> list[str]:
    """Those of the names that a step can hold."""
    return [name for name in names if len(name) <= LONGEST_NAME]


def _module_label(name: str) -> str:
    return text.plain(name) or "net"


def _type_name(choice: str) -> str:
    return "" if choice == _ANY else choice
