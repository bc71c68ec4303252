"""Where code from a browser may run: isolated where the jail holds, else on this machine only, else nowhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine.errors import EngineError
from core.engine.jail.isolation import decided
from core.engine.jail.probes import PROBES
from core.engine.pool import Engine, launcher
from core.engine.processes.forking import Forking
from core.engine.processes.launch import Launcher
from core.engine.processes.spawning import Spawning
from core.engine.sparing import Sparing
from core.questions.code import GetReading
from core.questions.model import GetOverview
from core.questions.tensor import GetValues
from tests.custom import good, running
from tests.engines import drawn, engine_from, shared_zygote, workers
from tests.sameness import assert_same

HOLDS, LEAKS, NONE = {"write a file": True, "fork": True}, {"write a file": False, "fork": True}, dict[str, bool]()


class TestTheMode:
    @pytest.mark.parametrize(
        ("wanted", "probes", "loopback", "mode", "sentence"),
        [
            ("", HOLDS, True, "isolated", r"can read no file, reach no network and start no process: 2 of 2 checks$"),
            ("", HOLDS, False, "isolated", r"2 of 2 checks$"),
            ("isolated", HOLDS, False, "isolated", r"2 of 2 checks$"),
            (
                "",
                LEAKS,
                True,
                "local",
                r"can read and change your files: the jail does not hold .* could write a file$",
            ),
            ("", NONE, True, "local", r"can read and change your files: this platform has no jail for code$"),
            ("", LEAKS, False, "off", r"refused: the jail does not hold .*, and other machines can reach this server$"),
            ("", NONE, False, "off", r"refused: this platform has no jail for code, and other machines can reach"),
            ("isolated", LEAKS, True, "off", r"refused: the jail does not hold .*, and PARAMSCOPE_CODE=isolated$"),
            ("isolated", NONE, True, "off", r"refused: this platform has no jail for code, and PARAMSCOPE_CODE="),
            (
                "local",
                HOLDS,
                True,
                "local",
                r"can read and change your files: PARAMSCOPE_CODE=local leaves the jail out$",
            ),
            ("local", HOLDS, False, "off", r"refused: PARAMSCOPE_CODE=local leaves .*, and other machines can reach"),
            ("off", HOLDS, True, "off", r"^custom code is switched off on this server \(PARAMSCOPE_CODE=off\)$"),
            ("Off", HOLDS, True, "off", r"PARAMSCOPE_CODE is 'Off'; set it to isolated, local or off$"),
        ],
    )
    def test_follows(self, wanted: str, probes: dict[str, bool], loopback: bool, mode: str, sentence: str) -> None:
        found = decided(wanted, probes, loopback=loopback)
        assert found.mode == mode
        with pytest.raises(EngineError, match=sentence):
            raise EngineError(found.sentence)
        assert (found.passed, found.total) == (sum(probes.values()), len(probes))

    def test_of_this_machine_is_isolated(self) -> None:
        with engine_from(shared_zygote()) as engine:
            found = engine.isolation()
        assert (found.mode, found.passed, found.total) == ("isolated", len(PROBES), len(PROBES))


class TestOff:
    @pytest.fixture
    def engine(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
        monkeypatch.setenv("PARAMSCOPE_CODE", "off")
        with engine_from(shared_zygote()) as started:
            yield started

    def test_refuses_to_run_and_to_read_code_and_goes_on(self, engine: Engine) -> None:
        for span, request in ((good(), GetOverview()), (drawn(1), GetReading("def f(m): pass"))):
            with pytest.raises(EngineError, match=r"^custom code is switched off on this server"):
                engine.ask(span, request)
        assert workers(engine) == []
        assert engine.ask(drawn(1), GetOverview()).counts.unique == 49


def test_without_seccomp_a_server_that_others_reach_refuses_code_and_says_why() -> None:
    forking = Forking(("seccomp",))
    with engine_from(forking) as engine:
        with pytest.raises(EngineError, match=r"^custom code is refused: the jail does not hold .* other machines"):
            engine.ask(good(), GetOverview())
        assert engine.ask(drawn(1), GetOverview()).counts.unique == 49
    forking.close()


class TestLocal:
    @pytest.fixture
    def spawning(self) -> Iterator[Launcher]:
        started = Spawning()
        yield started
        started.close()

    def test_code_runs_and_its_worker_serves_nobody_else(self, spawning: Launcher) -> None:
        with engine_from(
            spawning, loopback=True, workers=1, code_workers=1, time_limit=60, code_time_limit=30
        ) as engine:
            assert engine.isolation().mode == "local"
            code = "import torch.nn.init as i, os\ni.normal_ = None\nnet[0].weight.data.fill_(7)\nprint(os.getpid())"
            assert (engine.ask(running(code), GetValues("0.weight")).values == 7).all()
            run = engine.ask(running(code), GetOverview()).outcomes[0].run
            assert run is not None
            ran = int(run.printed)
            expected = engine.ask(drawn(1), GetValues("0.weight"))
            engine._end_unused()
            assert ran not in spawning._processes  # type: ignore[attr-defined]  # a Spawning's
            assert_same(engine.ask(drawn(1), GetValues("0.weight")), expected)

    def test_code_gets_a_worker_that_has_served_nobody(self, spawning: Launcher) -> None:
        with engine_from(spawning, loopback=True, time_limit=60, code_time_limit=30) as engine:
            engine.ask(drawn(1), GetValues("0.weight"))
            (served,) = workers(engine)
            engine._end_unused()
            seen = engine.ask(running("import os\nnet\nprint(os.getpid())"), GetOverview()).outcomes[0].run
            assert seen is not None
            assert int(seen.printed) != served

    def test_is_refused_where_others_reach_the_server(self, spawning: Launcher) -> None:
        with engine_from(spawning) as engine, pytest.raises(EngineError, match="this platform has no jail for code"):
            engine.ask(good(), GetOverview())

    def test_by_choice_leaves_files_within_reach(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARAMSCOPE_CODE", "local")
        written = tmp_path / "written"
        engine = Engine(loopback=True, time_limit=60)
        try:
            assert engine.isolation().mode == "local"
            engine.ask(running(f"net\nopen({str(written)!r}, 'w').write('by code')"), GetOverview())
        finally:
            engine.close()
        assert written.read_text() == "by code"

    def test_by_choice_keeps_the_jail_where_others_reach_the_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARAMSCOPE_CODE", "local")
        without: list[tuple[str, ...]] = []

        def shared(layers: tuple[str, ...] = ()) -> Launcher:
            without.append(layers)
            return shared_zygote()

        monkeypatch.setattr("core.engine.pool.Forking", shared)
        monkeypatch.setattr("core.engine.pool.Sparing", lambda source, **_: source)
        with engine_from(None) as engine:
            found = engine.isolation()
        assert without == [()]
        assert (found.mode, found.passed) == ("off", len(PROBES))


def test_the_launcher_of_this_platform_has_a_jail() -> None:
    chosen = launcher()
    assert isinstance(chosen, Sparing)
    assert isinstance(chosen._source, Forking)
    assert chosen._source._without == ()
