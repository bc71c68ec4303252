"""Where every parameter lives, and how to reach it from code."""

import streamlit as st

from core import text
from core.module.tree_rows import with_badge
from core.questions.model import GetOverview, GetPrinted, GetTree, Overview, TreeRow
from core.questions.tensor import GetAccess, GetChangedCells
from pages.components.module_tree import module_tree
from pages.frame import navigation, session, state
from pages.frame.engine import ask
from pages.views.tensor import cards

_TREE_HEIGHT = 600


def draw() -> None:
    """The tree at the left, the selected module or tensor at the right."""
    cards.heading("Modules", "Names jump where a module has no parameters; one tensor can stand under two names.")
    overview = ask(GetOverview())
    tree, chosen = st.columns([15, 8], gap="small")
    changed = {cells.name for cells in ask(GetChangedCells(limit=1), session.last_step_span())}
    tree_rows = with_badge(ask(GetTree()), changed, "changed")
    rows = {row.id: row for row in tree_rows}
    with tree:
        first = next((row.id for row in tree_rows if row.kind == "parameter"), None)
        remembered = state.SELECTED_ROW.get()
        wanted = remembered if remembered in rows else first
        selected = module_tree(tree_rows, wanted, key="tree", height=_TREE_HEIGHT)
        state.SELECTED_ROW.put(selected)
    with chosen, st.container(border=True):
        row = rows.get(selected or "")
        if row is None:
            st.caption("Select a row of the tree to see how it is reached from code.")
        elif row.kind == "module":
            _module(row, overview)
        else:
            _tensor(row)
    _printed()


def _module(row: TreeRow, overview: Overview) -> None:
    st.markdown(f"**{text.code(row.name or 'net')}** {text.markdown(row.type_name)}")
    below = [info for info in overview.tensors if not row.name or info.name.startswith(f"{row.name}.")]
    parameters = [info for info in below if info.kind == "parameter"]
    by_path = sum(info.numel for info in parameters)
    counted = f"**{row.count:,}** parameters" + (f" ({by_path:,} by path)" if by_path != row.count else "")
    buffers = len(below) - len(parameters)
    st.markdown(f"{counted} in {text.count(len(parameters), 'named tensor')}, {text.count(buffers, 'buffer')}")
    if row.detail:
        st.markdown(f"The same module stands in several places: {text.markdown(row.detail)}.")
    st.code(f"net.get_submodule({row.name!r})" if row.name else "net", language="python")
    trainable = sum(info.numel for info in parameters if info.trainable)
    if trainable < by_path:
        st.caption(f"{by_path - trainable:,} of these values are frozen: requires_grad is False.")


def _tensor(row: TreeRow) -> None:
    access = ask(GetAccess(row.name))
    info = access.info
    trainable = "trainable" if info.trainable else ("buffer" if info.kind == "buffer" else "frozen")
    st.markdown(
        f"**{text.code(info.name)}** {text.markdown(text.shape(info.shape))} "
        f":gray[{text.markdown(info.dtype)} · {trainable} · {text.count(info.numel, 'value')}]"
    )
    key = access.state_dict_key
    lines = [*access.expressions, f"net.state_dict()[{key!r}]" if key else "# not in net.state_dict()"]
    st.code("\n".join(lines), language="python", wrap_lines=True)
    if info.tied_with or row.detail:
        st.markdown(f"**Tied:** {text.markdown(row.detail)}. One tensor, several names.")
    st.caption(
        f"{text.code('type(...)')} is {text.code(access.class_name)}, {text.code(f'requires_grad={info.trainable}')}"
    )
    st.markdown("**Value**")
    st.code(access.value, language=None, height=150 if info.numel > 24 else "content")
    st.markdown(
        f"**{text.code('.grad')}** is {text.code('None') if access.grad is None else 'a tensor'}. "
        f"{text.markdown(access.grad_note)}"
    )
    if access.grad is not None:
        st.code(access.grad, language=None, height=150 if info.numel > 24 else "content")


def _printed() -> None:
    with st.expander("print(net) and net(X)", on_change="rerun", key="printed") as shown:
        if shown.open:
            printed = ask(GetPrinted())
            left, right = st.columns(2)
            left.code(printed.structure, language=None, height=320)
            right.markdown("The sample input **X**, drawn with seed 0, and the output **net(X)**")
            right.code(printed.inputs, language=None, height=140)
            right.code(printed.output, language=None, height=140)


navigation.ensure()
draw()
