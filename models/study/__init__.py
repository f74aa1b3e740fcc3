"""The study file: what a researcher writes, validated field by field, with messages for people.

Knows nothing of databases, queues or loaded models, nor how survey files are read.
"""

__all__ = [
    "codes",
    "questionnaire",
    "questions",
    "study",
    "style",
    "validation_messages",
    "wording",
    "yaml_file",
]
