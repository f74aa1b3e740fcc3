"""Where a study is: what is done, what is left, how fast it goes, who works for it.

Only looks.
"""

__all__ = ["active_time", "lookup", "named", "progress", "servers", "status_lines", "waiting"]
