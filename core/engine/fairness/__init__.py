"""Who goes first: what each visitor has had lately, who is next for a place, whose turn at a processor it is."""
