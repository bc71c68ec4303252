"""Attempts at the jail and what surrounds it, each with what comes of it: the table that SECURITY.md speaks of.

`make attack` runs all of it. Code is run as a visitor's, statements on a model; where it comes to its end, it says
"nothing else", so that an attempt that fails in silence is told from one that does not.
"""

import platform
from dataclasses import dataclass
from typing import Literal

from tests.code_inputs import MEMORY, OUT_OF_REACH, STOPPED
from tests.engine.system_calls import RAW


@dataclass(frozen=True)
class Attempt:
    """What is tried, as an init, a model or a text to be read; and the pattern of the sentence that a person sees."""

    name: str
    where: Literal["init", "model", "reading", "link"]
    code: str
    sentence: str


REFUSED = rf"(PermissionError|RuntimeError): .*{OUT_OF_REACH}"
ABSENT = r"is not available to isolated code; torch, numpy, scipy and most of Python's own library are"
SILENT = r"LookupError: nothing else"


def _inits(sentence: str, attempts: dict[str, str]) -> tuple[Attempt, ...]:
    return tuple(Attempt(name, "init", code, sentence) for name, code in attempts.items())


FILES = _inits(
    REFUSED,
    {
        "read the password file": "open('/etc/passwd')",
        "read it by its bytes": "import os; os.open(b'/etc/passwd', 0)",
        "read it by pathlib": "from pathlib import Path; Path('/etc/passwd').read_text()",
        "read it from a folder's descriptor": "import os; os.open('passwd', 0, dir_fd=0)",
        "read what the server was started with": "open('/proc/1/environ')",
        "read its own memory's file": "open('/proc/self/mem', 'r+b')",
        "read its own descriptors": "import os; os.listdir('/proc/self/fd')",
        "read this project's own code": "import torch; open(torch.__file__)",
        "list the root": "import os; os.listdir('/')",
        "walk a folder": "import os; next(os.scandir('/home'))",
        "look a file up": "import os; os.stat('/etc/passwd')",
        "follow a link": "import os; os.readlink('/proc/self/exe')",
        "ask for the working folder": "import os; os.getcwd()",
        "change the working folder": "import os; os.chdir('/')",
        "write a file": "open('/tmp/paramscope-was-here', 'w')",
        "append to a file": "open('/etc/hosts', 'a')",
        "make a folder": "import os; os.mkdir('/tmp/paramscope-was-here')",
        "make a link": "import os; os.symlink('/etc/passwd', '/tmp/paramscope-was-here')",
        "make a pipe with a name": "import os; os.mkfifo('/tmp/paramscope-was-here')",
        "make a device": "import os; os.mknod('/tmp/paramscope-was-here', 0o20666, 0x103)",
        "rename a file": "import os; os.rename('/etc/hosts', '/etc/hosts2')",
        "delete a file": "import os; os.unlink('/tmp/paramscope-never-was')",
        "cut a file": "import os; os.truncate('/etc/hosts', 0)",
        "change who may read a file": "import os; os.chmod('/etc/passwd', 0o666)",
        "make a temporary file": "import tempfile; tempfile.TemporaryFile(dir='/tmp')",
        "save with NumPy": "import numpy; numpy.save('/tmp/paramscope-was-here.npy', numpy.ones(3))",
        "map a file with NumPy": "import numpy; numpy.memmap('/etc/passwd')",
        "load with torch": "torch.load('/etc/passwd')",
        "make a pipe": "import os; os.pipe()",
        "double its connection": "import os; os.dup(3)",
        "make memory that is a file": "import os; os.memfd_create('x')",
    },
)
OTHER_WORDS = _inits(
    r"Operation not permitted|/tmp does not exist|No module named 'multiprocessing",
    {
        "save with torch": "torch.save(net, '/tmp/paramscope-was-here')",
        "map a file with torch": "torch.from_file('/etc/passwd', size=3, dtype=torch.uint8)",
        "share a tensor's memory": "net[0].weight.share_memory_()",
        "load a library": "import ctypes; ctypes.CDLL('/usr/lib/libnothing.so')",
        "load data with other processes": (
            "from torch.utils.data import DataLoader as D; next(iter(D(range(3), num_workers=1)))"
        ),
    },
)
NETWORK = _inits(
    REFUSED,
    {
        f"open a socket {family} {kind}": f"import _socket as s; s.socket(s.{family}, s.{kind})"
        for family, kind in (
            ("AF_INET", "SOCK_STREAM"),
            ("AF_INET", "SOCK_DGRAM"),
            ("AF_INET6", "SOCK_STREAM"),
            ("AF_UNIX", "SOCK_STREAM"),
            ("AF_NETLINK", "SOCK_RAW"),
            ("AF_PACKET", "SOCK_RAW"),
            ("AF_INET", "SOCK_RAW"),
        )
    }
    | {
        "make a pair of sockets": "import _socket as s; s.socketpair()",
        "take its connection for a listener": "import _socket as s; s.socket(fileno=3).listen()",
        "send from its connection elsewhere": "import _socket as s; s.socket(fileno=3).sendto(b'x', '/tmp/x')",
        "send a descriptor over its connection": (
            "import _socket as s, array\n"
            "s.socket(fileno=3).sendmsg([b'x'], [(s.SOL_SOCKET, s.SCM_RIGHTS, array.array('i', [0]))])"
        ),
        "ask a connection for its other side": "import _socket as s; s.socket(fileno=3).getpeername()",
        "run an event loop": "import asyncio; asyncio.run(asyncio.sleep(0))",
    },
)
PROCESSES = _inits(
    REFUSED,
    {
        "fork": "import os; os.fork()",
        "fork in a terminal": "import os; os.forkpty()",
        "spawn a program": "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "become a program": "import os; os.execv('/bin/sh', ['sh'])",
        "start a thread": "import threading; threading.Thread(target=print).start()",
        "start a thread by hand": "import _thread; _thread.start_new_thread(print, ())",
        "use a pool of threads": "from concurrent.futures import ThreadPoolExecutor as P; P(1).submit(print).result()",
        "kill what it was forked from": "import os; os.kill(os.getppid(), 9)",
        "kill everything": "import os; os.kill(-1, 9)",
        "kill the first process": "import os; os.kill(1, 9)",
        "kill its group": "import os; os.killpg(0, 9)",
        "wait for others": "import os; os.waitpid(-1, 0)",
        "take hold of a process": "import os; os.pidfd_open(1)",
        "go before others": "import os; os.nice(-20)",
        "choose its processor": "import os; os.sched_setaffinity(0, {0})",
        "become root": "import os; os.setuid(0)",
        "join a group": "import os; os.setgroups([0])",
        "leave its session": "import os; os.setsid()",
        "change its root folder": "import os; os.chroot('/')",
    },
)
MODULES = _inits(
    ABSENT,
    {
        f"import {name}": f"import {name}"
        for name in ("sqlite3", "readline", "curses", "ftplib", "smtplib", "imaplib", "webbrowser", "streamlit")
    },
)
ENDINGS = (
    Attempt("loop for ever", "init", "while True: pass", STOPPED),
    Attempt("sleep", "init", "import time; time.sleep(60)", STOPPED),
    Attempt(
        "catch every error for ever", "init", "while True:\n    try: 1 / 0\n    except BaseException: pass", STOPPED
    ),
    Attempt("print for ever", "init", "while True: print('x' * 1000)", STOPPED),
    Attempt("compute for ever outside Python", "init", "10 ** 10 ** 9", STOPPED),
    Attempt("take 10 GB as a tensor", "init", "torch.empty(10 * 2**30, dtype=torch.uint8)", MEMORY),
    Attempt("take 10 GB as bytes", "init", "bytearray(10 * 2**30)", MEMORY),
    Attempt("take 10 GB from the system", "init", "import mmap; mmap.mmap(-1, 10 * 2**30)", r"OSError|MemoryError"),
    Attempt("exit", "init", "raise SystemExit(0)", r"SystemExit: 0"),
    Attempt("exit at once", "init", "import os; os._exit(0)", r"closed its connection to this server"),
    Attempt("exit at once with a code", "init", "import os; os._exit(7)", r"ended itself with exit code 7"),
    Attempt("crash", "init", "import ctypes; ctypes.string_at(0)", r"crashed \(Segmentation fault\)"),
    Attempt("close its connection", "init", "import os; os.close(3)", r"closed its connection to this server"),
    Attempt(
        "write noise to its connection", "init", "import os; os.write(3, b'noise' * 99)", r"is no answer: code may not"
    ),
    Attempt(
        "answer for the worker",
        "init",
        "import os; os.write(3, bytes(7) + b'\\2{}'); os._exit(0)",
        r"closed its connection|not the form it should",
    ),
    Attempt("write to the server's terminal", "init", "import os; os.write(1, b'x'); os.write(2, b'x')", SILENT),
    Attempt("read from the server's terminal", "init", "import os; assert os.read(0, 9) == b''", SILENT),
    Attempt("find a secret in the environment", "init", "import os; assert not os.environ", SILENT),
    Attempt("be told of a process by an error", "init", "import os; assert os.getppid() < 1", SILENT),
    Attempt("run a command and look away", "init", "import os; assert os.system('true') != 0", SILENT),
    Attempt(
        "read a line from a cache of files",
        "init",
        "import linecache as l; assert not l.getlines('/etc/passwd')",
        SILENT,
    ),
    Attempt(
        "ask whether a file exists",
        "init",
        "from os.path import exists; assert not exists('/etc/passwd')",
        SILENT,
    ),
    Attempt(
        "get the finder of modules back",
        "init",
        "import sys\nfrom importlib.machinery import PathFinder as F\nsys.meta_path.insert(0, F)\nimport sqlite3",
        rf"ModuleNotFoundError|{OUT_OF_REACH}",
    ),
)
_CALL = (
    "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc.syscall({})\nraise LookupError(ctypes.get_errno())"
)
_NUMBER = r"LookupError: 1; nothing was changed"  # EPERM
CALLS = tuple(
    Attempt(f"the system call {name}", "init", _CALL.format(call), _NUMBER)
    for name, call in RAW.items()
    if platform.machine() == "x86_64"
)
_BUILD = "from torch import nn\nimport torch\n"
MODELS = tuple(
    Attempt(name, "model", f"{_BUILD}{code}", sentence)
    for name, code, sentence in (
        (
            "read a file where a model's code begins",
            "open('/etc/passwd')\ndef build(): return nn.Linear(2, 2)",
            REFUSED,
        ),
        ("read a file where it is built", "def build():\n    open('/etc/passwd')", REFUSED),
        ("start a process where a class is made", "class Net(nn.Module):\n    import os; os.fork()", REFUSED),
        ("give something that is no model", "def build(): return 'a model'", r"^build gives a str, not an nn\.Module"),
        ("loop where it is built", "def build():\n    while True: pass", STOPPED),
        (
            "name a module like a page",
            "def build():\n    net = nn.Module()\n    net.add_module('<b>x</b>' * 9, nn.Linear(2, 2))\n"
            "    raise KeyError(*net._modules)",
            r"KeyError: '(<b>x</b>)+'",
        ),
    )
)
READINGS = tuple(
    Attempt(name, "reading", code, sentence)
    for name, code, sentence in (
        ("run a decorator on reading", "@open('/etc/passwd')\ndef f(m): pass", "^read$"),
        ("run a default on reading", "def f(m, x=open('/etc/passwd')): pass", "^read$"),
        ("run an annotation on reading", "def f(m: open('/etc/passwd')): pass", "^read$"),
        ("nest without end", "x = " + "(" * 5000 + ")" * 5000, r"too many nested parentheses"),
        ("hide a NUL", "def f(m):\n    pass\0", r"holds the character \\u0000, which no program can"),
        ("write a megabyte", "#" * 2**20, r"has 1,048,576 characters, more than 20,000"),
    )
)
_RECIPE = '{{"model":"mlp","steps":[{}]}}'
LINKS = tuple(
    Attempt(name, "link", code, sentence)
    for name, code, sentence in (
        ("open a link that is no link", "%%%", r"^the link's recipe cannot be read: it was cut short or changed"),
        ("open a recipe that is no JSON", "json:{", r"^the recipe is not a JSON object"),
        (
            "name a step that there is not",
            "json:" + _RECIPE.format('{"op":"system","name":"x"}'),
            r"steps\[0\] is not valid",
        ),
        ("name a file as a model", 'json:{"model":"/etc/passwd"}', r"^there is no model '/etc/passwd'"),
        (
            "name a file as an init",
            "json:" + _RECIPE.format('{"op":"file_init","function":"/etc/passwd:f"}'),
            r"^there is no /etc/passwd:f here",
        ),
        (
            "train for ever",
            "json:" + _RECIPE.format('{"op":"train","steps":1000000000}'),
            r"less than or equal to 1000$",
        ),
        ("nest a recipe without end", "json:" + "[" * 100_000, r"^the recipe is not a JSON object"),
        (
            "build a model of a trillion weights",
            'json:{"model":"mlp","arguments":{"hidden":1000000000000}}',
            r"^hidden of mlp cannot be 1000000000000; choose an integer from 1 to",
        ),
    )
)
ATTEMPTS = (*FILES, *OTHER_WORDS, *NETWORK, *PROCESSES, *MODULES, *ENDINGS, *CALLS, *MODELS, *READINGS, *LINKS)
