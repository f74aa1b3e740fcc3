"""Scales of several items: scores of people, and the figures of these, of both sides.

Knows arrays only, and no question by its name. The items one by one are beside this room.
"""

__all__ = ["estimates", "keyed", "names", "scored", "terms"]
