"""Prediction-powered inference: what a population says, by few humans and a simulation of all, and
how many humans the simulation is worth.

Knows arrays only, and not who made the predictions.
"""

__all__ = ["differences", "jackknife", "names", "powered", "shares", "terms", "tuning", "worth"]
