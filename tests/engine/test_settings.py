"""The operator's settings: read in one place, and a bad one stops the start with a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.engine.pool import Engine
from core.engine.settings import SettingError, Settings, settings

ROOT = Path(__file__).parents[2]


class TestSettings:
    def test_that_nobody_gave_are_the_defaults(self) -> None:
        assert settings({}) == Settings(20, 5, "", spawns=False)
        assert settings({"PARAMSCOPE_TIME_LIMIT": " ", "PARAMSCOPE_CODE": ""}) == Settings()

    def test_are_as_given(self) -> None:
        given = {"TIME_LIMIT": "7.5", "CODE_TIME_LIMIT": "2", "CODE": "off", "LAUNCHER": "spawn"}
        assert settings({f"PARAMSCOPE_{name}": value for name, value in given.items()}) == Settings(
            7.5, 2, "off", spawns=True
        )

    @pytest.mark.parametrize("name", ["TIME_LIMIT", "CODE_TIME_LIMIT"])
    @pytest.mark.parametrize("value", ["abc", "0", "-1", "nan", "inf", "1e9", "20s", "1,5", "9" * 5000])
    def test_of_seconds_are_numbers_within_reason(self, name: str, value: str) -> None:
        with pytest.raises(SettingError, match=rf"^PARAMSCOPE_{name} is '.*, not a number of seconds .*; set it to"):
            settings({f"PARAMSCOPE_{name}": value})

    @pytest.mark.parametrize(("name", "value"), [("CODE", "Off"), ("CODE", "no"), ("LAUNCHER", "threads")])
    def test_that_are_words_are_known_ones(self, name: str, value: str) -> None:
        with pytest.raises(SettingError, match=rf"^PARAMSCOPE_{name} is '{value}', none of .*; set it to one"):
            settings({f"PARAMSCOPE_{name}": value})

    def test_that_are_bad_start_no_engine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARAMSCOPE_TIME_LIMIT", "abc")
        with pytest.raises(SettingError):
            Engine()


@pytest.mark.parametrize("command", [["dashboard.py"], ["-m", "core.command"]])
def test_a_server_with_a_bad_setting_ends_with_one_sentence_on_the_terminal(command: list[str]) -> None:
    environment = {**os.environ, "PARAMSCOPE_TIME_LIMIT": "abc"}
    run = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 2
    assert run.stderr == (
        "Paramscope does not start: PARAMSCOPE_TIME_LIMIT is 'abc', not a number of seconds from above 0 to 3600; "
        "set it to a number such as 20, or leave it out.\n"
    )
