"""Figures as they are shown: the stored ones as rows, tables of them, what each column means.

Computes none; which figures there are is in `models/statistics/`.
"""

__all__ = [
    "contrasts",
    "paired",
    "powered_differences",
    "prediction_powered",
    "scales",
    "stored",
    "tables",
]
