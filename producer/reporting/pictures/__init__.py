"""The report's pictures, one file a kind, on one kind of canvas.

Knows arrays and names only: no text that a model or a respondent wrote ever comes here.
"""

__all__ = ["colours", "correlations", "histograms", "inline", "rows", "specifications"]
