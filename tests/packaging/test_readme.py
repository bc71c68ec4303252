"""What README.md tells people to type works as it stands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.code import command_line
from core.command import main, server_arguments

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
OURS = ("make ", "paramscope", "python -m core", "streamlit run dashboard.py", "pip install -r", "uv pip install")
#: What stands for a person's own files.
STAND_FOR = {
    "path/to/model.py:build": "examples/resnet.py:build",
    "path/to/inits.py:my_init": "examples/resnet.py:zero_gamma",
    "model.py:build": "examples/resnet.py:build",
    "inits.py:my_init": "examples/resnet.py:zero_gamma",
}


def commands() -> list[str]:
    """Every command of ours in a block or in a sentence."""
    lines = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    lines += [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    typed = (line.partition(" #")[0].strip() for line in lines)
    return sorted({line for line in typed if line.startswith(OURS) and "…" not in line and "..." not in line})


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    save_file({"w": torch.zeros(2)}, tmp_path / "w.safetensors")
    monkeypatch.setitem(STAND_FOR, "weights.safetensors", str(tmp_path / "w.safetensors"))


@pytest.mark.parametrize("block", [block for kind, block in BLOCKS if kind == "python"])
def test_a_block_of_python_runs(block: str) -> None:
    command = [sys.executable, "-W", "error", "-c", block]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stderr


def test_there_are_commands() -> None:
    assert {"make run", "make test"} <= set(commands())
    assert any(kind == "python" for kind, _ in BLOCKS)


@pytest.mark.parametrize("command", commands())
def test_a_command_works(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    match [STAND_FOR.get(word, word) for word in shlex.split(command)]:
        case ["make", target, *settings]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
            assert all(re.fullmatch(r"(TORCH|ARGS|PORT|PYTHON)=.*", setting) for setting in settings)
        case ["python", "-m", "core.check", *arguments] | ["paramscope", "check", *arguments]:
            assert main(["check", *arguments]) in (0, 1)
            assert "consistent" in capsys.readouterr().out
        case ["paramscope", *arguments]:
            assert_files(server_arguments(arguments))
        case ["streamlit", "run", "dashboard.py", *arguments]:
            assert_files(["--", *arguments] if "--" not in arguments else arguments)
        case ["pip" | "uv", *arguments]:
            if "-r" in arguments:
                assert (ROOT / arguments[arguments.index("-r") + 1]).is_file()
        case _:
            pytest.fail(f"nobody has tried {command!r}")


def assert_files(arguments: list[str]) -> None:
    """The files after `--` are there."""
    files = arguments[arguments.index("--") + 1 :]
    named = [file for file in files if file.endswith((".py", ".safetensors")) or ".py:" in file]
    assert len(command_line.parse(files if named else [])) == len(named)
    assert all(Path(file.partition(":")[0]).is_file() for file in named)
