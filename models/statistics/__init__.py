"""The table of figures, what computes them, floors, and matching; on arrays alone.

Knows no files, no database, and not what a code or an option means.
"""

__all__ = [
    "across_groups",
    "by_item",
    "comparison",
    "contrasts",
    "described",
    "figure_table",
    "figures",
    "floors",
    "groups",
    "individual",
    "inference",
    "kinds",
    "matching",
    "metrics",
    "paired",
    "quotas",
    "readings",
    "reliability",
    "scale_scores",
]
