"""The jail of a real worker refuses what it must; what a process gives up layer by layer is in `test_confinement`."""

import platform
from collections.abc import Iterator

import pytest

from core.engine.errors import EngineError, StepFailedError
from core.engine.jail.probes import PROBES
from core.engine.pool import Engine
from core.questions.model import GetOverview, GetPrinted
from core.questions.tensor import GetValues
from tests.custom import good, model_code, running
from tests.engines import drawn, engine_from, shared_zygote, workers
from tests.processes import PROC, status


@pytest.fixture
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), time_limit=60) as started:
        yield started


class TestTheSelfTest:
    @pytest.mark.parametrize("probe", PROBES)
    def test_is_passed(self, probe: str) -> None:
        assert shared_zygote().jail()[probe]

    def test_tries_everything(self) -> None:
        assert list(shared_zygote().jail()) == list(PROBES)


class TestAWorker:
    def test_is_in_a_jail_whatever_it_serves(self, engine: Engine) -> None:
        engine.ask(drawn(1), GetOverview())
        engine.ask(good(), GetOverview())
        for pid in workers(engine):
            assert (status(pid, "NoNewPrivs"), status(pid, "Seccomp")) == ("1", "2")
            assert limit(pid, "Max file size") == limit(pid, "Max core file size") == "0"
            assert limit(pid, "Max open files") == "16"

    def test_that_runs_code_may_take_less_and_goes_first_when_memory_ends(self, engine: Engine) -> None:
        engine.ask(model_code(), GetPrinted())
        code, catalog = (residents.workers()[-1].pid for residents in (engine._code, engine._catalog))
        assert int(limit(code, "Max address space")) < int(limit(catalog, "Max address space")) - 3 * 2**30
        assert int(limit(code, "Max cpu time")) < int(limit(catalog, "Max cpu time"))
        assert (PROC / str(code) / "oom_score_adj").read_text().strip() == "1000"

    def test_has_its_standard_files_led_nowhere(self, engine: Engine) -> None:
        said(engine, "import os\nos.write(1, b'x'); os.write(2, b'x'); os.fdopen(0).read()", "nothing else")


def limit(pid: int, name: str) -> str:
    """A soft limit of /proc/PID/limits."""
    lines = (PROC / str(pid) / "limits").read_text().splitlines()
    return next(line for line in lines if line.startswith(name))[len(name) :].split()[0]


def said(engine: Engine, code: str, expected: str) -> None:
    """Check that the code gets as far as its end, where it says so, and says nothing else before."""
    with pytest.raises(StepFailedError, match=rf"LookupError: {expected}; nothing was changed"):
        engine.ask(running(f"net\n{code}\nraise LookupError('nothing else')"), GetOverview())


@pytest.mark.skipif(platform.machine() != "x86_64", reason="instructions of x86-64")
class TestSystemCalls:
    def test_of_another_architecture_end_the_process(self, engine: Engine) -> None:
        code = """
net
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20; int 0x80; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
        with pytest.raises(EngineError, match=r"crashed \(Bad system call\)"):
            engine.ask(running(code), GetOverview())


def test_code_may_ask_for_threads_and_computes_on() -> None:
    with engine_from(shared_zygote()) as engine:
        code = "torch.set_num_threads(64); torch.set_num_interop_threads(9)\nnet[0].weight.data.fill_(7)"
        assert (engine.ask(running(code), GetValues("0.weight")).values == 7).all()


@pytest.mark.parametrize(
    "code",
    [
        "import threading; threading.Event().wait(0.02); threading.Lock().acquire(timeout=0.02)",
        "import queue\ntry: queue.Queue().get(timeout=0.02)\nexcept queue.Empty: pass",
        "import time; time.sleep(0.01); time.thread_time(); time.process_time(); time.clock_gettime(7)",
        "import time; time.clock_getres(1); time.get_clock_info('process_time')",
        "c = nn.Conv2d(3, 8, 3); c(torch.randn(2, 3, 9, 9)).sum().backward(); torch.linalg.svd(torch.randn(90, 90))",
        "nn.LSTM(4, 5)(torch.randn(3, 2, 4)); nn.MultiheadAttention(8, 2)(*[torch.randn(3, 2, 8)] * 3)",
        "import gc; x = [bytearray(10**7) for _ in range(20)]; del x; gc.collect(); torch.randn(2000, 2000).sort()",
        "import mmap; m = mmap.mmap(-1, 2**21); m.madvise(4); m.madvise(14); m.madvise(15); m.close()",
        "import numpy, scipy.linalg; scipy.linalg.eigh(numpy.eye(300)); numpy.random.default_rng(3).normal(size=10**6)",
    ],
)
def test_what_computing_needs_is_allowed(code: str) -> None:
    with engine_from(shared_zygote(), code_time_limit=20) as engine:
        said(engine, code, "nothing else")
