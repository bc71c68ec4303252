"""What a browser that is refused is shown: a plain page with one sentence."""

import html

from starlette.responses import HTMLResponse

from core import text

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Paramscope: {title}</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }}</style>
</head><body><h1>{title}</h1><p>{sentence}</p></body></html>
"""
_TITLES = {403: "Not from here", 404: "Not found", 405: "Not possible", 413: "Too large", 503: "Full"}


def page(status: int, sentence: str) -> HTMLResponse:
    """An answer that says why not."""
    title = _TITLES.get(status, "An error")
    body = _PAGE.format(title=title, sentence=html.escape(text.sentence(sentence)))
    return HTMLResponse(body, status, {"cache-control": "no-store", "connection": "close"})
