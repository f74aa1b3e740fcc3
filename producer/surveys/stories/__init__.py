"""Files of life stories: read a row at a time, freed of repeats, with what they say of traits.

Knows nothing of databases; how a story is told and polled is `models/pools/imported.py`.
"""

__all__ = ["imported_stories"]
