"""One question to one virtual person: the exact prompt, and how its answer is read."""

__all__ = ["preview"]
