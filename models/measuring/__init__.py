"""A study's figures, made of its stored answers: whoever has the database can have them anew.

One file an idea, one call each in `measuring.py`. Knows no formula, no job and no page.
"""

__all__ = ["measuring", "rows"]
