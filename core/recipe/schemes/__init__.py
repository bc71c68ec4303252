"""The schemes: each with its formula, options, refusals and promise, a kind a file; `table` lists all by name."""
