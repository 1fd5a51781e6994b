"""Losses of models with many outputs, and the bounds that hold for all losses at every model."""
