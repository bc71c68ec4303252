"""A session as one frozen value without torch: its model, seed and steps, the words of them, and the script of it."""
