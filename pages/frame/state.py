"""Every key of Streamlit's session state that our own code reads or writes; no other file names one.

Session state holds text and numbers only (None, true and false, and lists and dicts of these), so that nothing in it
keeps a model or a record of an older version alive. Widgets that only the place that draws them reads are not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Generic, Literal, TypedDict, TypeVar

import streamlit as st

from core.recipe.steps import OptimizerName

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Value]):
    """One key, and the value that stands for it until something is put there."""

    key: str
    default: Value

    def get(self) -> Value:
        """The value now."""
        value: Value = st.session_state.get(self.key, self.default)
        return value

    def put(self, value: Value) -> None:
        """Set the value; of a widget only before the widget is drawn or in a callback."""
        st.session_state[self.key] = value

    def take(self) -> Value:
        """The value, which is then forgotten."""
        value: Value = st.session_state.pop(self.key, self.default)
        return value

    def exists(self) -> bool:
        """Whether a value was put there."""
        return self.key in st.session_state


#: How many recipes undo or redo can return to, and how many characters they may have: one alone has 200,000 at most.
_MOST_RECIPES, _MOST_CHARACTERS = 200, 2_000_000


class History(Entry[Sequence[str]]):
    """Recipes to return to, the next of them last; the farthest are forgotten where they take too much memory."""

    __slots__ = ()

    def put(self, value: Sequence[str]) -> None:
        """Set the recipes, as many of the last as may be kept."""
        characters = accumulate(len(recipe) for recipe in reversed(value[-_MOST_RECIPES:]))
        kept = sum(1 for so_far in characters if so_far <= _MOST_CHARACTERS)
        Entry.put(self, value[len(value) - kept :])


class Draft(Entry[str]):
    """Code in an editor that no run has taken: what was written where it would begin with something else; "" is none.

    A link's is put here, and holds until its editor is first shown.
    """

    __slots__ = ()

    def get(self) -> str:
        """What is in the editor now, or will be."""
        editor = self.key.removesuffix(_DRAFT)
        memory = editor_memory(editor).get()
        if memory is None:
            return self.brought()
        return "" if memory["text"] == beginning(editor).get() else memory["text"]

    def brought(self) -> str:
        """What a link brought."""
        return Entry.get(self)


_DRAFT = ":draft"


class Failure(TypedDict):
    """Why code was not taken: one sentence, the line at fault, and what was printed before."""

    sentence: str
    line: int | None
    printed: str


class Pending(TypedDict):
    """Code that is being tried, and the key of the editor it came from."""

    editor: str
    code: str


class Held(TypedDict):
    """A recipe at two moments that is not asked about again until it is wanted, and the sentence on why."""

    recipe: str
    before: int
    after: int | None
    sentence: str


class TreeClick(TypedDict):
    """A row that was clicked in the module tree, and the selection from here that the browser knew (None: any)."""

    id: str
    push: str | None


class TreeMemory(TypedDict):
    """What a session remembers of one module tree: see `pages.components.module_tree`."""

    click: TreeClick | None
    push: str
    pushed: str | None
    current: str | None
    returned: str | None


class EditorReport(TypedDict):
    """What an editor's browser says: the text, which pushed text it is a change of, and which wish to run was last."""

    text: str
    push: str | None
    run: int | None


class EditorMemory(TypedDict):
    """What a session remembers of one editor, also while another page is shown."""

    text: str
    version: int
    push: str  # names the last text that came from here and not from the person
    report: EditorReport | None
    run: int | None  # names the last wish to run,
    run_asked: bool  # which no run of the script has been told of yet


# ---- the recipe and its moments: see `session` ----
RECIPE = Entry("recipe", "")
PAST = History("past", ())
FUTURE = History("future", ())
BEFORE = Entry("before", 0)
AFTER: Entry[int | None] = Entry("after", None)
UNSETTLED = Entry("unsettled", True)
COMPLAINT: Entry[str | None] = Entry("complaint", None)
FAILED: Entry[str | None] = Entry("failed", None)
HELD: Entry[Held | None] = Entry("held", None)
JUST: Entry[str | None] = Entry("just", None)

# ---- the code that may run in this session: see `consent` ----
AGREED: Entry[Sequence[str]] = Entry("agreed", ())

# ---- the sidebar ----
MODEL = Entry("model", "")
SEED = Entry("recipe_seed", "0")
MOMENT_BEFORE = Entry("moment_before", 0)
MOMENT_AFTER = Entry("moment_after", 0)

# ---- which tensor or row is looked at ----
OPENED: Entry[str | None] = Entry("opened", None)
WINDOW: Entry[Sequence[int] | None] = Entry("window", None)
CARDS_PAGE = Entry("cards_page", 1)
SELECTED_ROW: Entry[str | None] = Entry("selected", None)

# ---- which scheme goes where, on Initialize and Schemes: None until the field is drawn ----
SCHEME: Entry[str | None] = Entry("scheme", None)
PLACE: Entry[str | None] = Entry("place", None)
ROOT: Entry[str | None] = Entry("root", None)
MODULE_TYPE: Entry[str | None] = Entry("type", None)
PARAMETER: Entry[str | None] = Entry("parameter", None)
PATTERN: Entry[str | None] = Entry("pattern", None)
ONE_TENSOR: Entry[str | None] = Entry("one_tensor", None)
GALLERY_SEED = Entry("gallery_seed", "0")

# ---- the Edit page ----
EDITED: Entry[str | None] = Entry("edited", None)
EXAMPLE: Entry[str | None] = Entry("example", None)
FORMULA = Entry("formula", "w[0, 0] = 42")

# ---- the Tying page ----
TYING_TENSOR: Entry[str | None] = Entry("tied", None)
THROUGH: Entry[str | None] = Entry("through", None)
POKE_VALUE = Entry("poke_value", "1")
TIE_KIND = Entry("tie_kind", "Tensors")
OPTIMIZER: Entry[OptimizerName] = Entry("twins_optimizer", "sgd")
TRAIN_STEPS = Entry("train_steps", "50")
#: The learning rate as it was typed, whatever the optimizer; "" is the optimizer's usual one.
TRAIN_RATE = Entry("train_rate", "")

# ---- the Code page ----
PENDING_CODE: Entry[Pending | None] = Entry("pending_code", None)


def argument(name: str) -> Entry[bool | str]:
    """The sidebar's widget for an argument of the model, a number as it is typed.

    One named seed is not the recipe's, whose widget is `SEED`.
    """
    return Entry(f"argument_{name}", "")


def field(widget: str) -> Entry[str | None]:
    """What a field holds that a step is made of; None until it is drawn."""
    return Entry(widget, None)


def seed(widget: str) -> Entry[str]:
    """A seed's widget."""
    return Entry(widget, "0")


def proposed_seed(widget: str) -> Entry[str | None]:
    """The seed that a seed's widget was last given from here: a person's own is kept while this is current."""
    return Entry(f"fresh_{widget}", None)


def window_number(label: str) -> Entry[str]:
    """The large view's widget for one end of the window."""
    return Entry(f"window_{label}", "0")


def taken_changes(table: str) -> Entry[Sequence[Any]]:
    """Of a table of values, which browser's changes were taken last, and the number of the last of them."""
    return Entry(f"{table}:taken", ("", 0))


def poke_index(axis: int) -> Entry[str]:
    """The index along an axis of the element that is poked, as it is typed."""
    return Entry(f"poke_{axis}", "0")


def tie_place(side: Literal["keep", "replace"], kind: str) -> Entry[str | None]:
    """Of two places to tie, the one that is kept or the one that is replaced."""
    return Entry(f"{side}_{kind}", None)


def failure(editor: str) -> Entry[Failure | None]:
    """The last attempt's failure in an editor of code; None where it did not fail."""
    return Entry(f"{editor}:failure", None)


def template_choices(editor: str) -> Entry[int]:
    """How often a template was chosen for an editor of code."""
    return Entry(f"{editor}:choices", 0)


def template(editor: str) -> Entry[int]:
    """The widget of the templates of an editor of code; in addresses it has this name."""
    return Entry(f"{editor.removesuffix('_code')}_template", 0)


def template_taken(editor: str) -> Entry[int]:
    """The template whose code was put into an editor last."""
    return Entry(f"{editor}:taken", 0)


def template_asked(editor: str) -> Entry[bool]:
    """Whether a template was chosen that would replace what was written in an editor, and nobody said yet if it may."""
    return Entry(f"{editor}:asked", False)


def beginning(editor: str) -> Entry[str | None]:
    """What an editor begins with where the same recipe and template are opened anew."""
    return Entry(f"{editor}:beginning", None)


def draft(editor: str) -> Draft:
    """Code in an editor that no run has taken."""
    return Draft(f"{editor}{_DRAFT}", "")


def reported(component: str) -> Entry[object]:
    """What a component's browser last reported: anything, since a browser can send anything."""
    return Entry(component, None)


def tree_memory(tree: str) -> Entry[TreeMemory | None]:
    """What is remembered of a module tree."""
    return Entry(f"{tree}:memory", None)


def editor_memory(editor: str) -> Entry[EditorMemory | None]:
    """What is remembered of an editor."""
    return Entry(f"{editor}:memory", None)
