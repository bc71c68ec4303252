"""Which of Streamlit's addresses a visitor has business with; no page uploads, logs in or is driven by a program."""

from pages.gate.settings import Settings

METHODS = ("GET", "HEAD")
#: Of Streamlit's own addresses below `_stcore`: whether the server answers, how the browser's part is set up, the
#: WebSocket, and files of components. Not its counters, uploads, nor the interface for agents.
_OF_STREAMLIT = ("health", "host-config", "stream", "bidi-components")
#: Log-in, components of the older kind and files beside the script, of which the dashboard has none.
_NOT_USED = ("auth", "oauth2callback", "component", "app")
#: Bytes of an address, of which a link of ours has 16,000, and its headers; what only looks has no body.
_LONGEST, _BODY = 60_000, 0


def is_served(path: str, settings: Settings) -> bool:
    """Whether there is anything for visitors under that path."""
    segments = [segment for segment in path.removeprefix(settings.base).split("/") if segment]
    if "_stcore" in segments:
        rest = segments[segments.index("_stcore") + 1 :]
        return bool(rest) and rest[0] in _OF_STREAMLIT and "_stcore" not in rest
    return not segments or segments[0] not in _NOT_USED


def is_socket(path: str, settings: Settings) -> bool:
    """Whether that is where the one WebSocket is opened."""
    return path == f"{settings.base}/_stcore/stream"


def is_page(path: str, settings: Settings) -> bool:
    """Whether a browser that goes to that path shows the dashboard, as at `/` and `/weights`."""
    segments = [segment for segment in path.removeprefix(settings.base).split("/") if segment]
    return not segments or (len(segments) == 1 and "." not in segments[0])


def is_too_large(query: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether address and headers are longer than any of ours, or something is sent along."""
    if len(query) + sum(len(key) + len(value) for key, value in headers) > _LONGEST:
        return True
    lengths = [value for key, value in headers if key == b"content-length"]
    chunked = any(key == b"transfer-encoding" for key, _ in headers)
    return chunked or any(not value.isdigit() or int(value[:19]) > _BODY for value in lengths)
