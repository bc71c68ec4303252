"""The models, one ordinary file each; `core.recipe.catalog` lists them without importing torch."""
