"""Says in plain words how a study takes answers from the model, and what it does about bias.

Knows the study's settings only; what was found with them is elsewhere.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from anthology.models.pools.imported import ImportedPool
from anthology.models.questionnaire.questionnaire import Questionnaire, Readout
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.style import Style
from anthology.models.study.study import Study

MANY = 6
LETTERS = {"upper": "upper-case letters", "lower": "lower-case letters", "digits": "numbers"}
BRACKETS = {"round": "in round brackets", "square": "in square brackets", "dot": "with a dot",
            "none": "alone"}  # fmt: skip
ORDERS = {"fixed": "as listed", "reversed": "turned round for one person in two",
          "random": "in a random order for each person"}  # fmt: skip
ASKED = {"fixed": "in the given order", "shuffled": "in a shuffled order for each person",
         "shuffled_in_blocks": "block by block, shuffled within blocks"}  # fmt: skip
NORMALISED = {
    "none": "none: whole texts are compared, so that long ones are at a disadvantage",
    "token": "each log-probability is divided by its number of tokens",
    "byte": "each log-probability is divided by its number of UTF-8 bytes",
}


def how_read(study: Study) -> list[tuple[str, str]]:
    """What was done as pairs of a term and a sentence, in the order to read them."""
    how = study.questionnaire
    lines = [
        ("Respondents", _respondents(study)),
        ("Weights", _weights(study)),
        ("Asked again", _retest(study)),
        ("Answers", _readout(how, study.style)),
        ("Numbers", _numbers(how)),
        ("Length normalisation", NORMALISED[how.length_normalization] if not how.labelled else ""),
        ("Temperature", _temperature(how)),
        ("Conversation", _conversation(study)),
        ("Questions", ASKED[how.order]),
        ("Options", _orders(how)),
        ("Bias removed", _bias(how)),
        ("Refusals", _refusals(how)),
        ("Written check", _check(how)),
        ("Free text", _free(how)),
        ("Imported stories", _imported(study)),
        ("Primed stories", _primed(study)),
        ("Polls of personas", _polls(study)),
    ]
    return [(term, sentence) for term, sentence in lines if sentence]


def listed(names: Sequence[str]) -> str:
    """A, B and C; the tail of a long list as a number."""
    shown = list(names[:MANY])
    if len(names) > MANY:
        shown.append(f"{len(names) - MANY:,} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _respondents(study: Study) -> str:
    """What was done to the survey file's people before any was simulated."""
    humans = study.humans
    if humans is None:
        return "none: the personas answer for themselves, and are compared with nobody"
    told = []
    if humans.where:
        told.append(f"of the file’s people those whose {listed(list(humans.where))} is as asked")
    if humans.draw is not None:
        told.append(f"{humans.draw:,} drawn at random as all that is compared with")
    if humans.quotas:
        told.append(f"{humans.size:,} simulated, by quotas of {listed(list(humans.quotas))}")
    return "; ".join(told)


def _weights(study: Study) -> str:
    if not study.humans or not study.humans.weight or study.measures.weight_simulated:
        return ""
    return "of the humans alone; every simulated person counts the same"


def _retest(study: Study) -> str:
    columns = [f"{q.name} ({q.retest})" for q in study.compared if q.retest is not None]
    return f"in the survey’s columns in brackets: {listed(columns)}" if columns else ""


def _readout(how: Readout, style: Style) -> str:
    labels = f"labels ({LETTERS[style.labels]} {BRACKETS[style.brackets]})"
    if how.readout == "logprob":
        return f"read exactly from the model’s probabilities of the options’ {labels}"
    if how.readout == "text":
        return "read exactly from the model’s probabilities of the options’ own words"
    each = "one answer" if how.samples == 1 else f"{how.samples:,} answers"
    again = f", asked for again, up to {how.attempts:,} times in all, until an option can be read"
    return f"written by the model, {each} to a question{again if how.attempts > 1 else ''}"


def _numbers(how: Questionnaire) -> str:
    names = [q.name for q in how.closed if q.number is not None]
    if not names or how.readout == "sample":
        return ""
    return f"{listed(names)}: from the probabilities of each number’s digits"


def _temperature(how: Readout) -> str:
    if how.readout == "sample":
        return f"{how.temperature:g}, of writing"
    exact = "the model’s own probabilities" if how.temperature == 1 else (
        "applied exactly: probabilities to the power 1/T, made to add up to 1"
    )  # fmt: skip
    return f"{how.temperature:g}, {exact}"


def _conversation(study: Study) -> str:
    style, series = study.style, study.questionnaire.in_series
    kept = "in series, each drawn answer staying in the conversation" if series else (
        "each question alone, after the context only"
    )  # fmt: skip
    if style.turns == "plain":
        return f"{kept}; plain text, “{style.asker}:” and “{style.answerer}:”"
    system = f", system message “{style.system}”" if style.system else ""
    return f"{kept}; the model’s own chat template{system}"


def _orders(how: Questionnaire) -> str:
    shown = [question for question in how.closed if question.number is None]
    return _grouped(shown, _order)


def _order(question: Question) -> str:
    if question.options_order != "averaged":
        return ORDERS[question.options_order]
    wanted = question.permutations
    return f"in {wanted:,} balanced orders, averaged" if wanted else "in all orders, averaged"


def _grouped(questions: Sequence[Question], words: Callable[[Question], str]) -> str:
    """Questions by what holds for them; without their names where it holds for all."""
    groups = _named(questions, words)
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(f"{group}: {listed(names)}" for group, names in groups.items())


def _named(questions: Sequence[Question], words: Callable[[Question], str]) -> dict[str, list[str]]:
    """The names of the questions, by what holds for them."""
    groups: dict[str, list[str]] = {}
    for question in questions:
        groups.setdefault(words(question), []).append(question.name)
    return groups


def _bias(how: Questionnaire) -> str:
    averaged = [q for q in how.closed if q.options_order == "averaged" and q.number is None]
    if averaged:
        return "; ".join(
            f"by permutation averaging on {listed(names)}: probabilities are means over {orders}"
            for orders, names in _named(averaged, _evened_out).items()
        )
    if how.debias == "label_prior":
        return (
            "by label-prior removal: a label’s probability is divided by what it gets whatever "
            "stands behind it (Zheng et al. 2024, arXiv 2309.03882)"
        )
    return "none: what the model likes about a label or a place is still in the answers"


def _evened_out(question: Question) -> str:
    """The orders of an averaged question, and how far a label's own appeal cancels in them."""
    movable = len(question.choices) - len(question.held)
    wanted = question.permutations
    if wanted is not None and wanted < math.factorial(movable) and wanted % movable:
        return (
            f"{wanted:,} orders of {movable} options, in which none stands at every label equally "
            "often: what the model likes about a label is reduced, not removed"
        )
    if question.held:
        kept = [f"“{question.choices[place]}”" for place in question.held]
        return (
            f"orders in which every option but {listed(kept)} stands at all other labels equally "
            "often: what the model likes about the label of what keeps its place is still there"
        )
    return "orders in which every option stands at every label equally often"


def _refusals(how: Questionnaire) -> str:
    offered = [question for question in how.closed if question.refusal is not None]
    if not offered:
        return "none offered"
    words = _grouped(offered, lambda question: f"“{question.refusal}”")
    where = "every question" if len(offered) == len(how.closed) else (
        listed([question.name for question in offered])
    )  # fmt: skip
    return f"{words}, offered last on {where}; excluded from all distributions"


def _check(how: Questionnaire) -> str:
    if how.readout == "sample":
        return ""
    if not how.readout_check:
        return "none"
    return (
        f"a written answer beside {100 * how.readout_check:.3g}% of the answers, chosen by the seed"
    )


def _free(how: Questionnaire) -> str:
    names = [q.name for q in how.questions.values() if isinstance(q, OpenQuestion)]
    return f"{listed(names)}: stored and exported, never measured" if names else ""


def _imported(study: Study) -> str:
    return "; ".join(_of_file(pool) for pool in study.pools_used if isinstance(pool, ImportedPool))


def _of_file(pool: ImportedPool) -> str:
    asked = [name for name in pool.traits if pool.known(name)]
    known = f", which says their {listed(asked)}" if asked else ""
    digest = pool.contents.digest[:12] if pool.contents else ""
    return f"{pool.name}: {pool.count:,} of {Path(pool.file).name}{known} (SHA-256 {digest}…)"


def _primed(study: Study) -> str:
    told = {pool.name: pool.priming for pool in study.pools_used if pool.priming != "none"}
    if not told:
        return ""
    ways = "; ".join(f"{name}: as {way}" for name, way in told.items())
    return f"written after each respondent’s own traits ({ways}); surveys begin with the story"


def _polls(study: Study) -> str:
    if not any("poll" in pool.jobs for pool in study.pools_used):
        return ""
    how = f"{_readout(study.polling, study.style)}; temperature {_temperature(study.polling)}"
    if not study.polling.mention_first:
        return how
    return (
        f"{how}; a trait that the story states, by the model’s answer to a question of yes and no "
        "read from its labels, has its likeliest option for certain"
    )
