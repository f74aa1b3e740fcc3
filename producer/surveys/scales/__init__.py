"""How a column's codes are read: which are answers, which nonresponse, in which order they stand.

Knows codes, labels and who gave what; nothing of file formats, studies and wordings.
"""

__all__ = ["nonresponse", "readings", "scale"]
