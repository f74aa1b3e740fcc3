"""What a checklist says of a study's purpose, its prompts, and the people whose data it has."""

from pathlib import Path
from typing import Any

from anthology.models.conditions.base import Condition
from anthology.models.pools.imported import ImportedPool
from anthology.models.prompting.prompts import story_turn
from anthology.models.study.study import Study
from anthology.producer.lock.prompts import STORY
from anthology.producer.reporting.method import how_read

Found = dict[str, Any]


def purpose(found: Found, study: Study) -> list[str]:
    count, ways = len(study.questionnaire.questions), study.condition_names
    questions = f"{count} question{'s' if count > 1 else ''}"
    conditions = f"{len(ways)} condition{'s' if len(ways) > 1 else ''} ({', '.join(ways)})"
    if study.humans is None:
        said = [f"As respondents of a survey: personas answered {questions} in {conditions}."]
    else:
        said = [
            f"As respondents of a survey: for each of {found['respondents']:,} of "
            f"{found['humans']:,} respondents a virtual person answered {questions} in "
            f"{conditions}."
        ]
    if any(pool.written for pool in study.pools_used):
        said.append(f"It also wrote life stories; {found['personas']:,} personas have one.")
    if study.traits and any("poll" in pool.jobs for pool in study.pools_used):
        traits = ", ".join(study.traits)
        said.append(f"Asked after each story, it also said who tells it: {traits}.")
    return said


def automation(found: Found, study: Study) -> list[str]:
    return [
        "Automated throughout: no person reads or changes a story, a poll or an answer on its way "
        "from the model to the figures."
    ]


def prompts(found: Found, study: Study) -> list[str]:
    texts = [f"“{text}”" for pool in study.pools_used for text in pool.texts.values()]
    return [
        *([f"Stories were asked for by {'; '.join(dict.fromkeys(texts))}."] if texts else []),
        f"All prompts follow from the study file; their digest is {found['lock']['prompts']}, and "
        f"“anthology preview {study.study}” shows any of them.",
        f"One of them, of condition {study.condition_names[-1]} and an invented person:",
    ]


def system(found: Found, study: Study) -> list[str]:
    style = study.style
    if style.turns == "plain":
        return ["None: the model goes on with plain text."]
    if style.system is None:
        return ["None of the study’s own; the model’s chat template may write one."]
    return [f"“{style.system}”"]


def personal(found: Found, study: Study) -> list[str]:
    if study.humans is None:
        return [*_stories(study), "No survey of people was used."]
    told = _told(study)
    shown = "The model read nothing that a respondent had answered."
    if told:
        known = ", ".join([*study.traits, *study.earlier])
        shown = (
            f"The model read respondents’ own answers to {known}, without name or id, in "
            f"{', '.join(told)}."
        )
    chosen = dict(how_read(study)).get("Respondents")
    return [
        f"Survey file {Path(study.humans.file).name}, {found['humans']:,} people"
        f"{f': {chosen}' if chosen else ''}.",
        shown,
        *_stories(study),
        "All of it stayed on the machines of those who ran the study and its workers.",
    ]


def _told(study: Study) -> list[str]:
    """The conditions that tell the model something of a respondent."""
    unknown = dict.fromkeys(study.known)
    somebody = {**unknown, **dict.fromkeys((*study.traits, *study.earlier), 0)}

    def tells(condition: Condition) -> bool:
        if condition.needs_pool and study.pool_of(condition).priming != "none":
            return True
        story = [story_turn("", STORY)]
        told, nothing = (study.opening(condition.name, 0, k, story) for k in (somebody, unknown))
        return told != nothing

    return [condition.name for condition in study.conditions if tells(condition)]


def _stories(study: Study) -> list[str]:
    files = [Path(p.file).name for p in study.pools_used if isinstance(p, ImportedPool)]
    return [f"Life stories were taken from {', '.join(files)}."] if files else []
