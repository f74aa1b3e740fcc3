"""What people score on the sides of a comparison, and the differences that this makes, of the
humans and of every condition.

Knows no formula, and not how comparisons are spelled in a study file.
"""

__all__ = ["differences", "scores"]
