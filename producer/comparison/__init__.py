"""Several studies beside each other: their figures, what differs between them, and which conclusion
holds in how many of them.

Computes no figure of a study; those are in `anthology.models.statistics`.
"""

__all__ = ["compared", "page", "table", "words"]
