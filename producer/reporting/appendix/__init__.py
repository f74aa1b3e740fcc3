"""What a paper's appendix has of a study: published figures beside it, and a reporting checklist.

Puts together what was found; computes no figure.
"""

__all__ = ["checklist", "markdown", "published"]
