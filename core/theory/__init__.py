"""What a tensor's values should be, and whether they are.

A scheme promises what `core.recipe.schemes` says; `defaults` and `declarations` say what a module of PyTorch or a
person promises. `origins` follows a recipe to what each tensor should be; `examination` looks, `verdict` judges.
"""
