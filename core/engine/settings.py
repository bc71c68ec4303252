"""What the operator set in the environment: every PARAMSCOPE_* variable for people is read and checked here."""

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from ..text import short

#: Seconds that one computation may take, and those where code from a browser runs.
TIME_LIMIT, CODE_TIME_LIMIT = "PARAMSCOPE_TIME_LIMIT", "PARAMSCOPE_CODE_TIME_LIMIT"
#: Whether code from a browser runs (isolated, local or off; by default isolated where that holds, else local where
#: nobody else can come in), and how workers come to life, by default as the platform can.
CODE, LAUNCHER = "PARAMSCOPE_CODE", "PARAMSCOPE_LAUNCHER"
_CODE_MODES, _LAUNCHERS = ("isolated", "local", "off"), ("spawn", "fork")
_LONGEST = 3600.0


class SettingError(ValueError):
    """A setting that cannot be followed; one sentence that names it, what it is and what it may be."""


@dataclass(frozen=True)
class Settings:
    """The operator's settings.

    Attributes:
        time_limit, code_time_limit: seconds.
        code: "isolated", "local", "off", or "" for what the machine allows.
        spawns: whether workers are to be spawned, without a jail, where they could be forked.
    """

    time_limit: float = 20.0
    code_time_limit: float = 5.0
    code: str = ""
    spawns: bool = False


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process's environment, or of the one given.

    Raises:
        SettingError: one of them cannot be followed.
    """
    given = os.environ if environment is None else environment
    return Settings(
        _seconds(given, TIME_LIMIT, Settings.time_limit),
        _seconds(given, CODE_TIME_LIMIT, Settings.code_time_limit),
        _word(given, CODE, _CODE_MODES),
        _word(given, LAUNCHER, _LAUNCHERS) == "spawn",
    )


def stop_on_a_bad_one() -> None:
    """At a server's start: where a setting cannot be followed, say so on the terminal and end the process."""
    try:
        settings()
    except SettingError as error:
        sys.stderr.write(f"Paramscope does not start: {error}.\n")
        sys.stderr.flush()
        os._exit(2)  # also from a thread of Streamlit's, which would turn SystemExit into a traceback


def _seconds(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name, "").strip()
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _LONGEST:
        raise SettingError(
            f"{name} is {short(text)}, not a number of seconds from above 0 to {_LONGEST:g}; "
            f"set it to a number such as {default:g}, or leave it out"
        )
    return seconds


def _word(given: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    word = given.get(name, "").strip()
    if word and word not in words:
        raise SettingError(
            f"{name} is {short(word)}, none of {', '.join(words)}; set it to one of them or leave it out"
        )
    return word
