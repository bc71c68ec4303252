"""The command `paramscope`, from whatever folder it is typed in.

    paramscope                                            serves the dashboard to this machine's own browsers
    paramscope model.py:build --init inits.py:my_init     the same, with a model and an init of one's own
    paramscope weights.safetensors                        the same, on the tensors of a file or a folder alone
    paramscope check model.py:build --seed 0..9           whether an init does what it declares: `core.check`

Options of `streamlit run`, such as --server.address, go on to Streamlit.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .code import command_line
from .engine import settings

DASHBOARD = Path(__file__).parents[1] / "dashboard.py"
_OF_STREAMLIT = re.compile(r"--[A-Za-z]+\.[A-Za-z.]+(=.*)?", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or serve, and return the exit status; where the system can, the server takes this process's place."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["check"]:
        from .check import main as check  # imports torch, which the server does not need

        return check(given[1:], "paramscope check")
    command = [sys.executable, *server_arguments(given)]
    settings.stop_on_a_bad_one()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 (signals then reach the server itself)
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C ends the server as well
        return subprocess.call(command)
    return 130


def server_arguments(given: Sequence[str]) -> list[str]:
    """What Python is to be started with for that command line: Streamlit, its options, and the files to import.

    `-P` keeps the folder it is typed in from being searched for modules of Streamlit's.
    """
    theirs, ours = _parted(given)
    parser = _parser()
    options = parser.parse_intermixed_args(ours)
    checkpoints = [*filter(command_line.is_checkpoint, options.models), *options.checkpoint]
    models = [text for text in options.models if text not in checkpoints]
    files = [part for text in [*models, *options.model] for part in ("--model", text)]
    files += [part for text in options.init for part in ("--init", text)]
    files += [part for text in checkpoints for part in ("--checkpoint", text)]
    try:
        _check(command_line.parse(files))
    except ValueError as error:
        parser.error(str(error))
    port = [] if options.port is None else ["--server.port", str(options.port)]
    return ["-P", "-m", "streamlit", "run", str(DASHBOARD), *port, *theirs, "--", *files]


def _check(files: Sequence[command_line.NamedFile]) -> None:
    """Raise ValueError where a checkpoint is none; its header is read, none of its values."""
    paths = [file.target for file in files if file.kind == "checkpoint"]
    if paths:
        from .checkpoint.opening import open_checkpoint  # imports torch, which else the server alone does not need

        for path in paths:
            open_checkpoint(path)


def _parted(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options of Streamlit's, which have a dot in their names, with their values; and what is left."""
    theirs: list[str] = []
    ours: list[str] = []
    rest = list(given)
    while rest:
        first = rest.pop(0)
        matched = _OF_STREAMLIT.fullmatch(first)
        (theirs if matched else ours).append(first)
        if matched and not matched[1] and rest:
            theirs.append(rest.pop(0))
    return theirs, ours


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paramscope",
        description="Serve the dashboard; `paramscope check --help` tells of the check without a browser.",
        epilog="Options of `streamlit run` go on to Streamlit, --server.address 0.0.0.0 for one.",
    )
    parser.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="the same as --model MODEL, or as --checkpoint where it is a checkpoint",
    )
    parser.add_argument(
        "--model", action="append", default=[], metavar="FILE.py:build", help="your own model; package.module:build too"
    )
    parser.add_argument(
        "--init", action="append", default=[], metavar="FILE.py:my_init", help="your own init, or a file of them"
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="PATH",
        help="tensors without a model: a .safetensors, .pt, .pth, .bin or .ckpt file, or a folder of one",
    )
    parser.add_argument("--port", type=int, help="the port to listen on, 8501 unless that is taken")
    parser.add_argument("--version", action="version", version=f"paramscope {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
