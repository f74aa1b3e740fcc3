"""Submits a study: what it will cost, what is there already, what speaks against it.

The only room here that writes a study and its first jobs.
"""

__all__ = ["engine_args", "estimate", "existing", "model_folder", "submission"]
