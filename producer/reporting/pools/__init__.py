"""What is to be known of a study's pools: who their personas are, how their stories came out.

Counts what is stored; but for `shown`, which draws some of it, knows nothing of pages.
"""

__all__ = ["interviews", "mentions", "pools", "shown"]
