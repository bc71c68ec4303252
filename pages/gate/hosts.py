"""Under which names the server may be reached, and whose pages may use it: one rule for requests and WebSockets.

A page of another site can make its own name point at this machine (DNS rebinding): its browser then asks this server
under that name. And it can send requests and open WebSockets to this server's own name, which then come with its
Origin. Neither is let in.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.text import short
from pages.gate.names import Name, equal_hosts, name, origin
from pages.gate.settings import Settings

_OPTION = "--server.allowedHosts"


@dataclass(frozen=True)
class Caller:
    """Who asks, and how: what the rule looks at.

    Attributes:
        hosts, origins: the Host and Origin headers, as sent; there should be one and at most one.
        client: the address that it comes from; `reached`: the address of this machine that it came to.
        says_origin: whether a browser would say the Origin: for WebSockets, and for all but GET and HEAD.
    """

    hosts: tuple[str, ...]
    origins: tuple[str, ...] = ()
    client: str = ""
    reached: str = ""
    says_origin: bool = False


def caller(scope: Mapping[str, object], headers: list[tuple[bytes, bytes]], client: str) -> Caller:
    """What an ASGI scope says."""
    reached = scope.get("server")
    return Caller(
        hosts=tuple(value.decode("latin-1") for key, value in headers if key == b"host"),
        origins=tuple(value.decode("latin-1") for key, value in headers if key == b"origin"),
        client=client,
        reached=str(reached[0]) if isinstance(reached, (tuple, list)) else "",
        says_origin=scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD"),
    )


def refusal(asks: Caller, settings: Settings) -> str | None:
    """Why this may not come in, in one sentence that names the way out; None if it may."""
    host = name(asks.hosts[0]) if len(asks.hosts) == 1 else None
    if host is None:
        said = short(", ".join(asks.hosts)) if asks.hosts else "nothing"
        return f"the Host header says {said}, which is not the name of one host; ask with one that is"
    if not _is_ours(host, asks, settings):
        named = f"if that is its name, start it with {_OPTION} {host.host}, else " if host.is_name_of_one else ""
        return (
            f"this server does not go by the name {host.host}; {named}use the address that it printed in the terminal"
        )
    if not asks.origins:
        if asks.says_origin:
            return "the Origin header is missing, by which a browser says whose page this is; send this server's own"
        return None
    source = origin(asks.origins[0]) if len(asks.origins) == 1 else None
    if source is None or not _is_own_page(source, host, settings):
        seen = ", ".join(asks.origins)[:300]
        named = (
            f"if that is the server's own address in the browser, start it with {_OPTION} {source}"
            if source is not None and source.is_name_of_one and not source.is_loopback
            else "open the address that it printed in the terminal in a tab of its own"
        )
        return f"a page of {seen!r} may not use this server, which it reached as {host}; {named}"
    return None


def _is_ours(host: Name, asks: Caller, settings: Settings) -> bool:
    if host.is_loopback:
        return settings.bound_to_loopback or Name(asks.client).is_loopback
    if any(_fits(host, allowed) for allowed in settings.names):
        return True
    if settings.bound_to_loopback:
        return False
    reached = Name(asks.reached.partition("%")[0])
    listens = Name(settings.address)
    return equal_hosts(host, reached) or equal_hosts(host, listens) or host.host in machine_names()


def _is_own_page(source: Name, host: Name, settings: Settings) -> bool:
    """Whether a page comes from this server itself.

    Its Origin says the name and port in the address bar. The Host header usually says the same; a proxy may have left
    out its port or put in another name, so that a name that the operator gave counts as well, at the usual ports of the
    web or at the port given with it.
    """
    if equal_hosts(source, host) and source.port in ((80, 443) if host.port is None else (host.port,)):
        return True
    return any(
        _fits(source, allowed) and source.port in ((80, 443) if allowed.port is None else (allowed.port,))
        for allowed in settings.names
        if allowed.host != "*"
    )


def _fits(host: Name, allowed: Name) -> bool:
    if allowed.host == "*":
        return True
    if allowed.host.startswith("*."):
        return host.host.endswith(allowed.host[1:])
    return equal_hosts(host, allowed)


@cache
def machine_names() -> tuple[str, ...]:
    """What this machine calls itself, also on a local network."""
    own = socket.gethostname().lower().rstrip(".")
    short_name = own.partition(".")[0]
    return tuple(dict.fromkeys(each for each in (own, short_name, f"{short_name}.local") if each))
