"""`anthology preview`: the exact prompt of one question and how its answer is read.

Before a study runs, what is not known yet (stories, earlier answers) is shown as ⟨placeholders⟩.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from anthology.models.database.sessions import reading
from anthology.models.database.study_models import contents_of
from anthology.models.database.study_pools import pool_id_of
from anthology.models.database.tables import Answer, Persona, Poll, Respondent
from anthology.models.errors import InputError
from anthology.models.language_model.tokenizer import load_tokenizer
from anthology.models.pools.base import Pool
from anthology.models.prompting.chat import rendering_of
from anthology.models.prompting.orders import inverse
from anthology.models.prompting.prompts import question_turn
from anthology.models.prompting.rendering import PlainRendering, Rendering
from anthology.models.questionnaire.polling import BOTH_ORDERS, mention_question
from anthology.models.questionnaire.questionnaire import Readout
from anthology.models.questionnaire.questions import Question
from anthology.models.questionnaire.style import Style
from anthology.models.readout.labels import answer_trie, in_words
from anthology.models.study import stages
from anthology.models.study.study import Study
from anthology.producer.monitoring.lookup import find_study
from anthology.producer.preview.rendered_question import (
    RenderedQuestion,
    asked_model,
    in_poll,
    in_survey,
    known_condition,
    polled_pool,
    polled_trait,
    refuse_beyond,
    shown_labels,
    story_to_come,
)
from anthology.producer.preview.stored_answer import (
    answers_of,
    label_prior,
    resolution_of,
    stored_values,
    story_of,
)
from anthology.producer.preview.story_prompts import (
    asked_beside,
    in_story,
    notes,
    pool_meant,
    style_of,
)
from anthology.producer.submission.engine_args import parsed
from anthology.producer.submission.model_folder import find_model, is_model
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.surveys.stories.imported_stories import with_stories
from anthology.producer.surveys.stories.primed_stories import with_respondents


@dataclass(frozen=True)
class Preview:
    """A prompt as the model reads it, and how its answer is taken.

    `labels` are the choices in the question's own order, `outcomes` what they count as; `orders`
    have positions of choices as displayed, the first as in the prompt, the others read as well.
    `nodes` are what is read of the tree of the labels' tokens: a node after the prompt's tokens and
    those in `after`. `opening` is the forced beginning of the answer, with which the prompt ends;
    where a tokenizer merges its end with the label, the labels' tokens begin with `merged`.
    From a database come `resolution`, the engine's precisions and the step (nats) of its logits,
    `stored`, the answer, and `label_prior`, the labels' log-probabilities that it was freed of.
    Of a story, `beside` is what else is asked to make it, a screening or a critic's questions, and
    `notes` say which stories else there are.
    `mention` is the question whether the story states a trait, where that is asked before its poll;
    `cells` are the studies of a file with `vary`, of which this is one.
    """

    study: str
    condition: str
    person: int
    question: str
    place: int
    readout: str
    outcomes: list[str]
    orders: list[list[int]]
    prompt: str
    opening: str
    merged: str
    prompt_token_ids: list[int] | None
    labels: list[dict[str, Any]]
    nodes: list[dict[str, Any]] | None
    resolution: dict[str, Any] | None = None
    stored: dict[str, Any] | None = None
    label_prior: list[float] | None = None
    mention: "Preview | None" = None
    cells: list[str] = field(default_factory=list)
    beside: list["Preview"] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        shown = asdict(self)
        for part in filter(None, (shown, shown["mention"], *shown["beside"])):
            for name in ("cells", "beside", "notes"):
                if not part[name]:
                    del part[name]
        return shown


def preview_file(
    path: Path,
    person: int,
    condition: str | None,
    question: str | None,
    model: str | None,
    engine_args: Sequence[str] = (),
    cell: str | None = None,
) -> Preview:
    """A preview of a study file that need not have been submitted; of one with `vary`, of its first
    study, or of that of a name (`cell`).

    Of `engine_args` those are heeded that say where the tokenizer is and how it is read.
    """
    options = parsed(engine_args)
    studies = {study.study: study for study in Study.grid(path)}
    if cell is not None and cell not in studies:
        raise InputError(f"{path}: has no study {cell!r}; it has {', '.join(studies)}")
    study = studies[cell or next(iter(studies))]
    found = _of_file(study, person, condition, question, model, options)
    return replace(found, cells=list(studies) if len(studies) > 1 else [])


def _of_file(
    study: Study, person: int, condition: str | None, question: str | None, model: str | None,
    options: dict[str, Any],
) -> Preview:  # fmt: skip
    study, stories = with_stories(study)
    humans = read_humans(study)
    traits: dict[str, int | None] = {}
    if pool := pool_meant(with_respondents(study, humans), condition, question):
        if pool.priming != "none":
            refuse_beyond(person, pool.count)
            traits = next(islice(humans.rows(), person, None))["traits"]
        author = stages.author(study, pool)
        model = model or (author if is_model(author) else None)
        return _story(study, pool, person, traits, model, options)
    trait = polled_trait(study, condition, question)
    condition = known_condition(study, condition) if trait is None else None
    asked = asked_model(study, condition)
    if model is None and is_model(asked):
        model = asked
    if condition is None:
        assert trait is not None
        read = stories.get(polled_pool(study).name)
        told = read.story(person) if read else None
        rendered = in_poll(study, person, trait, told or "")
        return _preview(study, rendered, model, options)
    refuse_beyond(person, study.people_in(study.condition(condition), len(humans.ids)))
    if humans.ids:
        traits = next(islice(humans.rows(), person, None))["traits"]
    story = story_to_come(study, condition, person)
    rendered = in_survey(study, condition, person, question, traits, story, {})
    return _preview(study, rendered, model, options)


def preview_study(
    database: Engine, name: str, person: int, condition: str | None, question: str | None,
    model: str | None, engine_args: Sequence[str] = (),
) -> Preview:  # fmt: skip
    """A preview from the database; with a trait's name as `question`, of the persona's poll."""
    options = parsed(engine_args)
    with reading(database) as session:
        row = find_study(session, name)
        study = Study.from_spec(row.spec)
        if pool := pool_meant(study, condition, question):
            author = stages.author(study, pool)
            if model is None:
                content = contents_of(session, row).get(author)
                model, served_with = find_model(session, author, content)
                options = {**served_with, **options}
            respondent = session.get(Respondent, (row.id, person))
            traits = respondent.traits if respondent else {}
            return _story(study, pool, person, traits, model, options)
        trait = polled_trait(study, condition, question)
        condition = known_condition(study, condition) if trait is None else None
        asked = asked_model(study, condition)
        content = contents_of(session, row).get(asked)
        if model is None:
            model, served_with = find_model(session, asked, content)
            options = {**served_with, **options}
        stored: Answer | Poll | None
        if condition is None:
            assert trait is not None
            pool_id = pool_id_of(session, row.id, polled_pool(study))
            persona = session.get(Persona, (pool_id, person))
            rendered = in_poll(study, person, trait, persona.story if persona else "")
            key = (pool_id, person, study.poll_key(study.traits[trait]))
            stored = session.get(Poll, key)
        else:
            refuse_beyond(person, study.people_in(study.condition(condition), row.respondents))
            respondent = session.get(Respondent, (row.id, person))
            traits = respondent.traits if respondent else {}
            answers = answers_of(session, row, condition, person)
            story = story_of(session, row, study, condition, person)
            rendered = in_survey(study, condition, person, question, traits, story, answers)
            stored = answers.get(rendered.question.name)
        return replace(
            _preview(study, rendered, model, options),
            stored=stored_values(stored),
            resolution=resolution_of(session, asked, content, stored),
            label_prior=label_prior(session, row, study, rendered),
        )


def _story(
    study: Study, pool: Pool, person: int, traits: dict[str, int | None], model: str | None,
    options: dict[str, Any],
) -> Preview:  # fmt: skip
    """What a persona's story is written after; what was written is in its polls."""
    styled = study.model_copy(update={"style": style_of(study, pool)})
    asked = [in_story(study, pool, person, traits), *asked_beside(study, pool, person)]
    told, *beside = (_read_by(Readout(), styled, one, model, options) for one in asked)
    return replace(told, beside=beside, notes=notes(study, pool))


def _preview(
    study: Study, rendered: RenderedQuestion, model: str | None, options: dict[str, Any]
) -> Preview:
    """What can be said without a database."""
    if rendered.condition != "poll":
        return _read_by(study.questionnaire, study, rendered, model, options)
    found = _read_by(study.polling, study, rendered, model, options)
    if not study.polling.mention_first:
        return found
    assert isinstance(rendered.question, Question)
    closed = replace(rendered, question=mention_question(rendered.question), orders=BOTH_ORDERS)
    return replace(found, mention=_read_by(Readout(), study, closed, model, options))


def _read_by(
    readout: Readout, study: Study, rendered: RenderedQuestion, model: str | None,
    options: dict[str, Any],
) -> Preview:  # fmt: skip
    style = study.style.of_polls if rendered.condition == "poll" else study.style
    question, shown = rendered.question, rendered.orders[0]
    turn = question_turn(question, shown, style, readout.labelled, after=rendered.turns)
    rendering = _rendering(study.style, model, options)
    prompt = rendering.prompt([*rendered.turns, turn])
    opening, merged, nodes = rendering.header, "", None
    how, labels, outcomes = "free text", [], []
    if isinstance(question, Question):
        how, outcomes = readout.readout, question.outcomes
        labels = shown_labels(question, shown, study.style, readout)
    if isinstance(question, Question) and how != "sample":
        if rendering.refusal:
            raise InputError(rendering.refusal)
        if model is None:
            opening += rendering.lead
            opening += "" if in_words(question, readout) else study.style.opening
            prompt += opening.removeprefix(rendering.header)
        else:
            trie = answer_trie(rendering, question, study.style, readout)
            prompt = trie.prompt(prompt, rendering.header)
            opening, merged = trie.opening, trie.tail
            places = range(len(shown)) if in_words(question, readout) else inverse(shown)
            for label, place in zip(labels, places, strict=True):
                label["token_ids"] = list(trie.options[place])
            nodes = [{"after": list(p), "token_ids": list(ids)} for p, ids in trie.nodes.items()]
    return Preview(
        study=study.study, condition=rendered.condition, person=rendered.person,
        question=question.name, place=rendered.place, readout=how, outcomes=outcomes,
        orders=rendered.orders, prompt=prompt,
        opening=opening, merged=merged, labels=labels, nodes=nodes,
        prompt_token_ids=None if model is None else list(map(int, rendering.encode(prompt))),
    )  # fmt: skip


def _rendering(style: Style, model: str | None, options: dict[str, Any]) -> Rendering:
    if model is not None:
        return rendering_of(style, load_tokenizer(model, options))
    if style.turns == "chat":
        raise InputError(
            "turns: chat shows conversations through the model's own template; give the model's "
            "folder with --model"
        )
    return PlainRendering(style)
