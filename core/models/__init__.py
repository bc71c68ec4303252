"""The models: one ordinary file each, and `catalog`, which lists them without importing torch."""
