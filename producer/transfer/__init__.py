"""A study on its way out and in: plain tables for analysis elsewhere, archives without loss."""

__all__ = ["archive", "archive_import", "export"]
