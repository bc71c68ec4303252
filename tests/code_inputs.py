"""Init code as it comes from a browser, good and bad, with what a person is told: one table."""

from dataclasses import dataclass

#: What is said of code that meets a limit.
STOPPED = r"^the code took longer than \d+(\.\d+)? seconds and was stopped; nothing was changed, look for a loop"
OUT_OF_REACH = r"isolated code can open no file, reach no network and start no process or thread"
MEMORY = r"that is more memory than code may take"


@dataclass(frozen=True)
class Input:
    """Code under its number in the list of bad inputs, and the pattern of its sentence; None where it is good."""

    number: int
    name: str
    code: str
    sentence: str | None


def _body(number: int, name: str, body: str, sentence: str | None) -> Input:
    lines = "".join(f"\n    {line}" for line in body.splitlines())
    return Input(number, name, f"def my_init(m):{lines}", sentence)


def _ended(how: str) -> str:
    return rf"^the process that ran the code {how}; nothing was changed, correct the code or take its step back$"


SWALLOWING = """
while True:
    try:
        while True: pass
    except BaseException: pass
"""
IGNORING = """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
"""
FORK_BOMB = "import os\nwhile True: os.fork()"
RECURSION = "import sys\nsys.setrecursionlimit(10**9)\ndef dive(x): return [dive(x), x]\ndive(m)"
SOCKET = "import _socket\n_socket.socket(_socket.{family}, _socket.{kind})"
UNREADABLE = "class Odd(Exception):\n    def __str__(self): raise RuntimeError('no')\nraise Odd"
#: How each tells where it was.
AT = r", at 0 \(Linear\); nothing was changed$"

INPUTS = (
    Input(1, "empty", "", r"^there is no code; write def my_init"),
    Input(1, "blank", " \n\t\n", r"^there is no code; write def my_init"),
    Input(1, "comments only", "# nothing yet", r"^the code defines no function; write def my_init"),
    Input(2, "a syntax error", "def my_init(m):\n    m.weight.data +== 2", r"^line 2: SyntaxError: invalid syntax$"),
    Input(2, "an unclosed bracket", "def my_init(m:\n    pass", r"^line 1: SyntaxError"),
    Input(3, "tabs and spaces", "def my_init(m):\n    if m:\n\tpass", r"^line 3: TabError: inconsistent use of tabs"),
    Input(4, "no function", "x = 3", r"^the code defines no function; write def my_init"),
    Input(5, "two functions", "def a(m): pass\ndef b(m): pass", r"^line 2: the code defines a and b, .* keep one$"),
    Input(6, "wrong arity", "def my_init(m, n): pass", r"^line 1: my_init takes \(m, n\); an init takes one argument"),
    Input(6, "no argument", "def my_init(): pass", r"^line 1: my_init takes \(\); an init takes one argument"),
    _body(7, "returns a tensor", "return torch.zeros(3)", None),
    Input(8, "return at top level", "return 3", r"^line 1: SyntaxError: 'return' outside function$"),
    _body(9, "an endless loop", "while True: pass", STOPPED),
    _body(10, "sleep", "import time\ntime.sleep(60)", STOPPED),
    _body(11, "swallows everything", SWALLOWING, STOPPED),
    _body(11, "ignores every signal", IGNORING, STOPPED),
    _body(12, "a regular expression bomb", "import re\nre.match(r'(a+)+$', 'a' * 34 + 'b')", STOPPED),
    _body(13, "a power bomb", "10 ** 10 ** 9", STOPPED),
    _body(14, "recursion without end", RECURSION, rf"{STOPPED}|MemoryError|ran out of memory|crashed \(Segm"),
    _body(15, "a tensor of 10 GB", "torch.empty(10 * 2**30, dtype=torch.uint8)", rf"line 2: RuntimeError.*{MEMORY}"),
    _body(
        16,
        "a growing list",
        "x = []\nwhile True: x.append(bytearray(10**6))",
        rf"MemoryError.*{MEMORY}|{STOPPED}|out of memory",
    ),
    _body(17, "a fork bomb", FORK_BOMB, rf"line 3: PermissionError.*{OUT_OF_REACH}"),
    _body(18, "a thread", "import threading\nthreading.Thread(target=print).start()", rf"line 3: .*{OUT_OF_REACH}"),
    *(
        _body(19, f"a socket {family} {kind}", SOCKET.format(family=family, kind=kind), rf"line 3: .*{OUT_OF_REACH}")
        for family, kind in (("AF_INET", "SOCK_STREAM"), ("AF_INET", "SOCK_DGRAM"), ("AF_UNIX", "SOCK_STREAM"))
    ),
    _body(20, "writes a file", "open('/tmp/paramscope-was-here', 'w')", rf"line 2: PermissionError.*{OUT_OF_REACH}"),
    _body(20, "saves a tensor", "torch.save(m, '/tmp/paramscope-was-here')", r"line 2: RuntimeError|PermissionError"),
    _body(21, "reads the password file", "open('/etc/passwd')", rf"line 2: PermissionError.*{OUT_OF_REACH}"),
    _body(21, "lists the root", "import os\nos.listdir('/')", rf"line 3: PermissionError.*{OUT_OF_REACH}"),
    _body(
        22, "reads the environment", "import os\nraise LookupError(dict(os.environ))", rf"line 3: LookupError: {{}}{AT}"
    ),
    _body(22, "reads the server's", "open('/proc/1/environ')", rf"line 2: PermissionError.*{OUT_OF_REACH}"),
    _body(23, "kills its parent", "import os\nos.kill(os.getppid(), 9)", rf"line 3: .*Error.*{OUT_OF_REACH}"),
    _body(23, "kills everything", "import os\nos.kill(-1, 9)", rf"line 3: PermissionError.*{OUT_OF_REACH}"),
    _body(24, "exits", "import sys\nsys.exit('enough')", rf"line 3: SystemExit: enough{AT}"),
    _body(24, "interrupts", "raise KeyboardInterrupt", rf"line 2: KeyboardInterrupt{AT}"),
    _body(25, "exits at once", "import os\nos._exit(3)", _ended(r"ended itself with exit code 3, as os\._exit does")),
    _body(25, "exits in good order", "import os\nos._exit(0)", _ended(r"closed its connection to this server")),
    _body(26, "reads address 0", "import ctypes\nctypes.string_at(0)", _ended(r"crashed \(Segmentation fault\)")),
    _body(26, "aborts", "import os\nos.abort()", _ended(r"crashed \(\w+( \w+)?\)")),
    _body(27, "prints without end", "while True: print('x' * 1000)", STOPPED),
    _body(28, "forges its reply", "import os\nos.write(3, bytes(8) + b'{}')\nos._exit(0)", r"no answer|closed|form"),
    _body(
        28, "writes noise", "import os\nos.write(3, b'noise' * 100)", r"^what came back from the code's process is no"
    ),
    _body(28, "closes its connection", "import os\nos.close(3)", _ended(r"closed its connection to this server")),
    _body(
        29,
        "replaces a weight by another shape",
        "m.weight = nn.Parameter(torch.zeros(3))",
        r"shape \(3,\), it was \(32, 32\)",
    ),
    _body(30, "deletes a parameter", "if isinstance(m, nn.Linear): del m.bias", r"^the code removed 0\.bias from"),
    _body(32, "changes the dtype", "m.double()", r"dtype torch\.float64, it was torch\.float32"),
    _body(33, "writes NaN", "if isinstance(m, nn.Linear): m.weight.data.fill_(float('nan'))", None),
    _body(34, "changes the default dtype", "torch.set_default_dtype(torch.float64)", None),
    _body(35, "seeds", "torch.manual_seed(3)", None),
    _body(36, "an error that cannot be read", UNREADABLE, rf"line 4: Odd: its message cannot be read{AT}"),
    _body(
        37,
        "an error with a surrogate",
        "raise ValueError('\\ud800 is odd')",
        rf"line 2: ValueError: \\ud800 is odd{AT}",
    ),
    _body(
        37,
        "an error of a megabyte",
        "raise ValueError('long ' * 200_000)",
        rf"line 2: ValueError: (long )+l?o?n?g?…{AT}",
    ),
    _body(37, "an error in colors", "raise ValueError('\\x1b[31mred\\x1b[0m')", rf"line 2: ValueError: red{AT}"),
    _body(37, "an error in HTML", "raise ValueError('<b>bold</b>')", rf"line 2: ValueError: <b>bold</b>{AT}"),
    _body(38, "imports scipy", "import scipy.stats\nscipy.stats.norm.pdf(0.0)", None),
    _body(
        38,
        "imports what is not there",
        "import sqlite3",
        r"line 2: .*sqlite3 is not available to isolated code; torch, numpy",
    ),
    _body(39, "asks for 64 threads", "torch.set_num_threads(64)\ntorch.ones(500, 500) @ torch.ones(500, 500)", None),
    Input(
        40,
        "a megabyte",
        "def my_init(m): pass\n" + "#" * 2**20,
        r"^the code has 1,048,597 characters, more than 20,000",
    ),
    Input(
        40, "nested without end", "x = " + "(" * 5000 + ")" * 5000, r"^line 1: SyntaxError: too many nested parentheses"
    ),
    Input(
        41, "a NUL byte", "def my_init(m):\n    pass\0", r"^the code holds the character \\u0000, which no program can"
    ),
    Input(
        41,
        "a surrogate",
        "def my_init(m):\n    '\ud800'",
        r"^the code holds the character \\ud800, which no program can",
    ),
    Input(42, "names beyond ASCII", "def größe(m):\n    für = '重み'; print(für)", None),
)
