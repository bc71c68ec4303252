"""A click on Apply to the new pictures, against an empty Streamlit page's rerun, in one real Chromium.

The empty page is served as Streamlit does by default. Both are measured in the browser, from the click to the first
frame that shows its result: the heatmap of the notebook's MLP drawn with new values by the dashboard, a new number by a
page that holds a button and that number. Taken in turn.
Reach: at most 2.5 times the empty page.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from core.recipe import link
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from tests.running import chromium, server, settle, stranger

_SESSIONS, _CLICKS = 12, 5
_LIMIT = 2.5
_EMPTY = """
import streamlit as st
st.session_state.n = st.session_state.get("n", 0) + st.button("Again", key="apply")
st.markdown(f"run {st.session_state.n}")
"""
#: Milliseconds from the click to the start of a frame with another `sign` and, looked at only then, other `pixels`;
#: null after five seconds.
_CLICK = """
([sign, pixels]) => new Promise(done => {
    const [read, see] = [sign, pixels].map(expression => new Function(`return ${expression}`))
    const [read_before, seen_before] = [read(), see()]
    const started = performance.now()
    const look = () => {
        const taken = performance.now() - started
        if (read() !== read_before && see() !== seen_before) return done(taken)
        if (taken > 5000) return done(null)
        requestAnimationFrame(look)
    }
    document.querySelector('.st-key-apply button').click()
    requestAnimationFrame(look)
})
"""
_TEXT = "document.querySelector('[data-testid=stMarkdown]')?.innerText ?? ''"
_CANVASES = (
    "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
    ".flatMap(host => [...host.shadowRoot?.querySelectorAll('canvas') ?? []])"
)
#: The values that the cards have drawn, not merely received, and what the canvases really show.
_VALUES = f"{_CANVASES}.flatMap(canvas => canvas.drawn?.panels.map(({{panel}}) => panel.values?.join())).join(';')"
_PIXELS = f"{_CANVASES}.map(canvas => canvas.toDataURL()).join()"


def main() -> int:
    """Measure, print, and return 1 where the reach is missed."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = Path(folder) / "empty.py"
        script.write_text(_EMPTY)
        with streamlits_own(script) as empty_url, server() as dashboard_url:
            empty = stranger(browser, empty_url)
            dashboard = stranger(browser, f"{dashboard_url}/initialize")
            pairs = []
            for session in range(_SESSIONS):  # a new seed each, so that no answer is known beforehand
                dashboard.goto(f"{dashboard_url}/initialize?recipe={link.encode(_recipe(session))}")
                settle(dashboard)
                taken = [
                    (_milliseconds(empty, _TEXT, _TEXT), _milliseconds(dashboard, _VALUES, _PIXELS))
                    for _ in range(1 + _CLICKS)
                ]
                pairs.extend(taken[1:])  # the first click after a page load is a warm-up
    ratio = statistics.median(ours / theirs for theirs, ours in pairs)
    for name, times in zip(("empty page's rerun", "Apply to pictures"), zip(*pairs, strict=True), strict=True):
        print(f"{name:20} median {statistics.median(times):6.1f} ms   min {min(times):6.1f}   max {max(times):6.1f}")
    print(f"ratio, median of {len(pairs)} pairs: {ratio:.2f} (reach: at most {_LIMIT:g})")
    return int(ratio > _LIMIT)


@contextmanager
def streamlits_own(script: Path) -> Iterator[str]:
    """A page served as Streamlit does by default, garbage collection after each run included, which ours leaves out."""
    os.environ["STREAMLIT_RUNNER_POST_SCRIPT_GC"] = "true"
    with server(script) as url:
        del os.environ["STREAMLIT_RUNNER_POST_SCRIPT_GC"]
        yield url


def _recipe(seed: int) -> Recipe:
    return Recipe("mlp", seed=seed, steps=MODELS["mlp"].opening)


def _milliseconds(page: Page, sign: str, pixels: str) -> float:
    taken = page.evaluate(_CLICK, [sign, pixels])
    if taken is None:
        raise RuntimeError("nothing changed within five seconds of the click")
    settle(page)
    return float(taken)


if __name__ == "__main__":
    sys.exit(main())
