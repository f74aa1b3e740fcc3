"""What all our pages have: a table of contents, heads of columns that explain themselves, sorting.

Knows headings, figures and files, and nothing of a study; each works without a script, sorting
aside.
"""

__all__ = ["contents", "explained", "names", "numbers", "paper", "render", "scripts", "signing"]
