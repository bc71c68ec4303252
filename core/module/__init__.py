"""Every name of every module and tensor of a model, and what shares bytes; reads registries and runs nothing."""
