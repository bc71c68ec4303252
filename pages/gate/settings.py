"""How this server can be reached, as its operator said; read once, when it starts.

Streamlit's own options say it: `server.address`, `server.allowedHosts`, `browser.serverAddress`. The gate judges by
them for everything; Streamlit's check, which is for WebSockets only and does not know this machine's own names, is
told to let all pass.
"""

import json
import os
from dataclasses import dataclass
from functools import cache

from streamlit import config

from pages.gate.names import Name, name

_ALLOWED = "server.allowedHosts"
#: As uvicorn, Streamlit's server, reads it: the proxies whose X-Forwarded-For is believed.
PROXIES = "FORWARDED_ALLOW_IPS"
#: Bounds on open sessions, with their defaults: a class behind one address has 40 tabs, and reloads.
PER_CLIENT, IN_ALL = ("PARAMSCOPE_SESSIONS_PER_CLIENT", 80), ("PARAMSCOPE_SESSIONS", 400)


@dataclass(frozen=True)
class Settings:
    """What the operator said.

    Attributes:
        address: what the server listens on; "" or a wildcard for everything.
        port: on which port.
        base: the path under which all lies, "" or like "/class".
        names: under what names it may be reached besides the machine's own; a host of "*" or "*.rest" stands for more.
        proxied: whether others reach it by way of a proxy, whose word about them is believed.
        sessions_per_client: how many may be open at once from one address; `sessions` in all.
        complaints: what could not be understood, a sentence each.
    """

    address: str = "127.0.0.1"
    port: int = 8501
    base: str = ""
    names: tuple[Name, ...] = ()
    proxied: bool = False
    sessions_per_client: int = PER_CLIENT[1]
    sessions: int = IN_ALL[1]
    complaints: tuple[str, ...] = ()

    @property
    def bound_to_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return Name(self.address).is_loopback

    @property
    def bound_to_all(self) -> bool:
        """Whether it listens on every address of this machine."""
        return self.address in ("", "0.0.0.0", "::")  # noqa: S104 (compared, not bound)

    @property
    def only_this_machine(self) -> bool:
        """Whether nobody but this machine's own users can be at the other end."""
        return self.bound_to_loopback and not self.proxied


@cache
def here() -> Settings:
    """The settings of this server."""
    settings = read()
    give_way()
    return settings


def give_way() -> None:
    """Let Streamlit's check of hosts pass everything; again after it has read a changed file of settings."""
    if config.get_option(_ALLOWED):
        config.set_option(_ALLOWED, [])


def read() -> Settings:
    """What Streamlit's options and the environment say now."""
    names, complaints = _names(config.get_option(_ALLOWED))
    if config.is_manually_set("browser.serverAddress"):
        shown = name(str(config.get_option("browser.serverAddress")))
        names += () if shown is None or shown.is_loopback else (shown,)
    bounds = [_bound(*bound) for bound in (PER_CLIENT, IN_ALL)]
    return Settings(
        address=str(config.get_option("server.address") or "").strip("[]"),
        port=int(config.get_option("server.port")),
        base=_base(str(config.get_option("server.baseUrlPath") or "")),
        names=names,
        proxied=bool(names or os.environ.get(PROXIES)),
        sessions_per_client=bounds[0][0],
        sessions=bounds[1][0],
        complaints=(*complaints, *(sentence for _, sentence in bounds if sentence)),
    )


def _names(given: object) -> tuple[tuple[Name, ...], tuple[str, ...]]:
    """The names in `server.allowedHosts`, of which the machine's own need not be told, and what is none."""
    names: list[Name] = []
    complaints: list[str] = []
    for written in _flat(given):
        bare = written.strip().split("://")[-1].rstrip("/").lower()
        stars = "*." if bare.startswith("*.") else ""
        plain = Name(bare)
        named = plain if bare == "*" or plain.address is not None else name(bare.removeprefix(stars))
        if named is None:
            complaints.append(f"{_ALLOWED} holds {written!r}, which is not the name of a host; write your.host")
        elif not named.is_loopback:
            names.append(Name(stars + named.host, named.port))
    return tuple(dict.fromkeys(names)), tuple(complaints)


def _flat(given: object) -> list[str]:
    """The entries, also of a list in JSON, which Streamlit's command line takes for one name."""
    if isinstance(given, str):
        try:
            return _flat(json.loads(given)) if given.lstrip().startswith("[") else [given]
        except ValueError:
            return [given]
    return [entry for part in given for entry in _flat(part)] if isinstance(given, (list, tuple)) else [str(given)]


def _base(path: str) -> str:
    return f"/{path.strip('/')}" if path.strip("/") else ""


def _bound(variable: str, default: int) -> tuple[int, str]:
    written = os.environ.get(variable, "").strip()
    if not written:
        return default, ""
    if written.isascii() and written.isdigit() and int(written[:9]) > 0:
        return int(written[:9]), ""
    return default, f"{variable} is {written!r}, which is not a whole number from 1; {default} is taken"
