"""Decide a statement: proofs, exact evaluation, symbols, small instances, exact rules."""
