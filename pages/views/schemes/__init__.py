"""Choosing a scheme and a place for it; schemes side by side, all in a gallery, and which one a tensor could be."""
