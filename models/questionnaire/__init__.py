"""What is asked: questions, options and their codes, labels, and how answers are taken.

Knows nothing of whole studies, conditions or models.
"""

__all__ = [
    "codes", "misfit", "option_labels", "polling", "questionnaire", "questions", "retest",
    "routing", "style", "wording",
]  # fmt: skip
