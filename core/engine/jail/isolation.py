"""Whether code from a browser may run here, and what keeps it from doing harm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ...text import short
from ..settings import CODE as SETTING


@dataclass(frozen=True)
class Isolation:
    """How code from a browser is treated.

    Attributes:
        mode: "isolated": it runs in a jail that passed its self-test; "local": it runs unjailed, on a server that only
            this machine reaches; "off": it is refused.
        sentence: says so, and why where it is not isolated.
        probes: what code must not be able to do, each with whether the jail refused it at the start.
    """

    mode: Literal["isolated", "local", "off"]
    sentence: str
    probes: Mapping[str, bool] = field(default_factory=dict)

    @property
    def passed(self) -> int:
        """How many acts the jail refused."""
        return sum(self.probes.values())

    @property
    def total(self) -> int:
        """How many acts were tried."""
        return len(self.probes)


def decided(wanted: str, probes: Mapping[str, bool], *, loopback: bool) -> Isolation:
    """The mode of a server.

    Args:
        wanted: the operator's setting, "" for none.
        probes: as the launcher's self-test left them; none where there is no jail.
        loopback: whether only this machine reaches the server.
    """
    if wanted == "off":
        return Isolation("off", f"custom code is switched off on this server ({SETTING}=off)", probes)
    if wanted not in ("", "isolated", "local"):
        sentence = f"custom code is refused: {SETTING} is {short(wanted)}; set it to isolated, local or off"
        return Isolation("off", sentence, probes)
    if wanted != "local" and probes and all(probes.values()):
        passed = f"{len(probes)} of {len(probes)} checks"
        sentence = f"code can read no file, reach no network and start no process: {passed}"
        return Isolation("isolated", sentence, probes)
    if wanted == "local":
        why = f"{SETTING}=local leaves the jail out"
    elif probes:
        allowed = next(name for name, refused in probes.items() if not refused)
        why = f"the jail does not hold on this machine, where code could {allowed}"
    else:
        why = "this platform has no jail for code"
    if loopback and wanted != "isolated":
        return Isolation("local", f"code that you run here can read and change your files: {why}", probes)
    reached = f"{SETTING}=isolated" if wanted == "isolated" else "other machines can reach this server"
    return Isolation("off", f"custom code is refused: {why}, and {reached}", probes)
