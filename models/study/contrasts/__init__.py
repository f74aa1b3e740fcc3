"""`contrasts` of a study file's `measures`: which groups are compared, on what, and the comparisons
that this makes.

Knows no answers and computes nothing.
"""

__all__ = ["comparisons", "key", "stored_names"]
