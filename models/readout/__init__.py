"""From tokens to answers: which labels are read, their probabilities, what written words mean.

Knows nothing of engines, jobs or databases.
"""

__all__ = ["distribution", "labels", "parsing", "trie"]
