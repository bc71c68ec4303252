"""Models of other people's, built from their configs: a correct model is never called wrong."""
