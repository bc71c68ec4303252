"""Every bad file is told in one sentence that names it: never another exception, a hang, or much memory."""

import os
import pickle
import re
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from core import open_checkpoint
from tests.checkpoint.bad_files import BAD, FOUR, quietly, torch_file
from tests.checkpoint.files import entry, header, replaced, saved, torch_zip, unzipped
from tests.checkpoint.measuring import cost


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_one_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bad weights.pt"
    make, said = BAD[name]
    path.write_bytes(quietly(make))
    with cost(seconds=20, megabytes=300), pytest.raises(ValueError, match=re.escape(said)) as refused:
        open_checkpoint(path)
    told = str(refused.value)
    assert type(refused.value) is ValueError
    assert told.startswith("'bad weights.pt' ")
    assert "; " in told
    assert told.isprintable()
    assert len(told) < 400
    assert sorted(tmp_path.iterdir()) == [path], "something was run"


@pytest.mark.parametrize("kind", ["torch", "safetensors"])
def test_a_file_that_was_cut_short_anywhere_is_refused(kind: str, tmp_path: Path) -> None:
    of_torch = torch_file({"w": torch.arange(50.0), "v": FOUR})
    good = of_torch if kind == "torch" else header({"a": entry("U8", [90], 0, 90)}, body=bytes(90))
    path = tmp_path / "w.bin"
    for length in range(len(good)):
        path.write_bytes(good[:length])
        with pytest.raises(ValueError, match=r"'w\.bin' "):
            open_checkpoint(path)


def test_a_damaged_pickle_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    good = saved(tmp_path / "good.pt", {"w": FOUR, "p": nn.Parameter(FOUR)})
    content = dict(unzipped(good))["good/data.pkl"]
    path = tmp_path / "cut.pt"
    for length in range(len(content)):
        path.write_bytes(replaced(good, "data.pkl", content[:length]))
        with pytest.raises(ValueError, match=r"'cut\.pt' has a pickle"):
            open_checkpoint(path)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pt")
    empty = tmp_path / "empty"
    empty.mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket.pt"))
        for path, said in (
            (tmp_path / "pipe.pt", "is a pipe"),
            (tmp_path / "socket.pt", "is a socket"),
            (Path("/dev/zero"), "is a device"),
            (tmp_path / "missing.pt", "is not there"),
            (tmp_path / ("x" * 300), "cannot be looked at"),
            (tmp_path / "nul\0.pt", "cannot be looked at"),
            (empty, "is a folder without a checkpoint"),
        ):
            with cost(seconds=5, megabytes=50), pytest.raises(ValueError, match=said):
                open_checkpoint(path)
    (tmp_path / "loop.pt").symlink_to(tmp_path / "loop.pt")
    with pytest.raises(ValueError, match="cannot be looked at"):
        open_checkpoint(tmp_path / "loop.pt")


@pytest.mark.parametrize("value", [None, 3, b"\xff", [], {}])
def test_what_is_no_path_is_said(value: Any) -> None:
    with pytest.raises(ValueError, match="is no path"):
        open_checkpoint(value)


@pytest.mark.parametrize("change", ["grows", "shrinks", "is written to", "is gone", "is another", "is a pipe"])
def test_a_file_that_changes_after_it_was_opened_is_not_read_further(change: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pt", {"w": torch.arange(10_000.0)})
    record = open_checkpoint(path)["w"]
    content = path.read_bytes()
    if change == "grows":
        path.write_bytes(content + b"x")
    elif change == "shrinks":
        os.truncate(path, 2000)
    elif change == "is written to":
        path.write_bytes(content[:5000] + b"x" + content[5001:])
        os.utime(path, ns=(0, 0))
    else:
        path.unlink()
    if change == "is another":
        path.write_bytes(content)
        os.utime(path, ns=(0, 0))
    if change == "is a pipe":
        os.mkfifo(path)
    with cost(seconds=5, megabytes=50), pytest.raises(ValueError, match=r"'w\.pt' "):
        record.read()


def test_a_pickle_of_names_alone_imports_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(torch_zip(b"\x80\x02cantigravity\nfly\n."))
    with pytest.raises(ValueError, match=r"names 'antigravity\.fly'"):
        open_checkpoint(path)
    assert "antigravity" not in sys.modules


def test_a_pickle_that_python_loads_is_not_one_of_tensors(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    for value in ({}, {"a": 1}, {"a": {"b": 1}}, "text", 3, None, {"state_dict": 3}, {"model": {"w": "x"}}):
        path.write_bytes(torch_zip(pickle.dumps(value, protocol=2)))
        if value == {}:
            assert len(open_checkpoint(path)) == 0  # the state of a model without tensors
        else:
            with pytest.raises(ValueError, match=r"'w\.pt' holds"):
                open_checkpoint(path)
