"""Numbers and pictures of one tensor: the same values as torch's, and nothing hidden by shrinking."""
