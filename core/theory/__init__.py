"""What a tensor's values should be, and whether they are.

`schemes`, `defaults` and `declarations` say what a scheme, a module of PyTorch or a person promises; `sources` follows
a recipe to what each tensor should be; `examination` looks, `verdict` judges.
"""
