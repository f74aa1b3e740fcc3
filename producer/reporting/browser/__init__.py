"""A page to look through a study's personas, its data in files beside it that are loaded as needed.

Holds what the model wrote and said, and no answer of a respondent; knows nothing of figures.
"""

__all__ = ["files"]
