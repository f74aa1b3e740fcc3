"""What a paper takes of a study, on stdout or in a document: the checklist, and the table."""

from pathlib import Path

from anthology.models.errors import InputError
from anthology.models.runtime import terminal

WORD = "docx"
FORMATS = ("md", "latex", "csv", WORD)


def print_checklist(study: str) -> None:
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.producer.reporting.appendix.checklist import checklist_of
    from anthology.producer.reporting.appendix.markdown import as_markdown

    terminal.line(as_markdown(checklist_of(open_to_look(Settings().database), study)).rstrip())


def print_table(
    study: str, figures: str, subgroup: str | None, format: str, out: Path | None, *, force: bool
) -> None:
    """Prints it or, for Word, writes it."""
    from anthology.producer.reporting.appendix.table_columns import asked

    names = asked(figures)  # before a database is looked for
    _refuse_place(format, out, force)
    from anthology.models.database.sessions import open_to_look
    from anthology.models.settings import Settings
    from anthology.models.statistics.figures import ALL
    from anthology.producer.reporting.appendix.paper_table import paper_table_of

    database = open_to_look(Settings().database)
    made = paper_table_of(database, study, names, ALL if subgroup is None else subgroup)
    if out is not None:
        from anthology.producer.reporting.appendix.word_table import write_word

        write_word(made, out, force=force)
        return terminal.note(f"table: {out}")
    from anthology.producer.reporting.appendix.table_formats import FORMATS as PRINTED

    terminal.line(PRINTED[format](made).rstrip("\n"))


def _refuse_place(format: str, out: Path | None, force: bool) -> None:
    """What is for Word is a file; the others are printed."""
    if format not in FORMATS:
        raise InputError(f"--format takes {', '.join(FORMATS)}, not {format!r}")
    if format != WORD and (out is not None or force):
        option = "--force" if out is None else "--out"
        raise InputError(
            f"a table as {format} is printed, so send it to a file with > and leave {option} out; "
            "a document for Word is of --format docx"
        )
    if format == WORD and out is None:
        raise InputError("--format docx is a document and no text; name its file, --out table.docx")
    if out is not None and out.suffix.lower() != f".{WORD}":
        raise InputError(f"--out names the document of --format docx, as table.docx, not {out}")
