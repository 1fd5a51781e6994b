"""The search for the worst input of a rule, under the path that plugins import."""

from theory.beyond.worst_case import Found, exact_ratio, search

__all__ = ["Found", "exact_ratio", "search"]
