"""How many sessions may be open at once, from one address and in all."""

from collections import Counter

from pages.gate.names import Name
from pages.gate.settings import IN_ALL, PER_CLIENT, Settings


class Sessions:
    """Counts open sessions; used by the server's one event loop only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: Counter[str] = Counter()

    def full(self, client: str) -> str | None:
        """Why this client cannot open another session, in one sentence; None if it can."""
        if self._open.total() >= self._settings.sessions:
            return (
                f"the server has {self._settings.sessions} open sessions, its most; try again in a few minutes, "
                f"or raise {IN_ALL[0]} where you start it"
            )
        # A proxy that does not say for whom it asks makes a whole class one client.
        unknown = self._settings.proxied and Name(client).is_loopback
        if not unknown and self._open[client] >= self._settings.sessions_per_client:
            return (
                f"{self._settings.sessions_per_client} sessions are open from your address, the most for one; "
                f"close some tabs, or raise {PER_CLIENT[0]} where you start the server"
            )
        return None

    def enter(self, client: str) -> None:
        """A session of this client begins."""
        self._open[client] += 1

    def leave(self, client: str) -> None:
        """One ends."""
        self._open[client] -= 1
        self._open += Counter()  # drops those at zero
