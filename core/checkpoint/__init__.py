"""Tensors in files: what a checkpoint holds, read without running it, and what differs between two states."""
