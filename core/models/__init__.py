"""The nets, one file of plain torch each; `core.recipe.catalog` lists them without importing torch."""
