"""What a study found: figures with their intervals, in plain words, as one page.

Computes no metric; those are in `anthology.models.statistics`.
"""

__all__ = [
    "appendix", "browser", "engines", "figures", "findings", "layout", "method", "page", "pictures",
    "pools", "report", "verdict",
]  # fmt: skip
