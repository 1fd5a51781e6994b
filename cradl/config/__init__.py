"""A study: its file as written, checked, and resolved to experiments and curves."""
