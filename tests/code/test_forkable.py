"""A file may bring the sleeping threads of a library; one that could hold a lock while the process forks is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INIT = "\nfrom torch import nn\ndef init(m): ...\ndef build(): return nn.Linear(2, 3)\n"
NATIVE = (
    "import ctypes\nlibc = ctypes.CDLL(None)\nthread = ctypes.c_ulong()\n"
    "libc.pthread_create(ctypes.byref(thread), None, {}, None)"
)
#: What a library's threads do: wait for work. Of the first three an allocator does.
HARMLESS = {
    "pandas.py": "import pandas",
    "pyarrow.py": "import pyarrow",
    "both.py": "import pandas, pyarrow.compute\ntable = pyarrow.table({'a': [1, 2]})",
    "pool.py": "import io, pandas as p\nb = io.BytesIO()\n"
    "p.DataFrame({'a': range(9999)}).to_parquet(b)\np.read_parquet(b)",
    "waits.py": NATIVE.format("libc.pause"),
    "ended.py": "import threading\nt = threading.Thread(target=int)\nt.start()\nt.join()",
}
REFUSED = {
    "python.py": "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "hidden.py": "import _thread, time\n_thread.start_new_thread(time.sleep, (9,))",
    "pooled.py": "import concurrent.futures as f\npool = f.ThreadPoolExecutor(1)\npool.submit(int).result()",
    "callback.py": "import ctypes, time\nrun = ctypes.CFUNCTYPE(None)(lambda: time.sleep(9))\n"
    + NATIVE.format("run")
    + "\ntime.sleep(0.2)",
    "watches.py": "import faulthandler, sys\nfaulthandler.dump_traceback_later(60, file=sys.__stderr__)",
    "pandas_and_python.py": "import pandas, _thread, time\n_thread.start_new_thread(time.sleep, (9,))",
}
PROGRAM = """
import json, sys
from core.code.command_line import parse
from core.code.operator_files import import_files
from core.engine.trial import tried
files = parse(sys.argv[1:])
tried_first = {file.label: reason for file, reason in tried(files).broken.items()}
first, again = ([*import_files(files).complaints] for _ in range(2))
print(json.dumps([tried_first, first, again]))
import os; os._exit(0)
"""


def found(folder: Path, name: str, text: str) -> tuple[dict[str, str], list[str], list[str]]:
    """What a trial says of a file, and what is said of it when it is imported, for the first time and again."""
    (folder / f"own_{name}").write_text(text + INIT)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--init", str(folder / f"own_{name}")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    tried, first, again = json.loads(run.stdout.splitlines()[-1])
    return tried, first, again


@pytest.mark.parametrize("name", HARMLESS)
def test_a_librarys_sleeping_thread_is_no_matter(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, name, HARMLESS[name]) == ({}, [], [])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks, and tells of a process's threads")
@pytest.mark.parametrize("name", REFUSED)
def test_a_thread_that_may_hold_a_lock_of_pythons_is_refused(name: str, tmp_path: Path) -> None:
    tried, first, again = found(tmp_path, name, REFUSED[name])
    assert all("starts a thread when it is imported" in each for each in (*tried.values(), *first, *again))
    assert len(tried) == len(first) == len(again) == 1
