"""What the terminal says when the server starts, and the browser that it opens: one address, and what is amiss."""

import sys
import threading
import urllib.parse

from streamlit import cli_util, config

from core.engine import settings as operator
from core.engine.jail import isolation
from pages.gate import token
from pages.gate.hosts import machine_names
from pages.gate.names import Name
from pages.gate.settings import Settings, here

_printed: set[str] = set()


def announce(*, jail: bool) -> None:
    """Print the address and open it, unless there is no screen; `jail`: whether this platform may have one."""
    settings = here()
    for sentence in advice(settings):
        cli_util.print_to_cli(f"  {sentence}", fg="yellow")
    wanted = operator.settings().code
    local = isolation.decided(wanted, {}, loopback=settings.only_this_machine).mode == "local"
    unjailed = local and (not jail or wanted == "local")
    url = address(settings, with_token=unjailed)
    _print("Paramscope is at", url)
    if not config.get_option("server.headless"):
        threading.Thread(target=cli_util.open_browser, args=(url,), name="paramscope-browser", daemon=True).start()


def announce_token() -> None:
    """Print the address with the token, where it turned out that the jail does not hold."""
    _print("Code of your own runs without a jail here, in sessions opened by", address(here(), with_token=True))


def address(settings: Settings, *, with_token: bool) -> str:
    """What to type into a browser on this machine."""
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    reached = settings.bound_to_loopback or settings.bound_to_all
    url = f"{scheme}://{Name('localhost' if reached else settings.address, settings.port)}{settings.base}/"
    return f"{url}?{token.PARAMETER}={urllib.parse.quote(token.value(), safe='')}" if with_token else url


def advice(settings: Settings) -> list[str]:
    """A sentence for each thing that may not be as it was meant."""
    sentences = [f"{complaint}." for complaint in settings.complaints]
    names = ", ".join(str(each) for each in settings.names)
    if any(each.host == "*" for each in settings.names):
        sentences.append(
            "server.allowedHosts is *: any web page can make its own name lead here; give the names that you use."
        )
    if settings.bound_to_all and not settings.names:
        own = " or ".join(machine_names())
        sentences.append(
            f"Other machines reach this server by its numeric address or as {own}; for another name add "
            "--server.allowedHosts your.host."
        )
    if settings.bound_to_loopback and settings.names:
        sentences.append(
            f"The server listens on {settings.address} only, so {names} leads here by way of a proxy on this machine; "
            "without one, add --server.address 0.0.0.0."
        )
    return sentences


def _print(what: str, url: str) -> None:
    if url not in _printed:
        _printed.add(url)
        cli_util.print_to_cli(f"\n  {what} ", nl=False, fg="blue")
        cli_util.print_to_cli(f"{url}\n", bold=True)
        sys.stdout.flush()
