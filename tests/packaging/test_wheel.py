"""The wheel, installed in an environment of its own and used from a folder that has nothing to do with the checkout."""

import os
import re
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

import core
from tests.running import free_port, open_page

ROOT = Path(__file__).parents[2]
MODEL = """
import sys
import paramscope
from paramscope import Recipe
from torch import nn


def build():
    assert "core" not in sys.modules, "two copies of Paramscope in one process"
    return nn.Sequential(nn.Linear(40, 80), nn.ReLU(), nn.Linear(80, 30))


def my_init(m):
    if type(m) == nn.Linear:
        nn.init.normal_(m.weight, 0, 0.03)


my_init.expects = {"*.weight": normal(0, 0.02)}
"""
#: What must not be picked up from the folder that a command is typed in.
TRAPS = ("core/__init__.py", "pages/__init__.py", "streamlit.py", "torch.py", "numpy.py")
SCRIPT = """
import sys
import paramscope

assert "torch" not in sys.modules
assert set(paramscope.__all__) <= set(dir(paramscope))
from paramscope import Recipe, tied_groups
from paramscope.core.recipe.recipe import Recipe as DeepRecipe
from torch import nn

assert Recipe is DeepRecipe is paramscope.Recipe
layer = nn.Linear(2, 2)
print(paramscope.__version__, tied_groups(nn.Sequential(layer, layer))[0].names, not hasattr(paramscope, "nothing"))
assert "core" not in sys.modules
"""


class Installed(NamedTuple):
    """An environment with the wheel, and a folder to use it from."""

    wheel: Path
    scripts: Path
    folder: Path

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.scripts / command[0]), *command[1:]],
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )


def clean_environment() -> dict[str, str]:
    """Ours without what would lead to the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONPATH", "PARAMSCOPE"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Built and installed without a network; what Paramscope depends on is lent by the environment of the tests."""
    place = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index"]
    built = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(place), str(ROOT)]
    subprocess.run(built, check=True, stdin=subprocess.DEVNULL)
    (wheel,) = place.glob("*.whl")
    environment = place / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip())
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    subprocess.run([*pip, "--python", str(python), "install", *offline, str(wheel)], check=True)
    folder = place / "elsewhere"
    for trap in TRAPS:
        (folder / trap).parent.mkdir(parents=True, exist_ok=True)
        (folder / trap).write_text(f"raise RuntimeError('{trap} was picked up')\n", encoding="utf-8")
    (folder / "net.py").write_text(MODEL, encoding="utf-8")
    (folder / "theirs").mkdir()
    (folder / "theirs" / "models.py").write_text(MODEL.partition("def my_init")[0], encoding="utf-8")
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text('[server]\naddress = "0.0.0.0"\n', encoding="utf-8")
    return Installed(wheel, scripts, folder)


def test_the_wheel_holds_all_that_runs_and_nothing_else(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        metadata = wheel.read(f"paramscope-{core.__version__}.dist-info/METADATA").decode()
    files = [*(ROOT / "core").rglob("*"), *(ROOT / "pages").rglob("*")]
    wanted = {f"paramscope/{path.relative_to(ROOT).as_posix()}" for path in files if path.is_file()}
    wanted = {name for name in wanted if "__pycache__" not in name}
    wanted -= {"paramscope/core/installed.py", "paramscope/core/py.typed"}
    wanted |= {f"paramscope/{name}" for name in ("__init__.py", "py.typed", "dashboard.py", ".streamlit/config.toml")}
    assert names == wanted
    assert "License-Expression: MIT" in metadata


def test_import_paramscope_in_a_script(installed: Installed) -> None:
    ended = installed.run("python", "-P", "-c", SCRIPT)
    assert (ended.stdout.strip(), ended.stderr) == (f"{core.__version__} ('0.weight', '1.weight') True", "")


def test_the_command_says_what_it_is(installed: Installed) -> None:
    assert installed.run("paramscope", "--version").stdout == f"paramscope {core.__version__}\n"
    assert "--init FILE.py:my_init" in installed.run("paramscope", "--help").stdout
    refused = installed.run("paramscope", "my-net.py:build")
    assert refused.returncode == 2
    assert refused.stderr.endswith("my-net.py cannot be imported; rename it to letters, digits and _\n")


def test_check_gives_a_verdict_and_an_exit_status(installed: Installed) -> None:
    command = ("paramscope", "check", "net.py:build")
    passed, failed = installed.run(*command), installed.run(*command, "--init", "net.py:my_init")
    assert (passed.returncode, passed.stderr) == (0, "")
    assert passed.stdout.startswith("seed 0: 4 tensors: 4 consistent")
    assert (failed.returncode, failed.stderr) == (1, "")
    ratios = [float(ratio) for ratio in re.findall(r"expected, ([\d.]+) times", failed.stdout)]
    assert ratios
    assert ratios == pytest.approx([1.5] * len(ratios), rel=0.04)


@contextmanager
def served(installed: Installed) -> Iterator[int]:
    """The port of the dashboard, started by its command."""
    port = free_port()
    command = [str(installed.scripts / "paramscope"), "net.py:build", "--model", "theirs.models:build"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--server.headless", "true"],
        cwd=installed.folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=60):
                    break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(120)


@pytest.mark.browser
def test_the_command_serves_the_dashboard(installed: Installed, browser: Browser) -> None:
    """With its own look and on its own address, whatever the folder's settings for Streamlit say."""
    with served(installed) as port:
        page = open_page(browser, f"http://127.0.0.1:{port}")
        expect(page.get_by_role("heading", name="Weights", exact=True)).to_be_visible()
        page.locator("[data-testid=stSidebar]").get_by_role("combobox").first.click()
        expect(page.get_by_role("option", name="theirs.models:build", exact=True)).to_be_visible()
        page.get_by_role("option", name="net.py:build", exact=True).click()
        expect(page.get_by_text("2.weight").first).to_be_visible(timeout=60_000)
        background = "() => getComputedStyle(document.querySelector('[data-testid=stSidebar]')).backgroundColor"
        assert page.evaluate(background) == "rgb(246, 248, 251)", "theme.light.sidebar of .streamlit/config.toml"
        page.context.close()
        stranger = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(stranger, timeout=60)
        if sys.platform == "linux":  # where the whole of 127/8 is this machine
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", port), timeout=60)
