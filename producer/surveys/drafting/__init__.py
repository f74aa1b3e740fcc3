"""From a survey file to a study file: wordings, batteries, traits, and the draft they make.

Knows labels and what people would say; which codes are answers, and in which order, `scales/` says.
"""

__all__ = ["ready_studies", "study_drafts"]
