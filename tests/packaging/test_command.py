"""What the command `paramscope` makes of its arguments."""

import pytest

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
