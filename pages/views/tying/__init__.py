"""The views of the Tying page, a file each: only the one that is open is computed."""
