"""Operator's files that change torch or Python for everybody, with what is said of each: one table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A file's text, and how what was undone begins, after the file's name; "" where that is nothing."""

    text: str
    said: str


#: What every file ends with, so that there is an init in it.
INIT = "\nimport torch\ndef init(m):\n    if hasattr(m, 'weight'): torch.nn.init.ones_(m.weight)\n"
_T, _O, _S = "import torch\n", "import os\n", "import sys\n"
_FORWARD = "torch.nn.modules.module.register_module_{}hook(lambda *_: None)"
_LISTENERS = "changes the listeners to every torch module and optimizer"
_PARAMETERS = "torch.optim.optimizer.register_optimizer_step_pre_hook(lambda *_: None)"

UNDONE = (
    Change(f"{_T}torch.set_default_dtype(torch.float64)", "changes torch's default dtype to torch.float64"),
    Change(f"{_T}torch.set_default_tensor_type('torch.HalfTensor')", "changes torch's default dtype to torch.float16"),
    Change(f"{_T}torch.set_default_device('meta')", "changes torch's default device to meta"),
    Change(f"{_T}torch.device('meta').__enter__()", "changes torch's default device to meta"),
    Change(f"{_T}torch.set_grad_enabled(False)", "changes torch's gradient mode to False"),
    Change(f"{_T}torch.no_grad().__enter__()", "changes torch's gradient mode to False"),
    Change(f"{_T}mode = torch.inference_mode()\nmode.__enter__()", "changes torch's inference mode to True"),
    Change(f"{_T}torch.set_num_threads(torch.get_num_threads() + 1)", "changes torch's number of threads"),
    Change(f"{_T}torch.use_deterministic_algorithms(True)", "changes torch's choice of deterministic algorithms"),
    Change(f"{_T}torch.set_float32_matmul_precision('medium')", "changes torch's precision of matrix products"),
    Change(f"{_T}torch.set_flush_denormal(True)", "changes torch's treatment of tiny numbers to False"),
    Change(f"{_T}torch.set_printoptions(precision=9)", "changes torch's print options"),
    Change(f"{_T}torch.set_autocast_enabled('cpu', True)", "changes torch's autocast"),
    Change(f"{_T}torch.autograd.set_detect_anomaly(True)", "changes torch's detection of anomalies to True"),
    Change(f"{_T}torch.backends.mkldnn.enabled = False", "changes torch's use of oneDNN to False"),
    Change(f"{_T}torch.backends.mha.set_fastpath_enabled(False)", "changes torch's fast path of attention to False"),
    Change(f"{_T}torch.__future__.set_swap_module_params_on_conversion(True)", "changes how torch converts modules"),
    Change(f"{_T}torch.overrides.TorchFunctionMode().__enter__()", "changes torch's modes of tensor functions"),
    Change(
        f"{_T}torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x).__enter__()",
        "changes the hooks of saved tensors",
    ),
    Change(
        f"{_T}import warnings\nlibrary = torch.library.Library('aten', 'IMPL')\nwith warnings.catch_warnings():\n"
        "    warnings.simplefilter('ignore')\n    library.impl('normal_', lambda x, *_, **__: x, 'CPU')",
        "changes torch's own operators",
    ),
    *(
        Change(f"{_T}{_FORWARD.format(kind)}", _LISTENERS)
        for kind in ("forward_", "forward_pre_", "full_backward_", "parameter_registration_", "buffer_registration_")
    ),
    Change(f"{_T}from torch.optim.optimizer import register_optimizer_step_pre_hook as r\nr(print)", _LISTENERS),
    Change(f"{_T}torch.nn.init.normal_ = torch.nn.init.zeros_", "replaces torch.nn.init.normal_"),
    Change(f"{_T}torch.nn.init.uniform_.__defaults__ = (5.0, 6.0, None)", "replaces torch.nn.init.uniform_"),
    Change(f"{_T}torch.nn.init.ones_.__code__ = torch.nn.init.zeros_.__code__", "replaces torch.nn.init.ones_"),
    Change(
        f"{_T}import functools\nold = torch.nn.init.zeros_\n@functools.wraps(old)\ndef new(w): return w\n"
        "torch.nn.init.zeros_ = new",
        "replaces torch.nn.init.zeros_",
    ),
    Change(f"{_T}del torch.nn.init.zeros_", "replaces torch.nn.init.zeros_"),
    Change(f"{_T}torch.nn.init.float = int", "replaces torch.nn.init.float"),
    Change(f"{_T}torch.nn.Linear = torch.nn.Bilinear", "replaces torch.nn.Linear"),
    Change(
        f"{_T}torch.nn.Linear.reset_parameters = lambda self: None",
        "replaces torch.nn.modules.linear.Linear.reset_parameters",
    ),
    Change(f"{_T}torch.nn.Linear.apply = lambda self, f: self", "replaces torch.nn.modules.linear.Linear.apply"),
    Change(f"{_T}torch.Tensor.normal_ = lambda self, *_, **__: self", "replaces torch.Tensor.normal_"),
    Change(f"{_T}torch.randn = torch.zeros", "replaces torch.randn"),
    Change(f"{_T}torch.float32 = torch.float64", "replaces torch.float32"),
    Change(f"{_T}torch.nn.functional.linear = None", "replaces torch.nn.functional.linear"),
    Change(
        "import torch.nn.init as i\ni.normal_ = i.uniform_ = i.ones_ = i.zeros_ = i.eye_ = i.dirac_ = None",
        "replaces torch.nn.init.dirac_, torch.nn.init.eye_, torch.nn.init.normal_, torch.nn.init.ones_ and 2 more",
    ),
    Change("import math\nmath.pi = 3", "replaces math.pi"),
    Change("import random\nrandom.gauss = None", "replaces random.gauss"),
    Change("import numpy\nnumpy.zeros = numpy.ones", "replaces numpy.zeros"),
    Change("import numpy\nnumpy.random.normal = None", "replaces numpy.random.normal"),
    Change("import copy\ncopy.deepcopy = copy.copy", "replaces copy.deepcopy"),
    Change("import json\njson.dumps = str", "replaces json.dumps"),
    Change(
        "import builtins\nbuiltins.len = builtins.isinstance = builtins.next = None", "replaces builtins.isinstance,"
    ),
    Change("import builtins\ndel builtins.zip", "replaces builtins.zip"),
    Change("import core.replaying.replay as r\nr.replay = None", "replaces core.replaying.replay.replay"),
    Change(
        f"{_S}import torch.nn.init\ndel sys.modules['torch.nn.init'], sys.modules['random']",
        "replaces what is in sys.modules",
    ),
    Change("import sys, types as t\nsys.modules['random'] = t.ModuleType('x')", "replaces what is in sys.modules"),
    Change(f"{_S}sys.path.clear()", "changes sys.path"),
    Change(f"{_S}sys.path = []", "changes sys.path"),
    Change(f"{_S}sys.meta_path.clear()", "changes sys.meta_path"),
    Change(f"{_S}sys.stdout = sys.stderr = None", "changes Python's standard streams"),
    Change(f"{_S}sys.excepthook = print", "replaces sys.excepthook"),
    Change(f"{_S}sys.setrecursionlimit(50_000)", "changes Python's recursion limit"),
    Change(f"{_S}sys.settrace(lambda *_: None)", "changes Python's tracing"),
    Change("import gc\n(gc.disable if gc.isenabled() else gc.enable)()", "changes Python's garbage collector to "),
    Change("import gc\ngc.set_threshold(1, 1, 1)", "changes how often garbage is collected"),
    Change("import warnings\nwarnings.simplefilter('error', BytesWarning)", "changes how warnings are treated"),
    Change("import logging\nlogging.disable()", "changes which messages are logged"),
    Change("import decimal\ndecimal.getcontext().prec = 3", "changes the context of decimal numbers"),
    Change("import numpy\nnumpy.seterr(all='raise')", "changes NumPy's treatment of errors"),
    Change("import numpy as n\nn.random.set_bit_generator(n.random.PCG64(1))", "changes NumPy's generator"),
    Change("import socket\nsocket.setdefaulttimeout(1)", "changes the default timeout of sockets"),
    Change("import copyreg, torch\ncopyreg.pickle(torch.nn.Linear, str)", "changes how Python copies objects"),
    Change("import copy\ncopy._deepcopy_dispatch.clear()", "changes how Python copies objects"),
    Change("import gc\ngc.set_debug(gc.DEBUG_COLLECTABLE)", "changes what the garbage collector prints"),
    Change(f"{_T}torch._C._nn.gelu = None", "replaces torch._C._nn.gelu"),
    Change(f"{_O}os.environ.clear()", "changes the environment"),
    Change(f"{_O}os.chdir('/')", "changes the working folder"),
    Change(f"{_O}os.umask(0o777)", "changes the mode of new files"),
    Change("import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)", "changes the handlers of signals"),
    Change("import signal\nsignal.alarm(600)", "sets an alarm"),
    Change("import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [15])", "changes the signals that are held back"),
    Change(
        f"{_T}import math\ntorch.set_grad_enabled(False)\ntorch.set_default_dtype(torch.float16)\nmath.tau = 6",
        "replaces math.tau and changes torch's gradient mode to False and torch's default dtype to torch.float16",
    ),
)
#: What a file does for itself, or what a library does that it imports: nothing is said.
HARMLESS = (
    Change(f"{_S}sys.path.insert(0, '/nowhere')\nsys.path = ['/nowhere either', *sys.path]", ""),
    Change(f"{_O}os.environ['MINE'] = '1'", ""),
    Change("import warnings\nwarnings.filterwarnings('ignore')", ""),
    Change("import random, numpy, torch\nrandom.seed(3); numpy.random.seed(3); torch.manual_seed(3)", ""),
    Change(f"{_T}torch.nn.Linear.mine = torch.mine = lambda self: 3", ""),
    Change(f"{_T}class Mine(torch.nn.Linear):\n    def reset_parameters(self): ...\n    apply = None", ""),
    Change(f"{_T}torch.nn.Linear(2, 2).register_forward_hook(print)", ""),
    Change(f"{_T}with torch.no_grad(), torch.device('meta'): net = torch.nn.Linear(2, 2)", ""),
    Change(
        f"{_T}net = torch.nn.Linear(2, 2)\nfor kind in (torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD):\n"
        "    kind(net.parameters(), lr=0.1).step()",
        "",
    ),
    Change("import asyncio, sqlite3, unittest, multiprocessing", ""),
    Change(f"{_T}import torch.fx, torch.onnx, torch._dynamo\ntorch.compile(torch.nn.Linear(2, 2))", ""),
    Change("library = __import__('torch').library.Library('mine', 'DEF')\nlibrary.define('f(Tensor x) -> Tensor')", ""),
    Change("import copyreg\nclass Mine: ...\ncopyreg.pickle(Mine, str)", ""),
    Change("import logging, atexit\nlogging.basicConfig(level=10)\natexit.register(print)", ""),
)
#: Files that would end or harm the process that imports them: refused after a trial, with a sentence that matches.
ENDING = {
    "exits.py": ("import os; os._exit(0)", "ends the process that imports it with status 0"),
    "exits_with_3.py": ("import os; os._exit(3)", "ends the process that imports it with status 3"),
    "closes.py": (
        "import os; os.closerange(0, 4096)",
        r"closes files that it has not opened \(0\)",
    ),
    "closes_one.py": (
        f"{_S}sys.__stdout__.close()\nos = __import__('os'); os.close(1)",
        "closes files|cannot be imported",
    ),
    "alarms.py": ("import signal, time\nsignal.setitimer(0, 0.1)\ntime.sleep(9)", r"crashes .* \(signal 14\)"),
    "kills.py": ("import os; os.kill(0, 9)", r"crashes the process that imports it \(signal 9\)"),
    "aborts.py": ("import os; os.abort()", r"crashes the process that imports it \(signal 6\)"),
    "crashes.py": ("import ctypes; ctypes.string_at(0)", r"crashes the process that imports it \(signal 11\)"),
    "forks.py": ("import os, time\nif not os.fork(): time.sleep(60)", "leaves a process running when it is imported"),
    "forks_on.py": ("import os\nos.fork()", "leaves a process running when it is imported"),
    "runs.py": ("import subprocess\nsubprocess.Popen(['sleep', '60'])", "leaves a process running when it is imported"),
    "threads.py": (
        "import threading as t, time\nt.Thread(target=time.sleep, args=(60,)).start()",
        "starts a thread",
    ),
    "watches.py": ("import faulthandler as f, sys; f.dump_traceback_later(60, file=sys.__stderr__)", "starts a thread"),
    "limits.py": (
        "import resource as r\nr.setrlimit(r.RLIMIT_NPROC, (7, 7)) or r.setrlimit(r.RLIMIT_CPU, (9, 9))",
        "changes the limits of the process",
    ),
    "at_fork.py": ("import os\nos.register_at_fork(after_in_child=lambda: os._exit(0))", r"os\.register_at_fork"),
    "raises.py": ("import builtins\nbuiltins.len = builtins.str = None\n1 / 0", "raises.py line 3: ZeroDivisionError"),
}
