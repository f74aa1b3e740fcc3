"""Whether the parts of a study file fit together, and at which field somebody has to change
something where they do not.

Knows no YAML: a field is named by the keys on the way to it.
"""

__all__ = ["fit"]
