"""Steers what was submitted: cancel, pause, resume, retry, measure.

Workers notice by themselves; nobody here talks to them.
"""

__all__ = ["measuring", "retrying", "steering"]
