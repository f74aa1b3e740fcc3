"""What a preregistration holds a study to: digests of its plan, its prompts and the code.

Reads a study file or a stored study, and writes nothing.
"""

__all__ = ["lock", "prompts"]
