"""The parts of the Edit page: the formula, and the table of values."""
