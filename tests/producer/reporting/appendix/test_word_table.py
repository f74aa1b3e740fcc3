"""A table for Word, opened as a reader's programme would: cells, rules, heads and whose it is."""

import re
from dataclasses import replace

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from anthology.models.errors import InputError
from anthology.producer.reporting.appendix.paper_table import Cell, Line, PaperTable
from anthology.producer.reporting.appendix.table_columns import COLUMNS
from anthology.producer.reporting.appendix.word_table import write_word


def table(*names, conditions=("bio", "natural/greedy")):
    names = names or ("wd", "alpha")
    cells = [Cell(-0.0125, -0.5, 0.25) for _ in names]
    floor = [Cell(0.01, deviation=0.002), *(Cell() for _ in names[1:])]
    lines = [Line("condition", name, 1200, cells) for name in conditions]
    lines.append(Line("floor", "Two halves of the humans", 300, floor))
    return PaperTable("s", "Study s: a title", [COLUMNS[name] for name in names], lines,
                      ["n: people.", "In brackets 95% intervals."])  # fmt: skip


def written(made, folder):
    write_word(made, folder / "new" / "a.docx")
    return docx.Document(str(folder / "new" / "a.docx"))


def rules(cell):
    borders = cell._tc.tcPr.find(qn("w:tcBorders"))
    return {line.tag.split("}")[1] for line in borders}


def test_a_row_a_condition_with_intervals_below_values(tmp_path):
    [found] = written(table(), tmp_path).tables
    interval = "[−0.500,\N{NO-BREAK SPACE}0.250]"
    assert [[cell.text for cell in row.cells] for row in found.rows] == [
        ["Condition", "n", "WD", "α"],
        ["bio", "1,200", f"−0.013\n{interval}", "−0.01\n[−0.50,\N{NO-BREAK SPACE}0.25]"],
        ["natural/greedy", "1,200", f"−0.013\n{interval}", "−0.01\n[−0.50,\N{NO-BREAK SPACE}0.25]"],
        ["Two halves of the humans", "300", "0.010\n±\N{NO-BREAK SPACE}0.002", "–"],
    ]
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in found.rows] == [
        True, False, False, False,
    ]  # fmt: skip


def test_rules_stand_above_and_below_the_head_before_the_humans_and_at_the_end(tmp_path):
    [found] = written(table(), tmp_path).tables
    for row, there in zip(found.rows, (["top", "bottom"], [], [], ["top", "bottom"]), strict=True):
        assert [rules(cell) for cell in row.cells] == [set(there)] * 4


def test_the_caption_is_counted_by_word_and_the_note_stands_below(tmp_path):
    found = written(table(), tmp_path)
    caption, *_, note = found.paragraphs
    assert caption.style.name == "Caption"
    assert "".join(one.text for one in caption._p.iter(qn("w:t"))) == "Table 1Study s: a title"
    assert "SEQ Table" in caption._p.find(qn("w:fldSimple")).get(qn("w:instr"))
    assert note.text == "Note. n: people. In brackets 95% intervals."


def test_a_wide_table_lies_on_its_side_and_a_wider_one_has_parts(tmp_path):
    narrow = written(table(), tmp_path)
    wide = written(table(*list(COLUMNS)[:6]), tmp_path)
    wider = written(table(*COLUMNS), tmp_path)
    assert [one.sections[0].orientation for one in (narrow, wide, wider)] == [
        WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.LANDSCAPE,
    ]  # fmt: skip
    assert [len(one.tables) for one in (narrow, wide)] == [1, 1]
    heads = [[cell.text for cell in part.rows[0].cells] for part in wider.tables]
    assert all(head[:2] == ["Condition", "n"] for head in heads)
    assert [title for head in heads for title in head[2:]] == [
        one.title for one in COLUMNS.values()
    ]
    section = wide.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    assert section.page_width > section.page_height
    for part in (*narrow.tables, *wide.tables, *wider.tables):
        assert sum(column.width for column in part.columns) <= room


def test_what_xml_cannot_hold_is_replaced(tmp_path):
    made = table(conditions=["a \x00\ud800\ufffe < & b"])
    [found] = written(made, tmp_path).tables
    assert found.cell(1, 0).text == "a \ufffd\ufffd\ufffd < & b"


def test_a_document_is_replaced_by_its_study_alone_and_not_once_changed(tmp_path):
    file = tmp_path / "new" / "a.docx"
    written(table(), tmp_path)
    assert len(written(table("wd"), tmp_path).tables[0].columns) == 3
    with pytest.raises(InputError, match="is not what this command wrote there before"):
        write_word(replace(table(), study="other"), file)
    changed = docx.Document(str(file))
    changed.paragraphs[-1].add_run("My own words.")
    changed.save(str(file))
    with pytest.raises(InputError, match=re.escape("replace it with --force")):
        write_word(table(), file)
    write_word(table(), file, force=True)
    file.write_bytes(b"PK no document")
    with pytest.raises(InputError, match="is not what this command wrote"):
        write_word(table(), file)
