"""A judge for aggregation rules of any library: each is compared with the definition it cites.

``python -m cradl.conformance LIBRARY``. No library is needed: what is not installed is left out by
name. Above cradl and theory: nothing imports it, and no job runs it.
"""
