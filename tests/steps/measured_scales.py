"""Scales of the small study."""

SCALES = {"spending": ["roads", "-parks"], "voting": ["parks", "vote"]}
