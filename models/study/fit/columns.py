"""Whether what is known of respondents, asked, and asked again are told apart: by names, and by the
columns of the survey file.
"""

from typing import TYPE_CHECKING

from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.retest import RETEST
from anthology.models.study.arms import NAME
from anthology.models.study.fit.places import QUESTIONS, known_placed

if TYPE_CHECKING:
    from anthology.models.study.study import Study


def earlier(study: "Study") -> None:
    """What is told must not be asked."""
    asked = {question.column: question.name for question in study.questions}
    asked |= {question.retest: question.name for question in study.questions if question.retest}
    for part, known in (("traits", study.traits), ("earlier", study.earlier)):
        if study.arms is not None and NAME in known:
            said = f"with arms, {NAME!r} is the arm; give what is called so another name"
            raise Misfit(said, part, NAME)
    for name, question in study.earlier.items():
        if name in study.traits:
            raise Misfit("is a trait, too; give it another name", "earlier", name)
        if question.column in asked:
            raise Misfit(
                f"tells column {question.column!r}, which question {asked[question.column]!r} "
                "asks; leave one of them out", "earlier", name, "column",
            )  # fmt: skip


def retest(study: "Study") -> None:
    """Second answers are the humans' own, to questions that are asked."""
    for place, known in known_placed(study):
        if known.retest is not None:
            raise Misfit("is of questions of the survey alone; leave it out", *place, "retest")
    columns: dict[str, str] = {}
    for question in study.questions:
        if question.retest is None:
            continue
        if study.humans is None:
            raise Misfit(
                f"question {question.name!r} has it, but there are no humans who answered; leave "
                "it out", *QUESTIONS, question.name, RETEST,
            )  # fmt: skip
        if question.retest in columns:
            raise Misfit(
                f"column {question.retest!r} cannot have the second answers to both "
                f"{columns[question.retest]!r} and {question.name!r}",
                *QUESTIONS, question.name, RETEST,
            )  # fmt: skip
        columns[question.retest] = question.name
    if columns and RETEST in study.condition_names:
        said = f"is called {RETEST!r}, as the row of second answers is; give it another name"
        raise Misfit(said, "conditions", study.condition_names.index(RETEST))


def routes(study: "Study") -> None:
    """Only questions are routed; their rules are read here for the first time."""
    for place, known in known_placed(study):
        if known.ask_if:
            raise Misfit("is of questions of the survey alone; leave it out", *place, "ask_if")
    try:
        _ = study.routes
    except Misfit as wrong:
        raise wrong.within(*QUESTIONS) from None


def second_answers(study: "Study") -> None:
    """No question's answers are another's second ones, nor is what is known of people."""
    own = {read.column: f"of {read.name!r}" for read in study.in_file}
    own |= {asked.column: f"of question {asked.name!r}" for asked in study.questions}
    for question in study.questions:
        if question.retest is not None and question.retest in own:
            raise Misfit(
                f"column {question.retest!r} has the answers {own[question.retest]}; name the one "
                f"in which people answered {question.name!r} again",
                *QUESTIONS, question.name, RETEST,
            )  # fmt: skip


def names(study: "Study") -> None:
    """Answers are kept by name, so a question may be called as something known of people only where
    it is the same column, and no rule depends on which of the two is meant."""
    routed = {name for route in study.routes.values() for name in route}
    compared = {question.name: question for question in study.compared}
    for name, known in study.known.items() if study.humans else ():
        asked = compared.get(name)
        unlike = asked is not None and not _read_alike(asked, known)
        if unlike or (name in routed and name in study.questionnaire.questions):
            kinds = {**dict.fromkeys(study.earlier, "earlier answer"), NAME: "arm"}
            what = "trait" if name in study.traits else kinds[name]
            said = f"is called as the {what} {name!r} is; give the question another name"
            raise Misfit(said, *QUESTIONS, name)


def _read_alike(one: Question, other: Question) -> bool:
    """Whether a survey file has everybody at the same position in both: the same codes of the same
    column are the first option, the second, ..., and none; in whatever words, but no word is
    another code."""
    first, second = (
        (question.column, list(question.options.values()), set(question.missing))
        for question in (one, other)
    )
    words = one.options.keys() & other.options.keys()
    return first == second and all(one.options[word] == other.options[word] for word in words)
