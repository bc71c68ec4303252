"""What the server and its zygote say to each other: one byte, and a process id or a socket with it."""

import struct

#: From the zygote, once: it can fork.
READY = b"R"
#: With a socket, answered with a process id: a worker that serves it; one in which a stranger's code may run, so that
#: its limits are stricter; one that tells there how the self-test of its jail went.
WORKER, CODE_WORKER, TEST = b"W", b"C", b"T"
#: With a worker's process id: others go first from now on; kill it; say how it ended by itself, answered with its wait
#: status or one of the two below.
SLOW, KILL, ENDING = b"S", b"K", b"E"
UNKNOWN, RUNNING = -1, -2
#: How nice who is slowed becomes.
NICE = 10
#: Exit code of a worker that had no memory left to say so.
OUT_OF_MEMORY = 112
#: A process id or a wait status.
NUMBER = struct.Struct(">i")
