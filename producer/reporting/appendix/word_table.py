"""A paper's table as a document for Word, in the manner of the American Psychological Association:
number and title above, rules only across, the note below.

The only file that knows python-docx.
"""

import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from anthology.models.runtime.file_writing import (
    drafts_in,
    explained,
    make_folder,
    publish,
    refuse_others,
)
from anthology.producer.reporting.appendix.paper_table import PaperTable
from anthology.producer.reporting.appendix.table_formats import (
    Row,
    heads,
    parts_of,
    shown_rows,
    widths_of,
)

FONT, TEXT, SMALL = "Times New Roman", 10, 9  # points
SHORT, LONG, MARGIN = Mm(210), Mm(297), Mm(25)  # A4
LARGER = 1.12  # than the small print that widths are counted in
THICK, THIN = 8, 4  # of rules, in eighths of a point
_ALIGNED = {0: WD_ALIGN_PARAGRAPH.LEFT, 1: WD_ALIGN_PARAGRAPH.RIGHT}  # figures are centred
WRITTEN = "written by Anthology:"
# What XML cannot hold.
_OTHERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_word(table: PaperTable, path: Path, *, force: bool = False) -> None:
    """Writes the document, replacing an earlier one of the study's in one step. Raises `InputError`
    for any other in its place, also for one that was changed in Word, unless `force`."""

    def is_ours(file: Path) -> bool:
        return _is_signed(file, table.study)

    with explained(path, "file"):
        refuse_others([path], is_ours, force)
        document = _document(table)
        _sign(document, table)
        make_folder(path.parent)
        with drafts_in(path.parent) as folder:
            draft = folder / path.name
            document.save(str(draft))
            refuse_others([path], is_ours, force)
            publish({draft: path})


def _document(table: PaperTable) -> Document:
    document = docx.Document()
    _set_font(document)
    head, rows = heads(table), list(shown_rows(table))
    widths, parts = widths_of(head, rows), _parts_on_page(document, head, rows)
    _write_caption(document, table.title)
    for number, places in enumerate(parts):
        if number:
            document.add_paragraph()  # tables without one between them are one to Word
        part = _add_part(document, [head[n] for n in places], places, rows)
        _set_widths(part, [LARGER * widths[n] for n in places])
        _describe(part, table.title)
    note = document.add_paragraph()
    note.paragraph_format.space_before = Pt(4)
    note.add_run("Note. ").italic = True
    note.add_run(_plain(" ".join(table.notes)))
    return document


def _set_font(document: Document) -> None:
    """Of all text that no other is said of; one line is as high as its letters."""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(TEXT)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(0), 1.0
    caption = document.styles["Caption"].font
    caption.name, caption.size, caption.bold = FONT, Pt(TEXT), False
    caption.color.rgb = RGBColor(0, 0, 0)


def _parts_on_page(document: Document, head: list[str], rows: list[Row]) -> list[list[int]]:
    """The columns that stand beside each other; a page lies on its side where that takes fewer
    parts."""

    def parts(width: int) -> list[list[int]]:
        return parts_of(head, rows, (width - 2 * MARGIN) / Pt(1) / LARGER)

    section, upright, lying = document.sections[0], parts(SHORT), parts(LONG)
    section.page_width, section.page_height = SHORT, LONG
    if len(lying) < len(upright):
        section.page_width, section.page_height = LONG, SHORT
        section.orientation = WD_ORIENT.LANDSCAPE
    section.left_margin = section.right_margin = MARGIN
    section.top_margin = section.bottom_margin = MARGIN
    return lying if len(lying) < len(upright) else upright


def _write_caption(document: Document, title: str) -> None:
    """Its number is a field, so that Word counts it among the tables of the text it is pasted to,
    and lists it."""
    caption = document.add_paragraph(style="Caption")
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_after = Pt(6)
    caption.add_run("Table ").bold = True
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), r" SEQ Table \* ARABIC ")
    number = caption.add_run("1")
    number.bold = True
    field.append(number._r)
    caption._p.append(field)
    caption.add_run().add_break()
    caption.add_run(_plain(title)).italic = True


def _add_part(document: Document, head: list[str], places: list[int], rows: list[Row]) -> Table:
    lines = [[cells[n] for n in places] for kind, cells in rows if kind is not None]
    table: Table = document.add_table(rows=1 + len(lines), cols=len(places))
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    first, *others = table.rows
    _repeat(first)
    for column, (cell, text) in enumerate(zip(first.cells, head, strict=True)):
        _write(cell, column, text, italic=text == "n")
        _rule(cell, top=THICK, bottom=THIN)
    begins = _first_of_groups(rows)
    for line, (row, cells) in enumerate(zip(others, lines, strict=True)):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for column, (cell, (value, sure)) in enumerate(zip(row.cells, cells, strict=True)):
            _write(cell, column, value, sure)
            last = line == len(lines) - 1
            _rule(cell, top=THIN if line in begins else 0, bottom=THICK if last else 0)
    return table


def _first_of_groups(rows: list[Row]) -> set[int]:
    """Which lines have a rule above: the first of the humans'; that of the head is there."""
    found, line = set(), 0
    for kind, _ in rows:
        if kind is None:
            found.add(line)
        else:
            line += 1
    return found - {0}


def _write(cell: _Cell, column: int, text: str, below: str = "", *, italic: bool = False) -> None:
    """A value, and in small print below it how sure it is."""
    aligned = _ALIGNED.get(column, WD_ALIGN_PARAGRAPH.CENTER)
    _add_to(cell.paragraphs[0], text, TEXT, aligned).italic = italic or None
    if below:
        kept = below.replace(" ", "\N{NO-BREAK SPACE}")
        _add_to(cell.add_paragraph(), kept, SMALL, aligned)


def _add_to(paragraph: Paragraph, text: str, size: int, aligned: WD_ALIGN_PARAGRAPH) -> Run:
    paragraph.alignment = aligned
    run = paragraph.add_run(_plain(text))
    run.font.size = Pt(size)
    return run


def _rule(cell: _Cell, **rules: int) -> None:
    borders = OxmlElement("w:tcBorders")
    for side, size in rules.items():
        if size:
            line = OxmlElement(f"w:{side}")
            line.set(qn("w:val"), "single")
            line.set(qn("w:sz"), str(size))
            line.set(qn("w:color"), "auto")
            borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)


def _repeat(row: _Row) -> None:
    """At the head of every page that the table goes on to."""
    told = row._tr.get_or_add_trPr()
    told.append(OxmlElement("w:cantSplit"))
    told.append(OxmlElement("w:tblHeader"))


def _set_widths(table: Table, points: list[float]) -> None:
    """Preferred ones: Word takes from them where a line has no room for all."""
    for column, width in zip(table.columns, points, strict=True):
        column.width = Pt(width)
    for row in table.rows:
        for cell, width in zip(row.cells, points, strict=True):
            cell.width = Pt(width)


def _describe(table: Table, title: str) -> None:
    """For who has the document read to them."""
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), _plain(title))
    table._tbl.tblPr.append(caption)


def _plain(text: str) -> str:
    return _OTHERS.sub("\N{REPLACEMENT CHARACTER}", text)


# --- whose a document is --------------------------------------------------------------------------


def _sign(document: Document, table: PaperTable) -> None:
    told = document.core_properties
    told.author, told.title, told.comments = "Anthology", _plain(table.title)[:255], ""
    told.created = told.modified = datetime.now(UTC).replace(tzinfo=None)
    told.identifier = _signature(document, table.study)


def _is_signed(file: Path, study: str) -> bool:
    """Whether a file is a table of the study as we wrote it."""
    try:
        found = docx.Document(str(file))
        return bool(found.core_properties.identifier == _signature(found, study))
    except OSError:
        raise
    except Exception:  # of zip, of XML, and of python-docx, by what is not as it should be
        return False


def _signature(document: Document, study: str) -> str:
    return f"{WRITTEN} {study} {sha256(document.part.blob).hexdigest()}"
