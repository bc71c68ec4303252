"""The schemes, a family a file: each with its formula, its options, its refusals and what it promises."""
