"""What a tensor's values should be, and whether they are.

`schemes` and `defaults` say what a scheme or a module of PyTorch promises, `expects` reads what a person's code
declares; `sources` follows a recipe to what each tensor should be; `examination` looks, `verdict` judges.
"""
