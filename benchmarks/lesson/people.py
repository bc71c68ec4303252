"""Those who work in a lesson and those whose code loops for ever."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from typing import Any

from websockets.exceptions import WebSocketException

from benchmarks.lesson.record import Lesson
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Initialize, Step
from tests.visiting import Run, Visit, visit

_THINK, _SHORTEST, _LONGEST = 10.0, 1.0, 40.0  # seconds from one act to the next: their mean, and the bounds
_BREATH = 0.2  # before who loops presses Run again
PAGES = ("weights", "modules", "schemes", "tying", "edit", "script")
_MANY_STEPS = 8  # who has made so many takes some back
_CODES = (
    "nn.init.xavier_normal_(m.weight, gain={gain})\n        m.bias.data.zero_()",
    "nn.init.kaiming_uniform_(m.weight)\n        m.weight.data *= {gain}",
    "for p in m.parameters():\n            p.data.uniform_(-{gain}, {gain})\n            print(p.shape)",
)
_CODE = "# try {number} of session {session}\ndef my_init(m):\n    if isinstance(m, nn.Linear):\n        {body}\n"
_ENDLESS = "# try {number} of session {session}\ndef my_init(m):\n    while True:\n        pass\n"


class Student:
    """One who works: what they do, and what their recipe must then be."""

    def __init__(self, lesson: Lesson, visit: Visit, session: int) -> None:
        self._lesson, self._visit, self._session = lesson, visit, session
        self._random = random.Random(session)
        self._page, self._tries = "weights", 0
        self._recipe, self._past = Recipe("mlp"), list[Recipe]()

    async def arrive(self) -> None:
        """Open the dashboard."""
        self._note("open", await self._visit.open())
        self._recipe = self._visit.recipe

    async def work(self, *, coding: bool) -> None:
        """Do one thing after the other until the lesson is over."""
        while self._lesson.goes_on():
            await asyncio.sleep(min(max(self._random.expovariate(1 / _THINK), _SHORTEST), _LONGEST))
            await self._act(coding=coding)

    async def _act(self, *, coding: bool) -> None:
        chance, steps = self._random.random(), len(self._recipe.steps)
        if steps and (chance < 0.15 or steps >= _MANY_STEPS):
            await self.undo()
        elif chance < 0.4:
            await self.look(self._random.choice(PAGES))
        else:
            await (self.code() if coding else self.draw())

    async def look(self, page: str) -> None:
        """Go to a page."""
        self._note(f"go to {page}", await self._visit.go(page))
        self._page = page
        self._compare(self._recipe)

    async def undo(self) -> None:
        """Take the last change back."""
        before = self._past.pop() if self._past else self._recipe.undo()
        self._note("undo", await self._visit.press("undo"))
        self._compare(before)

    async def draw(self) -> None:
        """Give a seed and apply a scheme."""
        await self._be_on("initialize")
        seed = self._random.randrange(10**6)
        self._note("seed", await self._visit.put("init_seed", str(seed)))
        await self._pause()
        self._note("apply", await self._visit.press("apply"))
        self._expect(lambda step: isinstance(step, Initialize) and step.seed == seed)

    async def code(self) -> None:
        """Write code and run it."""
        await self._be_on("custom")
        self._tries += 1
        body = self._random.choice(_CODES).format(gain=round(self._random.uniform(0.5, 2), 3))
        code = _CODE.format(number=self._tries, session=self._session, body=body)
        self._note("type", await submit(self._visit, code, run=False))
        await self._pause()
        self._note("code", await submit(self._visit, code))
        if said := editor(self._visit)["error"]:
            self._lesson.errors[f"code, in the editor: {said}"] += 1
        self._expect(lambda step: isinstance(step, Custom) and step.code == code)

    async def _be_on(self, page: str) -> None:
        if self._page != page:
            await self.look(page)
            await self._pause()

    async def _pause(self) -> None:
        """As long as a hand takes from one place of a page to another."""
        await asyncio.sleep(self._random.uniform(0.5, 2))

    def _note(self, what: str, run: Run) -> None:
        self._lesson.times[what].append(run.seconds)
        self._lesson.errors.update(f"{what}: {error}" for error in run.errors)

    def _expect(self, is_it: Callable[[Step], bool]) -> None:
        """The recipe should now have one more step at its end."""
        steps = self._visit.recipe.steps
        if len(steps) == len(self._recipe.steps) + 1 and is_it(steps[-1]):
            self._past.append(self._recipe)
            self._compare(self._recipe.then(steps[-1]))
        else:
            self._lesson.lost += 1
            self._compare(self._recipe)

    def _compare(self, recipe: Recipe) -> None:
        """The recipe should be this one; whatever it is, it is the one to go on from."""
        now = self._visit.recipe
        self._lesson.lost += sum(step not in now.steps for step in recipe.steps)
        if now != recipe:
            self._lesson.errors["the recipe is another one than it should be"] += 1
            self._past.clear()
        self._recipe = now


def editor(visit: Visit) -> Any:
    """What the editor of init code was sent last."""
    return json.loads(visit.drawn["init_code"].json)


async def submit(visit: Visit, code: str, *, run: bool = True) -> Run:
    """Type code, and press Run."""
    sent = editor(visit)
    wish = time.time_ns() // 1_000_000 if run else sent["ran"]
    return await visit.report("init_code", json.dumps({"submitted": {"text": code, "push": sent["push"], "run": wish}}))


async def attend(lesson: Lesson, url: str, session: int, *, coding: bool) -> None:
    """Be there until the lesson is over; what should not happen is noted, and one comes again."""
    await asyncio.sleep(_THINK * random.Random(-session).random())
    while lesson.goes_on():
        try:
            async with visit(url, lesson.address(session)) as opened:
                student = Student(lesson, opened, session)
                await student.arrive()
                await student.work(coding=coding)
        except (OSError, WebSocketException, KeyError, ValueError) as error:  # OSError: also a run without an end
            lesson.errors[f"{type(error).__name__}: {error}"] += 1
            await asyncio.sleep(_SHORTEST)


async def loop_for_ever(lesson: Lesson, url: str, session: int) -> None:
    """Submit a loop without an end again and again; being stopped, refused or sent away is what should happen."""
    await asyncio.sleep(_THINK * random.Random(-session).random())
    number = 0
    while lesson.goes_on():
        try:
            async with visit(url, lesson.address(session)) as opened:
                await opened.open()
                await opened.go("custom")
                while lesson.goes_on():
                    number += 1
                    await submit(opened, _ENDLESS.format(number=number, session=session))
                    lesson.loops += 1
                    await asyncio.sleep(_BREATH)
        except (OSError, WebSocketException, KeyError, ValueError):
            lesson.sent_away += 1
            await asyncio.sleep(_SHORTEST)
