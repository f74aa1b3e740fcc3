"""Groups of people: what figures look at in one, in a thousand resamples of it at once, and the
intervals that these give; what is said of them in words.

Knows arrays only, and not which figures there are.
"""

__all__ = ["draws", "intervals", "iterated", "moments", "profiles", "resampled", "terms", "weighed"]
