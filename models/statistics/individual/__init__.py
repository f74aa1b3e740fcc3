"""Simulated people beside their own humans, one by one: how near both answers are.

Knows arrays only; how near groups are to each other is beside this room.
"""

__all__ = ["estimates", "joint_tables", "pairs"]
