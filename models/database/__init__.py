"""What is stored: tables, migrations, how a database is opened, stored rows as arrays.

Knows nothing of who writes what, and when.
"""

__all__ = [
    "arrays",
    "lives",
    "migrations",
    "namespace",
    "sessions",
    "single_host",
    "study_models",
    "study_pools",
    "tables",
    "transient_errors",
]
