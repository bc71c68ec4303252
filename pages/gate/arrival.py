"""A browser that comes by the printed address gets the token as a cookie, and an address without it.

What stays in the address bar is copied into links and screenshots; the cookie serves this browser's other tabs as well.
"""

from urllib.parse import parse_qsl, quote

from starlette.responses import RedirectResponse

from pages.gate import token


def redirect(path: str, query: bytes, port: int, *, secure: bool) -> RedirectResponse | None:
    """The way on to the same page without the token in its address; None where there is none in it."""
    parts = query.decode("latin-1").split("&")
    given = [value for part in parts for key, value in parse_qsl(part) if key == token.PARAMETER]
    rest = "&".join(part for part in parts if part.partition("=")[0] != token.PARAMETER)
    if not given or len(rest) == len(query):
        return None
    # With two slashes at its beginning a path would name another host.
    onward = "/" + quote(path.lstrip("/\\")) + (f"?{rest}" if rest else "")
    response = RedirectResponse(onward, 303, {"cache-control": "no-store"})
    if token.matches(given[-1]):
        response.set_cookie(
            token.cookie_name(port), token.cookie_value(), path="/", secure=secure, httponly=True, samesite="strict"
        )
    return response
