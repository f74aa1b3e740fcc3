"""Distances, reliability, floors and matching, on arrays alone.

Knows no files, no database, and not what a code or an option means.
"""

__all__ = ["comparison", "floors", "matching", "metrics"]
