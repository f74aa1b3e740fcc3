"""The report's page: complete, escaped, self-contained, and it shows what there is to know."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from finished_study import ENGINE, FORMULA, fill, full_study, small_study, some_humans
from pages import sections
from spoilt_studies import change
from sqlalchemy import delete, update
from sqlmodel import col

from anthology.models.database.sessions import open_database, reading
from anthology.models.database.tables import Answer, EngineRow, Metric, StudyRow
from anthology.models.statistics.figures import MAIN, MORE
from anthology.models.study.study import Study
from anthology.producer.reporting.figures.tables import MARKED, tables
from anthology.producer.reporting.findings import findings
from anthology.producer.reporting.layout.scripts import script
from anthology.producer.reporting.report import write_report
from anthology.producer.reporting.response_profiles import response_profiles
from anthology.producer.reporting.verdict import flags

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects tags, attributes and text of the sections, and insists that tags close in order."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self._text, self._open = set(), [], [], []
        self.feed(sections(html))
        self.close()
        assert not self._open, f"left open: {self._open}"

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self._text))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] not in ("style", "script"):
            self._text.append(data)


def test_the_page_parses_and_shows_every_part(html):
    page = Page(html)
    assert re.search(r"Closest to the humans: natural/\w+, WD \d\.\d{3} \[\d", page.text)
    for heading in ("How close each condition came", "question by question", "hang together",
                    "Did the model answer", "matched with", "Three of the personas",
                    "How answers were read", "How it was run", "The study’s settings"):  # fmt: skip
        assert heading in page.text
    assert html.count('<h3 dir="auto">gender = Male</h3>') == 1


def test_all_figures_but_the_main_ones_stand_by_family_in_a_table_of_their_own(html):
    main, more = sections(html).split("<summary>More figures</summary>")[:2]
    heads = re.findall(r"<th>([^<]+)</th>", main.split("<thead>")[1].split("</thead>")[0])
    assert heads[:10] == ["Condition", "n", *(figure.symbol for figure in MAIN)]
    more = more.split("</details>")[0]
    families = re.findall(r"<h3>(\w+)</h3>", more)
    assert families == ["Marginal", "Spread", "Structure", "Individual"]
    for figure in MORE:
        if figure.name == "omega":  # of two ordered questions there is none, so no table either
            continue
        assert f"<th>{figure.symbol}</th>" in more
        assert f"<dt>{figure.symbol}</dt>" in more
    assert re.search(r'<td class="best">[\d.]+', more)
    assert more.count("Two halves of the humans") == 3, "individual figures have no floor"
    assert html.count("<summary>More figures</summary>") > 1, "of subgroups, too"


def test_a_study_that_was_measured_before_there_were_so_many_figures_has_a_report(own, tmp_path):
    new = {name for figure in MORE for name in (
        figure.name, f"{figure.name}_drawn", f"{figure.name}_sd", f"{figure.name}_of_retest"
    )}  # fmt: skip
    change(own, delete(Metric).where(col(Metric.name).in_(new)))
    found = findings(own, "small")
    assert found["rows"][0]["wd"] is not None
    assert found["rows"][0]["js"] is found["rows"][0]["js_low"] is found["floor"]["js"] is None
    assert found["rows"][0]["agreement_chance"] is None
    shown = write_report(own, "small", tmp_path / "old").read_text(encoding="utf-8")
    Page(shown)
    assert "More figures" not in shown


def test_of_single_figures_that_were_not_measured_there_are_dashes(own, tmp_path):
    change(own, delete(Metric).where(col(Metric.name).in_(["js", "js_drawn", "js_sd"])))
    shown = write_report(own, "small", tmp_path / "old").read_text(encoding="utf-8")
    Page(shown)
    assert "<td>–</td>" in shown.split("<summary>More figures</summary>")[1].split("</table>")[0]


def test_hostile_text_is_shown_and_never_markup(html):
    page = Page(html)
    assert not page.tags & {"iframe", "b_", "object", "base", "form", "link", "img"}
    [ours] = re.findall(r"<script.*?</script>", html, re.DOTALL)
    assert ours == script("tables.js").element
    assert "<script>alert(1)</script>" in page.text
    assert '"Zoë"' in page.text
    assert "{{ 7*7 }} {% raw %}" in page.text
    assert "\u202eright to left\u202c שלום 😀" in page.text
    assert "<b>R&D</b> </td></style>" in page.text
    assert "Too much & too little <i>spending</i>?" in page.text
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_text_of_strangers_sets_its_own_direction(html):
    quotes = re.findall(r"<blockquote([^>]*)>", html)
    assert len(quotes) > 3  # of matched personas, of the pool, of a pair that is alike
    assert all(quote.endswith(' dir="auto"') for quote in quotes)


def test_the_page_refers_to_nothing_outside(html):
    page = Page(html)
    links = [(t, v) for t, n, v in page.attributes if n in ("src", "href", "xlink:href")]
    assert not [v for t, v in links if not v.startswith("#" if t != "image" else "data:image/png")]
    assert "@import" not in html
    assert not re.findall(r"url\((?!#)", html)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src "
    assert ("meta", "content", policy + script("tables.js").digest) in page.attributes


def test_every_section_is_found_and_every_picture_has_a_name_and_ids_of_its_own(html):
    headings = re.findall(r'<h2 id="([^"]+)">', html)
    assert len(headings) > 10
    assert html.count("<h2") == len(headings)
    contents = re.search(r'<nav class="contents".*?</nav>', html, re.DOTALL)[0]
    assert re.findall(r'href="#([^"]+)"', contents) == headings
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"(?:href=\"|url\()#([\w-]+)", html)) <= set(ids)
    pictures = re.findall(r"<svg [^>]*>", html)
    names = [re.search(r'role="img" aria-label="([^"]+)"', picture)[1] for picture in pictures]
    assert len(names) == len(set(names)) > 8


def test_every_figure_of_a_table_is_explained_on_the_page(html):
    heads = set(re.findall(r'<a class="term" href="#figure-(\w+)" title="[^"]+">', html))
    assert heads >= {figure.name for figure in MAIN} | {"label_mass", "js", "constant_items"}
    assert heads == set(re.findall(r'<div id="figure-(\w+)">', html))


def test_flags_are_visible_without_opening_anything(html):
    page = Page(html)
    before = page.text.split("How close each condition came")[0]
    assert "“none”: mean label mass 0.3" in before
    assert "Missing of 24 answers a condition: “none” 1 (4.2%)" in before


def test_the_folders_of_survey_file_and_model_stay_private(html):
    assert "/home/me" not in html
    assert "file: h.csv" in html
    assert 'done by <span dir="auto">tiny</span>, asked of' in html
    assert "/models/tiny" not in html


def test_nominal_questions_are_said_to_need_tv(html):
    assert "1 of the 3 questions has options without an order" in Page(html).text


def test_the_same_study_gives_the_same_page(reported, html, tmp_path):
    assert write_report(reported, "small", tmp_path).read_text(encoding="utf-8") == html


def test_a_study_of_baselines_alone_has_no_matches_and_no_personas(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    study = small_study("plain", pool=None, conditions=["bio"])
    fill(database, study, some_humans(study))
    text = Page(write_report(database, "plain", tmp_path).read_text(encoding="utf-8")).text
    assert "Closest to the humans: bio" in text
    assert "matched with" not in text
    assert "of the personas" not in text


def test_a_condition_that_nobody_answered_is_reported_as_such(own, tmp_path):
    change(own, delete(Answer).where(col(Answer.condition) == "none"))
    change(own, delete(Metric).where(col(Metric.condition) == "none"))
    text = Page(write_report(own, "small", tmp_path).read_text(encoding="utf-8")).text
    assert "“none”: no answers are stored" in text


def test_a_constant_item_is_named_and_its_correlations_are_undefined(own):
    change(own, update(Answer).where(col(Answer.question) == "war", col(Answer.drawn).is_not(None),
                                     col(Answer.condition) == "none").values(drawn=1))  # fmt: skip
    with reading(own) as session:
        row = session.get_one(StudyRow, 1)
        study = Study.from_spec(row.spec)
        humans, none, *others = response_profiles(session, row, study)
    assert none.constant == ["war"]
    assert np.isnan(none.correlation[1]).all()
    assert np.isnan(none.correlation[:, 1]).all()
    assert not np.isnan(humans.correlation).any()
    assert "one answer to war" in " ".join(flags(findings(own, "small"), [none, *others], study))


def test_the_closest_condition_is_marked_in_its_column(reported, html):
    rows = [r for r in findings(reported, "small")["rows"] if r["subgroup"] == "all"]
    marked = re.search(
        r'<tr><th>([^<]+)</th><td>8</td>\s*<td class="best">([\d.]+)', sections(html)
    )
    best = min(rows, key=lambda row: row["wd"])
    assert marked.groups() == (best["condition"], f"{best['wd']:.3f}")


def test_many_long_questions_still_give_a_small_page(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    options = {f"option {i} of a rather long list": i for i in range(12)}
    questions = {f"question{i}": {"question": "What?", "options": options} for i in range(16)}
    study = small_study("long", questionnaire={"questions": questions},
                        conditions=["none", "bio", "qa", "natural/greedy"])  # fmt: skip
    fill(database, study, some_humans(study, 30, 4))
    page = write_report(database, "long", tmp_path)
    assert Page(page.read_text(encoding="utf-8")).text.count("What?") >= 16
    assert page.stat().st_size < 2_000_000


# --- how sure the answers are --------------------------------------------------------------------


HOSTILE = "<script>alert('why')</script> \u202eשלום"


def page_of(database, study, folder, people=8):
    fill(database, study, some_humans(study, 40, people))
    return Page(write_report(database, study.study, folder).read_text(encoding="utf-8"))


@pytest.fixture
def empty(tmp_path):
    return open_database(f"sqlite:///{tmp_path / 'empty.db'}")


def test_low_label_mass_is_marked_and_every_condition_is_shown(html):
    rows = sections(html).split("Did the model answer at all?")[1].split("</table>")[0]
    assert rows.count('<td class="low"') == 3  # condition none has a low one on every question
    assert rows.count("⚠</td>") == 3
    assert len(re.findall(r'style="background:[^"]+">0\.\d\d', rows)) == 9


def test_refusals_are_reported_and_said_to_be_excluded(empty, tmp_path):
    page = page_of(empty, full_study(), tmp_path)
    rows = [row for row in findings(empty, "full")["rows"] if row["subgroup"] == "all"]
    assert sum(row["refused_answers"] for row in rows) > 0
    for row in rows:
        assert f"0.20{row['refused_answers']} drawn" in page.text
    assert "excluded from all distributions and other figures" in page.text
    assert "among those who answered; not shown: “Prefer not to say”" in page.text
    refusals = page.text.split("Refusals Mean probability")[1].split("Do written answers")[0]
    assert "war" not in refusals
    counts = "".join(f" ?{row['refused_answers']}" for row in rows)
    assert re.search(f"Answers drawn that were refusals ?{counts} $", refusals)
    assert re.search(r"spendPrefer not to say ?0\.20 ?0\.20 ?0\.20", refusals)


def test_without_refusals_nothing_is_said_of_them(html):
    text = Page(html).text
    assert "among those who answered" not in text
    assert "drawn were refusals" not in text
    assert "Refusals none offered" in re.sub(r"(?<=Refusals)(?=none)", " ", text)


def test_written_answers_that_disagree_are_marked_in_their_table(empty, tmp_path):
    study = full_study()
    study = study.model_copy(update={"pool": study.pool.model_copy(update={"count": 60})})
    fill(empty, study, some_humans(study, 60, 40))
    sample = {"first": "x", "first_choice": 2, "attempts": 1, "final": "x", "choice": 2}
    war = (col(Answer.question) == "war", col(Answer.condition) == "none")
    change(empty, update(Answer).where(*war).values(samples=[sample], probabilities=[0.9, 0.1]))
    html = write_report(empty, "full", tmp_path).read_text(encoding="utf-8")
    assert "clearly less than they should on war" in Page(html).text.split("How close each")[0]
    table = sections(html).split("Do written answers agree?")[1].split("</table>")[0]
    marked = re.findall(
        r'<tr><th>(\w+)[^<]*</th>(?:(?!</tr>).)*?class="warn"><b>([\d.]+)', table, re.S
    )
    assert ("war", "0.10") in marked
    assert "visits" not in dict(marked)
    assert "standard errors" in html


def test_without_a_readout_check_there_is_no_table_of_it(html):
    assert "Do written answers agree?" not in html
    assert "What was written" not in html


def test_written_answers_are_shown_before_and_after_asking_again(empty, tmp_path):
    settings = {"readout": "sample", "readout_check": 0.0, "samples": 4, "attempts": 2}
    page = page_of(empty, full_study("sample", **settings), tmp_path)
    assert "Label mass" not in page.text
    shown = page.text.split("What was written, and what was read")[1].split("Whom the humans")[0]
    for entry in findings(empty, "sample")["written"]:
        first = [100 * s * entry["first_parsed"] for s in entry["first_shares"]]
        final = [100 * s for s in entry["shares"]]
        for bar in (first, final):
            assert " · ".join(f"{share:.0f}%" for share in bar) in shown
        assert f"not read {100 * entry['first_unparsed']:.0f}%" in shown


def test_a_rounding_output_layer_is_flagged_with_its_step(own, tmp_path):
    html = write_report(own, "small", tmp_path).read_text(encoding="utf-8")
    assert "no step found" in html
    change(own, update(EngineRow).values(info={**ENGINE, "logit_step": 0.125}))
    page = Page(write_report(own, "small", tmp_path).read_text(encoding="utf-8"))
    before, after = page.text.split("How close each condition came")
    assert "16-bit output layer: log-probabilities fall on steps of 0.125" in before
    assert "fall on steps of 0.125 (natural log): the output layer is a 16-bit one ⚠" in after


def test_label_priors_stand_against_even_shares(empty, tmp_path):
    page = page_of(empty, full_study("prior", debias="label_prior"), tmp_path)
    table = page.text.split("Label priors that were removed")[1].split("How it was run")[0]
    assert re.search(r"none ?24 ?0\.33 ?0\.50 ?0\.33 ?0\.17", table)
    assert re.search(r"none ?32 ?0\.25 ?0\.40 ?0\.30 ?0\.20 ?0\.10", table)


def test_free_text_finer_answers_and_refusals_are_shown_escaped(empty, tmp_path):
    study = full_study()
    fill(empty, study, some_humans(study))
    for question, values in (
        ("why", {"text": HOSTILE}),
        ("war", {"drawn": 1, "text": "=Always", "probabilities": [0.5, 0.5]}),
        ("spend", {"drawn": 3, "refusal": 0.25}),
    ):
        change(empty, update(Answer).where(col(Answer.question) == question)
               .values(error=None, **values))  # fmt: skip
    html = write_report(empty, "full", tmp_path).read_text(encoding="utf-8")
    page = Page(html)
    people = page.text.split("of the personas")[1].split("How answers were read")[0]
    assert people.count(HOSTILE) == 3
    assert html.count("<script") == 1
    assert html.count('<div dir="auto">&lt;script') == 3
    assert people.count("=Alwayscounts as Yes") == 3
    assert people.count("Prefer not to saycounts as refusal") == 3
    assert FORMULA not in people  # what was stored before


def test_a_study_in_which_everybody_refuses_still_has_a_page(empty, tmp_path):
    study = full_study()
    fill(empty, study, some_humans(study))
    taken = (col(Answer.question) == "spend", col(Answer.drawn).is_not(None))
    refused = {"drawn": 3, "refusal": 1.0, "probabilities": None}
    change(empty, update(Answer).where(*taken).values(**refused))
    html = write_report(empty, "full", tmp_path).read_text(encoding="utf-8")
    first = html.split("<b>spend</b>")[1].split("<svg")[1].split("</svg>")[0]
    assert first.count("nobody answered") == 3


def test_every_subgroup_has_the_floors_of_its_own_people(own, tmp_path):
    """Those of few people have none; so had all subgroups before they had floors of their own."""
    found = findings(own, "small")
    assert list(found["floors"]) == ["gender=Male"]
    shown = Page(write_report(own, "small", tmp_path / "new").read_text()).text
    sized = found["floors"]["gender=Male"]["floor_at_n"]["n"]
    assert shown.count(f"{sized} other real people{sized}") == 1
    assert len(re.findall(r"Two halves of the humans\d", shown)) == 2, "people have a column there"
    assert "of a subgroup its own people alone" in shown
    assert "older version" not in shown

    floors = col(Metric.condition).in_(["floor", "floor_at_n"])
    change(own, delete(Metric).where(floors, col(Metric.subgroup) != "all"))
    change(own, update(Metric).values(version=None))
    assert "floors" not in findings(own, "small")
    shown = Page(write_report(own, "small", tmp_path / "old").read_text()).text
    assert len(re.findall(r"Two halves of the humans\d", shown)) == 1
    assert "of a subgroup its own" not in shown
    assert "older version of Anthology; `anthology measure small` computes them anew" in shown


def test_in_a_subgroup_the_best_alpha_is_the_one_nearest_to_its_own_humans():
    rows = [
        {"subgroup": subgroup, "condition": condition, "alpha": alpha}
        | {figure.name: None for figure in MARKED if figure.name != "alpha"}
        for subgroup in ("all", "sex=man")
        for condition, alpha in (("low", 0.2), ("high", 0.8))
    ]
    own = {"sex=man": {"floor": {"alpha": 0.3, "n": 9}, "floor_at_n": {"alpha": 0.3, "n": 9}}}
    found = {"rows": rows, "floor": {"alpha": 0.9}, "floor_at_n": {"alpha": 0.9}}
    assert [table.best["alpha"] for table in tables({**found, "floors": own})] == ["high", "low"]
    assert [table.best["alpha"] for table in tables(found)] == ["high", None]
