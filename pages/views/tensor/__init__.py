"""A tensor as a card, large, and with its theory."""
