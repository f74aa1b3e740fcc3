"""What figures that are means over items say of each item, from the same resamples and splits; and
whether an item's distance is larger than real people's from each other.

Knows arrays only, and no formula of a figure: these are where those of the means are.
"""

__all__ = ["beyond", "estimates", "names"]
