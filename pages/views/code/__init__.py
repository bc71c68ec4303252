"""The two editors of the Code page, and the report on a run."""
