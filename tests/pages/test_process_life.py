"""What lives as long as the server is held where no visitor can have it dropped."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import streamlit as st

import pages.frame
from pages.frame import engine
from pages.frame.once import Once

_FOLDER = Path(pages.frame.__file__).parents[1]


def test_the_engine_outlives_a_clearing_of_all_caches() -> None:
    first = engine.engine()
    st.cache_resource.clear()
    st.cache_data.clear()
    assert engine.engine() is first


def test_no_page_keeps_anything_in_a_cache_that_every_browser_can_clear() -> None:
    for file in _FOLDER.rglob("*.py"):
        source = file.read_text("utf-8")
        assert "cache_resource" not in source, file
        assert "cache_data" not in source, file


def test_the_first_who_asks_makes_it_and_the_others_wait() -> None:
    made: list[int] = []
    hurry = threading.Event()

    def make() -> int:
        hurry.wait(60)
        made.append(1)
        return len(made)

    once = Once(make)
    assert once.made() is None
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(once.get) for _ in range(4)]
        hurry.set()
        assert {each.result(60) for each in asked} == {1}
    assert once.made() == 1
