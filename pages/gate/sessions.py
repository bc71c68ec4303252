"""How many sessions may be open at once, from one client and in all, and how often a client is heard."""

import ipaddress
from collections import Counter

from cachetools import LRUCache

from pages.gate.messages import Pace
from pages.gate.names import Name
from pages.gate.settings import IN_ALL, PER_CLIENT, Settings

#: All tabs of one client together: a class behind one address clicks about once a second each.
_PER_SECOND, _AT_ONCE, _CLIENTS = 40.0, 200.0, 2000


class Sessions:
    """Counts open sessions; used by the server's one event loop only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: Counter[str] = Counter()
        self._paces: LRUCache[str, Pace] = LRUCache(_CLIENTS)

    def full(self, client: str) -> str | None:
        """Why this client cannot open another session, in one sentence; None if it can."""
        if self._open.total() >= self._settings.sessions:
            return (
                f"the server has {self._settings.sessions} open sessions, its most; try again in a few minutes, "
                f"or raise {IN_ALL[0]} where you start it"
            )
        if not self._stands_for_many(client) and self._open[_key(client)] >= self._settings.sessions_per_client:
            return (
                f"{self._settings.sessions_per_client} sessions are open from your address, the most for one; "
                f"close some tabs, or raise {PER_CLIENT[0]} where you start the server"
            )
        return None

    def enter(self, client: str) -> None:
        """A session of this client begins."""
        self._open[_key(client)] += 1

    def leave(self, client: str) -> None:
        """One ends."""
        self._open[_key(client)] -= 1
        self._open += Counter()  # drops those at zero

    def pace(self, client: str) -> Pace:
        """At which pace this client's connections are opened and read."""
        if self._stands_for_many(client):
            return Pace()
        key = _key(client)
        if key not in self._paces:
            self._paces[key] = Pace(_PER_SECOND, _AT_ONCE)
        return self._paces[key]

    def _stands_for_many(self, client: str) -> bool:
        """Whether it is a proxy that does not say for whom it asks."""
        return self._settings.proxied and Name(client).is_loopback


def _key(client: str) -> str:
    """The client: its address, of the newer kind the network that a household is given whole."""
    address = Name(client).address
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return client if address is None else str(address)
