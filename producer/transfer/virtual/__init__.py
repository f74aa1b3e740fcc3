"""Virtual people as a survey file: one row a person and condition, a column a question, in the
codes of the humans' file; with a codebook, and labelled for SPSS, Stata and R.

Knows what is stored and what such files can hold; which files may be replaced, `export.py` knows.
"""

__all__ = ["labelled_files", "people_table", "variable_codebook", "variables"]
