"""From a recipe to the model it describes: each step carried out, the same bytes every time."""
