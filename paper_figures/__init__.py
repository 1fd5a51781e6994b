"""Figures of the paper and of a user's study: ``draw(data) -> Figure``, without files."""
