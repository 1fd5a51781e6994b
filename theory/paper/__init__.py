"""The statements of the paper, in the order of the print, and their proofs."""
