"""What a submission finds out about pools: life stories in files, read a row at a time, freed of
repeats, with what they say of traits; and whose traits prime stories.

Knows nothing of databases; how a story is told and polled is in `models/pools/`.
"""

__all__ = ["imported_stories", "primed_stories"]
