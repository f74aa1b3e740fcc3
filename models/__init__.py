"""What producer and workers agree on: a study, its prompts, its jobs, its stored answers.

On this floor is what every room may use: errors, settings, seeds. Knows neither of the two.
"""

__all__ = [
    "conditions",
    "database",
    "errors",
    "jobs",
    "language_model",
    "prompting",
    "questionnaire",
    "readout",
    "runtime",
    "seeds",
    "settings",
    "statistics",
    "study",
]
