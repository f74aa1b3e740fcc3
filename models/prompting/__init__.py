"""A conversation with one virtual person: as turns, as text, as tokens, in which order.

Knows nothing of jobs, databases or engines.
"""

__all__ = ["chat", "conversation", "orders", "prompts", "rendering"]
