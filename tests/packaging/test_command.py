"""What the command `paramscope` makes of its arguments."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.command import DASHBOARD, main, server_arguments


@pytest.mark.parametrize(
    ("given", "streamlit", "files"),
    [
        ([], [], []),
        (["a.py:build"], [], ["--model", "a.py:build"]),
        (["--model", "a.py:build", "b.py"], [], ["--model", "b.py", "--model", "a.py:build"]),
        (["--init", "x.py", "--init", "y.py", "b.c:d"], [], ["--model", "b.c:d", "--init", "x.py", "--init", "y.py"]),
        (["--port", "8600", "a.py"], ["--server.port", "8600"], ["--model", "a.py"]),
        (["--server.address", "0.0.0.0", "a.py"], ["--server.address", "0.0.0.0"], ["--model", "a.py"]),
        (["a.py", "--server.headless=true"], ["--server.headless=true"], ["--model", "a.py"]),
        (["--server.allowedHosts", '["a.b"]'], ["--server.allowedHosts", '["a.b"]'], []),
    ],
)  # fmt: skip
def test_files_go_to_the_dashboard_and_the_rest_to_streamlit(
    given: list[str], streamlit: list[str], files: list[str]
) -> None:
    assert server_arguments(given) == ["-P", "-m", "streamlit", "run", str(DASHBOARD), *streamlit, "--", *files]


def test_a_path_of_tensors_is_a_checkpoint_and_any_other_a_model(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for path in (tmp_path / "w.safetensors", run / "w.safetensors"):
        save_file({"w": torch.zeros(2)}, path)
    given = [f"{tmp_path}/w.safetensors", "a.py:build", f"{run}/", "--checkpoint", str(run)]
    files = ["--model", "a.py:build"]
    files += [part for path in (given[0], given[2], given[4]) for part in ("--checkpoint", path)]
    assert server_arguments(given)[5:] == ["--", *files]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "'w.pt' is not there"), (b"no tensors", "'w.pt' is neither safetensors"), (b"", "'w.pt' is empty")],
)
@pytest.mark.parametrize("option", [[], ["--checkpoint"]])
def test_a_path_of_no_checkpoint_is_one_sentence_and_ends_with_2_before_a_server_starts(
    content: bytes | None, sentence: str, option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w.pt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit, match="2"):
        main([*option, str(path)])
    said = capsys.readouterr().err.splitlines()[-1]
    assert sentence in said
    assert "Traceback" not in said


def test_the_dashboard_is_there() -> None:
    assert DASHBOARD.is_file()


@pytest.mark.parametrize("given", [["--nothing"], ["--port", "many"], ["my-net.py"]])
def test_what_is_not_understood_ends_with_2(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(given)
    assert capsys.readouterr().err.startswith("usage: paramscope")


def test_check_is_the_check_under_its_name_here(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["check", "--help"])
    assert capsys.readouterr().out.startswith("usage: paramscope check")
