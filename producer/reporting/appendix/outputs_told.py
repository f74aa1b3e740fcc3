"""What a checklist says of outputs: how they were validated, what became of them, where they go."""

from typing import Any

from anthology.models.statistics.figures import ALL, HEADLINES
from anthology.models.statistics.kinds import Figure
from anthology.models.study.study import Study
from anthology.producer.reporting.layout import numbers
from anthology.producer.reporting.method import how_read
from anthology.producer.reporting.verdict import verdict

Found = dict[str, Any]
Row = dict[str, Any]


def validated(found: Found, study: Study) -> list[str]:
    if study.humans is None:
        return verdict(found, study)
    floors = ", ".join(
        f"{figure.symbol} {_number(found['floor_at_n'].get(figure.name), figure)}"
        for figure in HEADLINES
        if figure.floor
    )
    return [
        f"Against the answers of {found['humans']:,} people. {' '.join(verdict(found, study))}",
        *(
            f"{numbers.condition(row['condition'])} ({row['n']:,} people): {_figures(row)}."
            for row in _rows(found)
        ),
        f"The same figures of {found['floor_at_n']['n']:,} other real people: {floors}.",
        *_published(found),
    ]


def _published(found: Found) -> list[str]:
    sources = list(dict.fromkeys(row["source"] for row in found.get("published", [])))
    return [f"Beside figures published in {'; '.join(sources)}."] if sources else []


def _rows(found: Found) -> list[Row]:
    return [row for row in found["rows"] if row["subgroup"] == ALL]


def _figures(row: Row) -> str:
    return ", ".join(
        f"{figure.symbol} {_number(row[figure.name], figure)}{_interval(row, figure)}"
        for figure in HEADLINES
    )


def _interval(row: Row, figure: Figure) -> str:
    low, high = (row.get(f"{figure.name}_{end}") for end in ("low", "high"))
    if low is None or high is None:
        return ""
    return f" [{_number(low, figure)}, {_number(high, figure)}]"


def _number(value: float | None, figure: Figure) -> str:
    return "undefined" if value is None else numbers.figure(value, figure.digits)


def processed(found: Found, study: Study) -> list[str]:
    told = dict(how_read(study))
    rows = _rows(found)
    missing = [f"{numbers.condition(row['condition'])} {row['missing_answers']:,}" for row in rows
               if row["missing_answers"]]  # fmt: skip
    refused = [f"{numbers.condition(row['condition'])} {row['refused_answers']:,}" for row in rows
               if row["refused_answers"]]  # fmt: skip
    left_out = ", ".join(missing) or "none in any condition"
    drawn = f"; drawn: {', '.join(refused)}" if refused else ""
    return [
        _made_to_answers(study),
        f"Bias of labels and places: {told['Bias removed']}.",
        f"Refusals: {told['Refusals']}{drawn}.",
        f"Answers that could not be taken, and are left out: {left_out}.",
        f"Stories, polls and answers stored with an error, and failed jobs: "
        f"{found['usage']['errors']:,}.",
        *(f"Stories of pool {p['pool']}: {_stories(p)}." for p in found["pools"] if p["attempts"]),
        *(f"Interviews of {p['pool']}: {_interviews(p)}." for p in found.get("interviews", [])),
    ]


def _made_to_answers(study: Study) -> str:
    how = study.questionnaire
    if how.readout == "sample":
        return (
            "Written answers were read by a parser; one in which it found no option, or more than "
            f"one, was asked for again, up to {how.attempts:,} times in all."
        )
    return "Probabilities of the valid answers were made to add up to 1; one was drawn by the seed."


def _stories(pool: Row) -> str:
    rejected = "" if pool["rejected"] is None else f" ({pool['rejected']:.0%} thrown away)"
    return (
        f"{pool['stories']:,} kept of {pool['attempts']:,} written{rejected}, "
        f"personas without one: {pool['errors']:,}"
    )


def _interviews(pool: Row) -> str:
    faults = [f"{fault} {share:.1%}" for fault, share in pool["rejected"].items() if share]
    rejected = f"; thrown away of all answers written: {', '.join(faults)}" if faults else ""
    return f"lives that ended with an error: {pool['errors']:,}{rejected}"


def shared(found: Found, study: Study) -> list[str]:
    lock = found["lock"]
    return [
        f"This list was made by Anthology {lock['version'] or '(not installed)'}, SHA-256 of its "
        f"sources {lock['code']}; of the plan {lock['plan']}; of plan, prompts and sources "
        f"{lock['lock']}.",
        f"“anthology export {study.study} --format archive” writes study, stories, answers and "
        "figures into one file, which “anthology import” reads.",
    ]
