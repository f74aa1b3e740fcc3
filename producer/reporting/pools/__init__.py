"""What making the personas of a study's pools showed, one file a way of making them.

Counts what is stored; knows nothing of figures and of pages.
"""

__all__ = ["interviews", "mentions", "stories"]
