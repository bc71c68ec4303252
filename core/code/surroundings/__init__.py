"""What an import of a person's file may not change for everybody: torch's state, Python's, and what names mean."""
