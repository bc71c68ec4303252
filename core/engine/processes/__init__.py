"""How the processes that hold models begin, are told what to do, and end: forked from a zygote, or spawned."""
