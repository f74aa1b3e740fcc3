"""Turns a study into jobs, watches them, and shows what came of them.

Knows the workers by their jobs and their command line only.
"""

__all__ = [
    "cli", "control", "local", "monitoring", "preview", "reporting", "submission", "surveys",
    "transfer",
]  # fmt: skip

if __name__ == "producer":  # a script in the checkout that imports by the old name
    from anthology.producer.public.producer import __getattr__ as __getattr__
