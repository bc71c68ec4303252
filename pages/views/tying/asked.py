"""What the whole page asks."""

from core.questions.sharing import GetSharing, GetUses, Sharing
from pages.frame import session
from pages.frame.engine import ask


def sharing() -> Sharing:
    """What the model shares after the last step; a forward pass runs where the model's own code may."""
    span = session.end_span()
    return ask(GetSharing(ask(GetUses(), span)), span)
