"""Plugins import the search for the worst input of a rule from here."""

from theory.beyond.worst_case import Found, exact_ratio, search

__all__ = ["Found", "exact_ratio", "search"]
