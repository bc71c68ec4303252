"""Only Linux forks workers from a zygote and jails them: elsewhere the files about that are left out.

What remains there asks a spawned worker, or no process at all; `tests.engines.shared_zygote` skips the rest by itself.
"""

import sys

_FORKED = (
    "among_loops apart attempts code code_faults confinement descriptors faults jail late_imports pool "
    "privileges processes replay_cost replies servers sparing trial"
)
#: These ask about or change limits and descriptors, for which Windows has no module.
_NOT_ON_WINDOWS = "channel channel_faults"

collect_ignore: list[str] = []
if sys.platform != "linux":
    collect_ignore += [f"test_{topic}.py" for topic in _FORKED.split()]
if sys.platform == "win32":
    collect_ignore += [f"test_{topic}.py" for topic in _NOT_ON_WINDOWS.split()]
