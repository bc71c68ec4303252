"""How each question of `core.questions` is answered from two models, a topic a file."""
