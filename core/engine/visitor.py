"""Who asks the engine, as far as it must know to be fair."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Visitor:
    """One browser tab's session, and the client (an address) that it comes from; "" where that is not known."""

    session: str = ""
    client: str = ""


#: Who asks for nobody in particular: a test, a benchmark, the server itself.
NOBODY = Visitor()
