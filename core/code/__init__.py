"""A person's code, a visitor's and the operator's: found, read, run and reported on.

The operator's files are those that Paramscope was started with (`--model path/to/model.py:build --init inits.py`). They
are trusted, and imported where models live, before any worker is forked; a visitor's code runs in a jailed worker only.
"""
