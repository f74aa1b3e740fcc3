"""Conditions beside each other: which is closer to the humans, and how sure that is.

Knows arrays only; how close each is by itself is beside this room.
"""

__all__ = ["differences", "holm", "losses"]
