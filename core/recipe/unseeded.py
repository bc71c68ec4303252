"""What in a person's code draws from no seed, so that every replay has other values; from its text alone."""

import re

_STARTS_ANEW = re.compile(
    r"\b(?:(?:default_rng|SeedSequence|RandomState|Random)\(\s*\)|(?:torch|random)\.seed\(\s*\)|SystemRandom\b"
    r"|urandom\(|secrets\.\w+)"
)


def unseeded(code: str) -> str:
    """The first expression that starts a stream of its own anew at each run, "" where there is none."""
    found = _STARTS_ANEW.search(code)
    return found[0] if found else ""
