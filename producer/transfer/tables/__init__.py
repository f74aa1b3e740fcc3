"""What a study's export holds, as tables that are read row by row: people, answers, figures.

Knows what is stored; not into which files it is written, nor who is asked to write them.
"""

__all__ = ["answers", "base", "people", "tables"]
