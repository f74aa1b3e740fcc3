"""`vary` of a study file: the fields that take several values, and the studies that come of it.

Knows nothing of databases: which studies have been submitted, `producer/` finds by their names.
"""

__all__ = ["grid"]
