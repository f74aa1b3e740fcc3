"""Human survey files: read, freed of nonresponse, drafted into a study, scored on themselves.

Knows nothing of databases, jobs or simulated people.
"""

__all__ = ["floor", "ready_studies", "respondents", "scales", "study_drafts", "study_files"]
