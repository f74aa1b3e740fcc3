"""What a paper has of a study: a table, published figures beside it, and a reporting checklist.

Puts together what was found; computes no figure.
"""

__all__ = [
    "checklist",
    "markdown",
    "paper_table",
    "published",
    "table_columns",
    "table_formats",
    "word_table",
]
