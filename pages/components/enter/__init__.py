"""Enter in a field presses the button that the field belongs to: a component of our own, since only forms do so.

Streamlit's form keeps what is typed to itself until it is sent, and our pages show what a field stands for at once.
Nothing is drawn and nothing comes back: the press is the button's own.
"""

import re

from pages.frame.joined import component

_component = component("enter")


def enter_presses(button: str, *fields: str, control: bool = False) -> None:
    """Have Enter in a text or number field press a button, once Streamlit has taken over what was typed.

    Args:
        button: the key of the button, which may be drawn before or after, and is not pressed while it is disabled.
        fields: keys of fields, or of containers of fields, that belong to the button.
        control: Ctrl+Enter there presses it too; for a button that has no such shortcut of its own.
    """
    data = {"button": _class(button), "fields": [_class(field) for field in fields], "control": control}
    _component(key=f"enter-{button}", data=data)


def _class(key: str) -> str:
    """The class that Streamlit gives to what has this key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
