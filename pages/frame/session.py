"""The session's recipe: read from the link, changed by one step at a time, never lost by a click.

In session state are, as JSON text, the recipe and those that undo and redo return to, and the moments before and after
(None: the end).
"""

from functools import lru_cache

import streamlit as st

from core import text
from core.engine.span import Span
from core.recipe import catalog, link
from core.recipe.recipe import Recipe, explanation
from core.recipe.steps import Step
from pages.frame import address, state
from pages.frame.state import Held

_HISTORY = 200


def start() -> None:
    """At a session's first run: what the address says, or the first model, the lesson's with an example of a step."""
    state.JUST.put(None)
    if state.RECIPE.exists():
        return
    given = opening(catalog.first())
    value = st.query_params.get("recipe")
    try:
        given = given if value is None else link.decode(value)
    except ValueError as error:
        complain(f"The link could not be opened: {error}. Here is a fresh start instead.")
    else:
        address.read()
    state.RECIPE.put(given.to_json())
    before, after, steps = state.BEFORE.get(), state.AFTER.get(), len(given.steps)
    compare(before if before <= steps else 0, after if after is None or after <= steps else None)


def opening(model: str) -> Recipe:
    """A model with an example of what can be done to it."""
    return Recipe(model, steps=catalog.entry(model).opening)


def is_example() -> bool:
    """Whether the session shows what it greets with, which nobody in it has done."""
    greeting = opening(catalog.first())
    return bool(greeting.steps) and not state.PAST.get() and current() == greeting


def current() -> Recipe:
    """The session's recipe."""
    return _parsed(state.RECIPE.get())


@lru_cache(maxsize=_HISTORY)
def _parsed(json: str) -> Recipe:
    return Recipe.from_json(json)  # a page asks for it a dozen times a run


def span() -> Span:
    """The session's recipe between its two moments."""
    recipe = current()
    steps = len(recipe.steps)
    after = state.AFTER.get()
    return Span(recipe, min(state.BEFORE.get(), steps), steps if after is None else min(after, steps))


def compare(before: int, after: int | None) -> None:
    """Look at these two moments; None is the end, also once more steps follow."""
    state.BEFORE.put(before)
    state.AFTER.put(after)


def end_span() -> Span:
    """The whole recipe, whatever moments are compared: what the next step will start from."""
    recipe = current()
    return Span(recipe, 0, len(recipe.steps))


def last_step_span() -> Span:
    """The last step alone: the moment before it and the end."""
    steps = len(current().steps)
    return Span(current(), max(0, steps - 1), steps)


def changed_span() -> Span:
    """What a change is tried at: the step that was just added, which its page shows next, or what is looked at."""
    looked_at, added = span(), last_step_span()
    is_added = is_proposed() and state.PAST.get()[-1] == current().undo().to_json()
    return added if is_added and looked_at.after == added.after and not current().runs_code else looked_at


def propose(recipe: Recipe) -> None:
    """Make `recipe` the session's; if it turns out not to work, `give_up_change` returns to the one before."""
    proposed, before = recipe.to_json(), state.RECIPE.get()
    if proposed != before:
        state.PAST.put([*state.PAST.get(), before][-_HISTORY:])
        state.FUTURE.put([])
        state.RECIPE.put(proposed)
        state.UNSETTLED.put(True)


def open_model(model: str) -> None:
    """Make a model of the catalog the session's, as it is built."""
    propose(Recipe(model))
    compare(0, None)


def start_over() -> None:
    """Back to the model as it is built; undo returns to its steps."""
    if current().steps:
        propose(current().prefix(0))
        state.JUST.put("start over")
    compare(0, None)


def open_instead(recipe: Recipe | None) -> None:
    """Look at `recipe`, by default a fresh start, in place of the session's own, to which redo returns."""
    state.FUTURE.put([state.RECIPE.get()])
    state.RECIPE.put((recipe or opening(catalog.first())).to_json())
    state.UNSETTLED.put(True)
    compare(0, None)


def append(step: Step) -> None:
    """Add a step; one that cannot follow the recipe is a complaint, not a step.

    What was typed and left by a click comes with that click, but Streamlit may carry out the click first: then the
    step is put before what was clicked.
    """
    clicked = state.JUST.take()
    if clicked == "undo":
        redo()
    elif clicked == "start over":
        undo()
    try:
        propose(current().then(step))
    except ValueError as error:
        complain(text.sentence(explanation(error)))
    else:
        state.AFTER.put(None)
    if clicked == "undo":
        undo()
    elif clicked == "start over":
        start_over()


def settled() -> bool:
    """Whether the recipe has been replayed successfully."""
    return not state.UNSETTLED.get()


def settle() -> None:
    """Keep the recipe: it was replayed."""
    state.UNSETTLED.put(False)


def is_proposed() -> bool:
    """Whether the recipe is a change that was not replayed yet, of one to which the session can return."""
    return not settled() and bool(state.PAST.get())


def give_up_change(*, again: bool) -> None:
    """Return to the recipe before the change that was proposed; `again`: redo tries the change once more."""
    proposed = state.RECIPE.get()
    _return_to_the_last()
    if again:
        state.FUTURE.put([*state.FUTURE.get(), proposed])
    settle()


def keep_before(failed_step: int) -> None:
    """Of a recipe that came with a step that fails, keep what stands before that step; redo tries all of it again."""
    state.FUTURE.put([*state.FUTURE.get(), state.RECIPE.get()])
    state.FAILED.put(current().prefix(failed_step + 1).to_json())
    state.RECIPE.put(current().prefix(failed_step).to_json())


def hold(sentence: str) -> None:
    """Ask no more about the recipe as it is looked at now until `release`, and say why."""
    state.HELD.put(
        Held(recipe=state.RECIPE.get(), before=state.BEFORE.get(), after=state.AFTER.get(), sentence=sentence)
    )


def held() -> str | None:
    """Why the recipe as it is looked at now is not asked about; None where it may be."""
    kept = state.HELD.get()
    looked_at = (state.RECIPE.get(), state.BEFORE.get(), state.AFTER.get())
    return kept["sentence"] if kept and (kept["recipe"], kept["before"], kept["after"]) == looked_at else None


def release() -> None:
    """Ask again about what was held."""
    state.HELD.put(None)


def undo() -> None:
    """Back to the recipe before the last change; in a session that began with a link, drop the last step."""
    recipe = state.RECIPE.get()
    if state.PAST.get():
        _return_to_the_last()
    else:
        state.RECIPE.put(current().undo().to_json())
    if state.RECIPE.get() != recipe:
        state.FUTURE.put([*state.FUTURE.get(), recipe])
        state.JUST.put("undo")
    settle()


def _return_to_the_last() -> None:
    *past, last = state.PAST.get()
    state.PAST.put(past)
    state.RECIPE.put(last)


def redo() -> None:
    """Forward again to what was undone, or to a change that was given up, which may fail again."""
    if state.FUTURE.get():
        *future, following = state.FUTURE.get()
        state.PAST.put([*state.PAST.get(), state.RECIPE.get()])
        state.FUTURE.put(future)
        state.RECIPE.put(following)
        state.UNSETTLED.put(True)


def stop() -> None:
    """Give up what is being computed; a change that was being tried for the first time can be redone."""
    state.PENDING_CODE.take()
    if is_proposed():
        give_up_change(again=True)
        complain("Stopped; the last change was taken back, and Redo tries it again.")
    elif settled():
        complain("Stopped; nothing was changed.")
    else:
        hold("Stopped before the model was computed; nothing was changed.")


def remove(index: int) -> None:
    """Drop one step; the draws of the others stay, since each has its own seed."""
    try:
        propose(current().without(index))
    except ValueError as error:
        complain(explanation(error))


def complain(message: str) -> None:
    """Show a sentence once, at the top of the page."""
    state.COMPLAINT.put(message)


def complaint() -> str | None:
    """The sentence to show, which is then forgotten."""
    return state.COMPLAINT.take()


def failed() -> Recipe | None:
    """The recipe up to a step that came and failed, to be shown once."""
    recipe = state.FAILED.take()
    return None if recipe is None else Recipe.from_json(recipe)


def share() -> None:
    """Keep the address bar a link to exactly this, or a word that says that only a file can hold it."""
    address.write(link.encode_short(current()) or link.IN_A_FILE)


def shared_link(page: str) -> str | None:
    """The link to exactly this, on the page of that path; None of a recipe that is too long for a link."""
    value = link.encode_short(current())
    return None if value is None else address.link(value, page)


def open_file(content: str) -> None:
    """Make the recipe of a file's text the session's, to be undone like any change; else say what is wrong with it."""
    try:
        opened = Recipe.from_json(content.strip())
    except ValueError as error:
        complain(f"The file could not be opened: {explanation(error)}.")
        return
    propose(opened)
    compare(0, None)
