"""A study file's YAML as people write it, and what is wrong with one in words for people.

Knows the fields that it is given; what a study is, `models/study/study.py` knows.
"""

__all__ = ["validation_messages", "yaml_file"]
