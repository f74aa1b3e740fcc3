"""Survey files as their programmes write them: one reader a format, one table of codes and labels.

Knows nothing of what columns and codes mean; that is the room around it.
"""

__all__ = ["column_sets", "readers", "spelling", "survey_file", "text_files"]
