"""Human survey files: read, freed of nonresponse, drafted into a study, scored on themselves.

Knows nothing of databases, jobs or simulated people.
"""

__all__ = [
    "column_names",
    "drafting",
    "floor",
    "formats",
    "listing",
    "respondents",
    "scales",
    "stories",
    "study_files",
]
