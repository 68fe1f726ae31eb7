"""The screens; each shows a model and turns actions into calls of it."""
