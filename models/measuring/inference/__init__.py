"""What a simulation is worth to whoever asks few humans: of means and shares of questions, and of
differences between groups.

Knows no formula.
"""

__all__ = ["differences", "labelled", "means"]
