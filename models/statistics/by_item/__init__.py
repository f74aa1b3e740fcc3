"""What figures that are means over items say of each item, from the same resamples and splits.

Knows arrays only, and no formula: these are where those of the means are.
"""

__all__ = ["estimates", "names"]
