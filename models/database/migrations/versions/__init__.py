"""The revisions of the schema, oldest first; each is frozen and imports nothing of ours."""
