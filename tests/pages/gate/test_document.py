"""The document that a browser gets for each page."""

import base64
import hashlib
import re
from collections.abc import Iterator

import pytest

from tests.pages.gate.served import Served, served


@pytest.fixture(scope="module", params=["", "class"], ids=["at the root", "below a path"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[Served, str]]:
    base = request.param
    with served("--server.baseUrlPath", base) if base else served() as started:
        yield started, f"/{base}" if base else ""


@pytest.mark.parametrize("path", ["/", "/weights", "/nowhere"])
def test_a_page_begins_with_our_script_and_may_run_every_script_in_it(server: tuple[Served, str], path: str) -> None:
    started, base = server
    status, headers, text = started.ask(base + path)
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert headers["cache-control"] == "no-cache"
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert "history.pushState" in scripts[0]
    assert text.index("history.pushState") < text.index('<script type="module"')
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in headers["content-security-policy"]
    assert started.ask(base + path, "HEAD")[0] == 200


def test_other_addresses_are_streamlits(server: tuple[Served, str]) -> None:
    started, base = server
    assert started.ask(f"{base}/_stcore/health")[2] == "ok"
    assert "png" in started.ask(f"{base}/favicon.png")[1]["content-type"]
    assert started.ask(f"{base}/weights/")[0] in (301, 307, 308)
