"""Differences of means between groups of people, or between two ratings of theirs, and how far two
such differences are from each other.

Knows arrays only, and not what is compared.
"""

__all__ = ["differences", "names", "terms"]
