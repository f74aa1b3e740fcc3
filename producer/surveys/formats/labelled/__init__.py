"""Files that bring their labels along: SPSS, Stata, R; wordings, value labels, declared missing.

Knows nothing of what columns and codes mean.
"""

__all__ = ["read_labelled", "read_r"]
