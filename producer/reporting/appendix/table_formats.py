"""A paper's table as LaTeX, as Markdown, and as CSV; for Word it is in `word_table.py`.

People read the digits that the report's page has; CSV has every digit, for programs.
"""

import csv
import io
from collections.abc import Callable, Iterator

from anthology.models.runtime.spreadsheets import harmless
from anthology.producer.reporting.appendix.markdown import plain
from anthology.producer.reporting.appendix.paper_table import Cell, Line, PaperTable
from anthology.producer.reporting.appendix.table_columns import Column

MINUS = "−"
# In points: the text of an article, between two columns, a sign of values and one of what is below.
ROOM, GAP, SIGN, SMALL_SIGN = 345, 8, 4.6, 3.8
# In lines of a row: an article's page without caption, what a part has besides its rows, and how
# many signs of the notes make one.
PAGE, FRAME, NOTE = 42, 4, 90
NOTHING = "–"

Shown = tuple[str, str]  # a value, and what says how sure it is
Row = tuple[str | None, list[Shown]]  # its kind and cells; None where a group of rows begins
Tabular = tuple[list[int], list[Row]]  # the places of its columns, and its rows

# What LaTeX would obey, and signs of figures that its usual fonts have in mathematics alone.
_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    MINUS: "$-$", "±": r"$\pm$", "α": r"$\alpha$", "κ": r"$\kappa$", "ω": r"$\omega$",
    "²": "$^{2}$", "‖": r"$\|$", "×": r"$\times$", "Δ": r"$\Delta$", "…": r"\dots{}",
})  # fmt: skip


def latex(table: PaperTable) -> str:
    """For the package booktabs. Every column of figures is centred, with intervals below values;
    columns that the text of an article in one column has no room for stand in a further part, and
    what a page has no room for in a further table of the same number."""
    return "\n".join(_latex(table)) + "\n"


def _latex(table: PaperTable) -> Iterator[str]:
    yield "% \\usepackage{booktabs}"
    head, rows = heads(table), list(shown_rows(table))
    parts = parts_of(head, rows, ROOM)
    notes = sum(len(note) for note in table.notes) // NOTE + 1
    pages = _pages(parts, rows, notes)
    for page, tabulars in enumerate(pages, start=1):
        yield "\\begin{table}"
        yield "\\centering"
        if page > 1:
            yield "\\addtocounter{table}{-1}"
        yield f"\\caption{{{_tex(table.title)}{' (continued)' if page > 1 else ''}}}"
        yield f"\\small\\setlength{{\\tabcolsep}}{{{GAP / 2:g}pt}}"
        for places, some in tabulars:
            yield from _tabular([head[n] for n in places], places, some)
        if page == len(pages):
            said = " ".join(_tex(note) for note in table.notes)
            yield f"\\footnotesize\\raggedright {said}\\par"
        yield "\\end{table}"


def _pages(parts: list[list[int]], rows: list[Row], notes: int) -> list[list[Tabular]]:
    """What stands on each page: as many parts below each other as there is room for, or some of
    the rows of one that is longer than a page; on the last one there is room for so many lines."""
    pages: list[list[Tabular]] = [[]]
    left = PAGE
    for places in parts:
        some: list[Row] = []
        height = _height(places, rows)
        if height > left and pages[-1]:
            pages.append([])
            left = PAGE
        for row in rows:
            if some and _height(places, [*some, row]) > left:
                ended = some if some[-1][0] is not None else some[:-1]  # a group begins overleaf
                pages[-1].append((places, ended))
                pages.append([])
                some, left = [], PAGE
            some.append(row)
        pages[-1].append((places, some))
        left -= _height(places, some)
    if left < notes:
        pages.append([pages[-1].pop()] if len(pages[-1]) > 1 else [])
    return pages


def _height(places: list[int], rows: list[Row]) -> int:
    """In lines."""
    sure = (any(cells[n][1] for n in places) for kind, cells in rows if kind is not None)
    return FRAME + sum(2 if below else 1 for below in sure)


def _tabular(head: list[str], places: list[int], rows: list[Row]) -> Iterator[str]:
    """The columns at these places."""
    yield f"\\begin{{tabular}}{{@{{}}lr{'c' * (len(places) - 2)}@{{}}}}"
    yield "\\toprule"
    yield _tex_row([_tex(title) if title != "n" else "$n$" for title in head])
    if rows[0][0] is not None:
        yield "\\midrule"
    for kind, cells in rows:
        if kind is None:
            yield "\\midrule"
            continue
        shown = [cells[n] for n in places]
        yield _tex_row([_tex(value) for value, _ in shown])
        if any(sure for _, sure in shown):
            yield _tex_row([f"\\footnotesize {_tex(sure)}" if sure else "" for _, sure in shown])
    yield "\\bottomrule"
    yield "\\end{tabular}"
    yield ""
    yield "\\medskip"


def parts_of(head: list[str], rows: list[Row], room: float) -> list[list[int]]:
    """The places of columns that fit beside each other into so many points: name and n in each
    part."""
    widths = widths_of(head, rows)
    room, used = room - sum(widths[:2]) + GAP, 0.0
    parts = [[0, 1]]
    for n, width in enumerate(widths[2:], start=2):
        if len(parts[-1]) > 2 and used + width > room:
            parts.append([0, 1])
            used = 0.0
        parts[-1].append(n)
        used += width
    return parts


def widths_of(head: list[str], rows: list[Row]) -> list[float]:
    """In points, in the small print of LaTeX, with what is between two columns."""
    cells = [[(title, "") for title in head], *(cells for kind, cells in rows if kind is not None)]
    return [max(map(_width, column)) + GAP for column in zip(*cells, strict=True)]


def _width(cell: Shown) -> float:
    value, sure = cell
    return max(SIGN * len(value), SMALL_SIGN * len(sure))


def _tex(text: str) -> str:
    return " ".join(text.split()).translate(_LATEX)


def _tex_row(cells: list[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def markdown(table: PaperTable) -> str:
    return "\n".join(_markdown(table)) + "\n"


def _markdown(table: PaperTable) -> Iterator[str]:
    yield f"**{plain(table.title)}**"
    yield ""
    yield _md_row(heads(table))
    yield f"|:--|{'--:|' * (1 + len(table.columns))}"
    for kind, cells in shown_rows(table):
        if kind is not None:
            yield _md_row([" ".join(filter(None, cell)) for cell in cells])
    for note in table.notes:
        yield ""
        yield plain(note)


def _md_row(cells: list[str]) -> str:
    return f"| {' | '.join(map(plain, cells))} |"


def as_csv(table: PaperTable) -> str:
    """Without notes: `kind` says what a row is of, `_low` and `_high` end 95% intervals, `_sd` is
    over splits; empty where there is none."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    header = ["kind", "name", "n"]
    for column in table.columns:
        ends = ["", *(["_low", "_high"] if column.interval else [])]
        ends += ["_sd"] if column.deviation else []
        header += [f"{column.name}{end}" for end in ends]
    writer.writerow(header)
    for line in table.lines:
        known: dict[str, float | None] = {}
        for column, cell in zip(table.columns, line.cells, strict=True):
            told = {"": cell.value, "_low": cell.low, "_high": cell.high, "_sd": cell.deviation}
            known |= {f"{column.name}{end}": value for end, value in told.items()}
        figures = [known[name] for name in header[3:]]
        writer.writerow([line.kind, harmless(line.name), line.n, *figures])
    return file.getvalue()


FORMATS: dict[str, Callable[[PaperTable], str]] = {"latex": latex, "csv": as_csv, "md": markdown}


# --- for people -----------------------------------------------------------------------------------


def heads(table: PaperTable) -> list[str]:
    return ["Condition", "n", *(column.title for column in table.columns)]


def shown_rows(table: PaperTable) -> Iterator[Row]:
    """The kind and the cells of every line; one of no kind where conditions, or floors, begin."""
    before: bool | None = None
    for line in table.lines:
        if (line.kind == "condition") is not before:
            before = line.kind == "condition"
            yield None, []
        yield line.kind, _cells(table, line)


def _cells(table: PaperTable, line: Line) -> list[Shown]:
    cells = zip(line.cells, table.columns, strict=True)
    found = [_cell(cell, column) for cell, column in cells]
    return [(line.name, ""), (f"{line.n:,}", ""), *found]


def _cell(cell: Cell, column: Column) -> Shown:
    """With its interval or, of a floor, its deviation."""
    if cell.value is None:
        return NOTHING, ""
    shown, sure = _number(cell.value, column), ""
    if cell.low is not None and cell.high is not None:
        sure = f"[{_number(cell.low, column)}, {_number(cell.high, column)}]"
    elif cell.deviation is not None:
        sure = f"± {_number(cell.deviation, column)}"
    return shown, sure


def _number(value: float, column: Column) -> str:
    return f"{value:z,.{column.digits}f}".replace("-", MINUS)
