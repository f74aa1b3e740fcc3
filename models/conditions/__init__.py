"""Ways of conditioning a model on one virtual person: one file each, beside one base.

A new one is a file here and a line in `registry.py`. Knows nothing of jobs, databases or engines,
nor of whole studies.
"""

__all__ = ["base", "registry"]
