"""Answers that a study gives away: a survey column that is a trait and a question, too."""

from anthology.models.study.study import Study


def told_before(study: Study) -> tuple[str, ...]:
    """A sentence for each question whose answer conditions tell or match on before it is asked."""
    if not any(way.needs_traits for way in study.told_as):
        return ()
    traits = {trait.column: name for name, trait in study.traits.items()}
    return tuple(
        f"question {question.name!r} asks for column {column!r}, which is trait "
        f"{traits[column]!r}, too: personas are given the answer, and its figures say "
        "nothing; leave one of them out"
        for question in study.compared
        for column in (question.column, question.retest)
        if column in traits
    )
