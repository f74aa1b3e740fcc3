"""The study file: what a researcher writes, checked field by field, with messages for people.

Knows nothing of databases, queues or loaded models, nor how survey files are read.
"""

__all__ = [
    "arms",
    "contrasts",
    "humans",
    "measures",
    "published",
    "reading",
    "scales",
    "stages",
    "study",
    "study_file",
    "vary",
]
