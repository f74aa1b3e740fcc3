"""The command line `anthology`: asks the other rooms and shows what they answer.

Decides nothing; the way in is `commands.main`.
"""

__all__ = ["printing"]
