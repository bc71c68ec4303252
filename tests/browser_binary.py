"""The Chromium of tests and screenshots; `python -m tests.browser_binary` installs one if none starts."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile

from playwright.sync_api import Error, sync_playwright

OVERRIDE = "PARAMSCOPE_CHROMIUM"
CANDIDATES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
#: For every launch: a container gives Chromium no sandbox, and only the page itself is to be contacted.
LAUNCH_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@functools.cache
def find_chromium() -> str | None:
    """Return the path of a Chromium that starts, None to use Playwright's own.

    Raises:
        RuntimeError: the one that PARAMSCOPE_CHROMIUM names does not start.
    """
    override = os.environ.get(OVERRIDE)
    if override:
        if (path := shutil.which(override)) and _starts(path):
            return path
        raise RuntimeError(f"{OVERRIDE} is {override!r}, which does not start as a headless Chromium.")
    found = (path for name in CANDIDATES if (path := shutil.which(name)))
    return next((path for path in found if _starts(path)), None)


def _starts(path: str) -> bool:
    """Tell whether the binary renders an empty page; the stand-in for Ubuntu's snap, for one, does not."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        own = ("--headless", f"--user-data-dir={profile}", "--dump-dom", "about:blank")
        command = [path, *LAUNCH_ARGS, *own]
        try:
            result = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return result.returncode == 0 and "<html" in result.stdout


def _version() -> str | None:
    """Return the version of the browser that Playwright can drive, None if there is none."""
    find_chromium.cache_clear()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_ARGS)
        except Error:
            return None
        version = browser.version
        browser.close()
    return version


def _install_from_apt() -> None:
    if not shutil.which("apt-get"):
        return
    root = os.geteuid() == 0
    if not root and not _run("sudo", "-n", "true"):
        return
    apt = (*(() if root else ("sudo", "-n")), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q")
    _run(*apt, "update")  # a mirror that fails may still leave a list that serves
    _run(*apt, "install", "-y", "--no-install-recommends", "chromium")


def _install_from_playwright() -> None:
    _run(sys.executable, "-m", "playwright", "install", "chromium")


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=900).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> None:
    """Make sure that Playwright can drive a Chromium: one that is here, else apt's, else Playwright's own."""
    try:
        version = _version()
        for install in (_install_from_apt, _install_from_playwright):
            if version is None:
                install()
                version = _version()
    except RuntimeError as error:
        sys.exit(str(error))
    if version is None:
        sys.exit(
            "No Chromium starts here and none could be installed: install Chromium or Google Chrome, "
            f"or set {OVERRIDE} to its executable."
        )
    print(f"Chromium {version}: {find_chromium() or 'the one Playwright installed'}")


if __name__ == "__main__":
    main()
