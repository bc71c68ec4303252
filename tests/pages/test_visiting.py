"""The visitor without a browser, and the people of the load benchmark, notice what they are there to notice."""

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from benchmarks.lesson.people import Student, editor, submit
from benchmarks.lesson.record import Lesson
from core.recipe.steps import Custom, Initialize
from tests.event_loops import awaited
from tests.visiting import Visit, visit

CODE = "def my_init(m):\n    if isinstance(m, nn.Linear):\n        m.weight.data.zero_()\n"


def visiting(url: str, act: Callable[[Visit], Awaitable[None]], query: str = "") -> None:
    """Do something in a session of its own; queried with what stands after its address's question mark."""

    async def run() -> None:
        async with visit(url) as opened:
            opened.query = query
            await act(opened)

    awaited(run())


def test_a_seed_and_a_click_on_apply_make_a_step(dashboard: str) -> None:
    async def act(opened: Visit) -> None:
        assert not (await opened.open()).errors
        steps = opened.recipe.steps
        await opened.go("initialize")
        await opened.put("init_seed", "4711")
        assert not (await opened.press("apply")).errors
        assert opened.recipe.steps[:-1] == steps
        assert isinstance(added := opened.recipe.steps[-1], Initialize)
        assert added.seed == 4711

    visiting(dashboard, act)


def test_code_that_is_run_makes_a_step_and_wrong_code_an_error(dashboard: str) -> None:
    async def act(opened: Visit) -> None:
        await opened.open()
        await opened.go("custom")
        await submit(opened, CODE, run=False)
        assert not any(isinstance(step, Custom) for step in opened.recipe.steps)
        await submit(opened, CODE)
        assert isinstance(added := opened.recipe.steps[-1], Custom)
        assert (added.code, editor(opened)["error"]) == (CODE, "")
        await submit(opened, "def my_init(m):\n    m.weight.nowhere()\n")
        assert opened.recipe.steps[-1] == added
        assert "nowhere" in editor(opened)["error"]

    visiting(dashboard, act)


def test_an_error_on_the_page_is_noticed(dashboard: str) -> None:
    async def act(opened: Visit) -> None:
        (error,) = (await opened.open()).errors
        assert "link could not be opened" in error

    visiting(dashboard, act, "recipe=broken")


def test_what_is_not_on_the_page_cannot_be_pressed(dashboard: str) -> None:
    async def act(opened: Visit) -> None:
        await opened.open()
        with pytest.raises(ValueError, match="apply is not on the page"):
            await opened.press("apply")
        with pytest.raises(ValueError, match="redo cannot be used just now"):
            await opened.press("redo")

    visiting(dashboard, act)


def test_a_student_loses_nothing_and_would_notice(dashboard: str) -> None:
    async def act(opened: Visit) -> None:
        lesson = Lesson()
        student = Student(lesson, opened, 0)
        await student.arrive()
        await student.draw()
        await student.undo()
        assert (lesson.lost, lesson.errors) == (0, Counter())
        assert list(lesson.times) == ["open", "go to initialize", "seed", "apply", "undo"]
        await opened.press("undo")  # which the student has not done
        await student.look("script")
        assert lesson.lost == 1
        assert lesson.errors.total() == 1

    visiting(dashboard, act)
