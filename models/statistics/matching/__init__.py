"""Matches respondents with personas by the weights of the pairs; on arrays alone."""

__all__ = ["edge_weights", "methods", "transport"]
