"""A tied net in training beside its untied twin, as a film to play and scrub; and keeping the training."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core import text
from core.engine.errors import EngineError
from core.figures.distribution import loss_curve
from core.figures.twins import training_film
from core.questions.arrays import Float64s
from core.questions.experiments import GetTwins, Twins
from core.questions.model import GetOverview
from core.questions.sharing import SharedTensor, Use
from core.recipe.expression import expression
from core.recipe.headlines import headline
from core.recipe.recipe import explanation
from core.recipe.step_code import step_code
from core.recipe.steps import OptimizerName, Train
from core.recipe.typed_number import typed_number
from core.recipe.typed_whole import typed_whole
from pages.components.enter import enter_presses
from pages.components.film import film
from pages.frame import session, state
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views import switch
from pages.views.tying import asked, choice, facts, ties, words

#: Title, and a learning rate that moves the lesson's net without tearing it apart.
_OPTIMIZERS: dict[OptimizerName, tuple[str, float]] = {
    "sgd": ("SGD", 0.1),
    "momentum": ("Momentum", 0.05),
    "adam": ("Adam", 0.01),
}
_CHART = {"displayModeBar": False, "responsive": True}
_PICTURES = ("Moved since step 0", "Values")
_SHOWN_USES = 2
_ROUNDING = 1e-5
_HIGHEST_RATE = 1000
_MOST_STEPS = 1000


def draw() -> None:
    """The optimizer and its steps, the film, what it shows, and the button that keeps it."""
    sharing = asked.sharing()
    used = [shared for shared in sharing.shared if shared.uses and len(shared.uses) > 1]
    with st.container(border=True):
        step = _form()
        if used and step is not None:
            _twins(used, step)
        if step is not None:
            st.code(step_code(step, session.current()), language="python", wrap_lines=True)
    facts.remarks(sharing)
    _last_training()
    if not used and not sharing.note:
        ties.nothing("No parameter of this model is used more than once, so there is no untied twin to watch.")


def _form() -> Train | None:
    """The training that is shown, and the button that makes it a step of the recipe."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="train_form"):
        chosen = switch.one_of(
            "Optimizer",
            tuple(_OPTIMIZERS),
            titled=lambda name: _OPTIMIZERS[name][0],
            key=state.OPTIMIZER.key,
            labeled=True,
        )
        key, steps = state.TRAIN_STEPS.key, state.TRAIN_STEPS.default
        st.text_input("Training steps", steps, key=key, bind="query-params", max_chars=40, width=150)
        st.text_input(
            "Learning rate",
            key=state.TRAIN_RATE.key,
            bind="query-params",
            max_chars=60,
            width=120,
            placeholder=_usual_rate(chosen),
        )
        hint = "Appends these updates to the recipe: all pages then show the trained model"
        step_button("Keep training", _step, icon="fitness_center", key="train", hint=hint, shortcut="Ctrl+Enter")
    enter_presses("train", "train_form")
    try:
        return _step()
    except ValueError as error:
        st.warning(text.markdown(text.sentence(explanation(error))), icon=":material/block:")
        return None


def _usual_rate(optimizer: OptimizerName) -> str:
    return f"{_OPTIMIZERS[optimizer][1]:g}"


def _step() -> Train:
    """The training that the fields hold now, from a seed that no step uses."""
    chosen = state.OPTIMIZER.get()
    optimizer = chosen if chosen in _OPTIMIZERS else state.OPTIMIZER.default  # an address may say that none is
    typed = (state.TRAIN_RATE.get() or "").strip() or _usual_rate(optimizer)
    rate = float(typed_number(typed, finite=True))
    if not 0 < rate <= _HIGHEST_RATE:  # nor NaN
        raise ValueError(
            f"{text.short(typed)} is no learning rate, which is above 0 and at most {_HIGHEST_RATE}; type one such as "
            f"{_usual_rate(optimizer)}"
        )
    steps = typed_whole(state.TRAIN_STEPS.get(), "Training steps", 1, _MOST_STEPS)
    return Train(steps, rate, session.current().next_seed(), optimizer)


def _twins(used: Sequence[SharedTensor], step: Train) -> None:
    tensor, pictures = st.columns(2, vertical_alignment="center", gap="small")
    with tensor:
        shared = choice.choose(used)
    with pictures:
        shown = switch.one_of("Pictures", _PICTURES, key="twins_pictures")
    request = GetTwins(shared.names[0], step.steps, step.optimizer, step.learning_rate, seed=step.seed)
    try:
        twins = ask(request, session.end_span())
    except EngineError as error:
        st.info(text.markdown(text.sentence(str(error))), icon=":material/info:")
        return
    if not np.isfinite(twins.tied_losses[0]):
        st.info(
            "The loss is not finite before the first update, so there is no training to watch.", icon=":material/info:"
        )
        return
    uses = shared.uses or ()
    labels = words.places(uses)
    apart, *others = _sentences(twins, step)
    st.markdown(apart)
    names = _called(uses[:_SHOWN_USES])
    film(training_film(twins, names, labels, moved=shown == _PICTURES[0]), key="twins")
    cell = f", and a cell is the mean of up to {twins.cell[0]:d} × {twins.cell[1]:d} values" * (twins.cell != (1, 1))
    st.caption(f"Each row of pictures has one color scale for all steps, so that colors can be compared{cell}.")
    st.markdown("  \n".join(others))


def _called(uses: tuple[Use, ...]) -> list[str]:
    """What the tensor is called at each use; where that is one name, its number tells them apart."""
    names = [text.plain(expression(use.name), 40) for use in uses]
    return names if len(set(names)) > 1 else [f"use {number}" for number, _ in enumerate(names, 1)]


def _last_training() -> None:
    """The loss of the training that was kept last."""
    steps, outcomes = session.current().steps, ask(GetOverview(), session.end_span()).outcomes
    if not steps or len(losses := outcomes[-1].losses) < 2:
        return
    st.markdown(
        f"The last step, {text.code(headline(steps[-1]))}: loss **{text.number(losses[0])} → "
        f"{text.number(losses[-1])}** before its first and its last update."
    )
    st.plotly_chart(loss_curve(losses), key="losses", config=_CHART, alt="loss before each update")


def _sentences(twins: Twins, step: Train) -> list[str]:
    """One sentence a finding, with its numbers."""
    torn = np.flatnonzero(~np.isfinite(twins.tied_losses))
    if torn.size:
        return [
            f"At step {torn[0]:d} the loss stops being finite: a learning rate of {step.learning_rate:g} is too large."
        ]
    title = _OPTIMIZERS[step.optimizer][0]
    steps = text.count(step.steps, f"step of {title}", f"steps of {title}")
    tied, untied = twins.parameters
    cosine = f" at cosine **{text.number(float(twins.cosines[0]), 2)}**" if twins.use_norms.shape[1] == 2 else ""
    norms = " and ".join(f"**{text.number(float(norm), 3)}**" for norm in twins.use_norms[0][:2])
    return [
        f"After {steps} the tied uses are still **one tensor**; the untied copies, equal at the start, are "
        f"**{text.number(float(twins.distances[-1]), 3)}** apart (L2).",
        f"The loss goes from {text.number(float(twins.tied_losses[0]), 3)} to "
        f"**{text.number(float(twins.tied_losses[-1]), 3)}** tied ({tied:,} parameters) and "
        f"**{text.number(float(twins.untied_losses[-1]), 3)}** untied ({untied:,}).",
        f"At step 0 the uses' gradients have norms {norms}{cosine}; the tied tensor moves by their sum, "
        f"norm **{text.number(float(twins.sum_norms[0]), 3)}**.",
        _storage(twins, step),
        f"An update moves the tied tensor by **{_ratio(twins.tied.updates)}** of its norm, the median; "
        "a common rule of thumb is 0.001.",
    ]


def _storage(twins: Twins, step: Train) -> str:
    gap = float(np.max(twins.storage_gaps[np.isfinite(twins.storage_gaps)], initial=0.0))
    both = "Two Parameters over one storage"
    if gap <= _ROUNDING:
        why = "both updates land in the same bytes, and their sum is the tied update"
        return f"{both} end as the tied net does, within **{text.number(gap, 2)}**: {why}."
    why = " Adam divides each gradient by its own running size before they meet" if step.optimizer == "adam" else ""
    return f"{both} do **not** train as the tied net does, **{text.number(gap, 3)}** apart:{why or ' rounding grew'}."


def _ratio(updates: Float64s) -> str:
    finite = updates[np.isfinite(updates)]
    return text.number(float(np.median(finite)), 2) if finite.size else "–"
