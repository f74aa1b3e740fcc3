"""Steers what was submitted: cancel, pause, resume, retry.

Workers notice by themselves; nobody here talks to them.
"""

__all__ = ["retrying", "steering"]
