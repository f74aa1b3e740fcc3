"""The study file: what a researcher submits, validated field by field.

Knows nothing of databases, queues or models; survey data is read by
`producer/surveys/respondents.py`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from anthology.models.conditions.base import Background, Condition
from anthology.models.conditions.registry import named as named_condition
from anthology.models.errors import InputError
from anthology.models.language_model.names import model_slug
from anthology.models.prompting.conversation import Planned, plan_of
from anthology.models.prompting.prompts import story_turn
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire import questions
from anthology.models.questionnaire.codes import Part, by_value
from anthology.models.questionnaire.questionnaire import (
    BATTERY,
    Questionnaire,
    Readout,
    agreeing,
    named,
)
from anthology.models.questionnaire.questions import (
    MAX_OPTIONS,
    Numbers,
    OpenQuestion,
    Question,
    Trait,
)
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.questionnaire.wording import Name, Text, begins_with


class Humans(Part):
    """The survey file, relative to the study file, and which of its people are simulated."""

    later = ("encoding", "separator")

    file: str
    encoding: str | None = None  # of text, where it is not to be found out
    separator: str | None = None
    id: str | None = None
    weight: str | None = None
    sample: int | None = Field(default=None, ge=2)


class Pool(Part):
    """The recipe of a persona pool: the question that a model answers with a life story."""

    name: Name
    count: int = Field(ge=1, le=1_000_000_000)  # people's numbers are 32 bits in PostgreSQL
    prompt: Text = "Tell me about yourself."
    max_tokens: int = Field(default=512, ge=16, le=32768)
    min_tokens: int = Field(default=32, ge=1)
    temperature: float = Field(default=1.0, gt=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    seed: int | None = None

    @model_validator(mode="after")
    def _lengths_in_order(self) -> "Pool":
        if self.min_tokens > self.max_tokens:
            raise ValueError(f"min_tokens {self.min_tokens} is above max_tokens {self.max_tokens}")
        return self


class Measures(Part):
    """How sure the figures are made: half splits of the humans, bootstrap resamples, subgroups."""

    splits: int = Field(default=100, ge=2, le=10_000)
    bootstrap: int = Field(default=200, ge=20, le=10_000)
    subgroups: list[Name] = Field(default_factory=list)


class Study(Part):
    """A whole study. Load one with `Study.load(path)`."""

    study: Name
    seed: int = Field(default=0, ge=0, lt=2**63)
    model: str = Field(min_length=1, max_length=500)
    humans: Humans
    pool: Pool | None = None
    traits: dict[Name, Trait] = Field(default_factory=dict)
    polling: Readout = Readout()
    questionnaire: Questionnaire
    style: Style = PLAIN
    conditions: list[str] = Field(min_length=1)
    chunk: int = Field(default=64, ge=1, le=4096)
    measures: Measures = Measures()

    @model_validator(mode="before")
    @classmethod
    def _name_the_traits(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("traits"), dict):
            data = {**data, "traits": named(data["traits"])}
        return data

    @field_validator("traits")
    @classmethod
    def _named_by_their_keys(cls, traits: dict[str, Trait]) -> dict[str, Trait]:
        return agreeing(traits)

    @field_validator("conditions")
    @classmethod
    def _known_conditions(cls, conditions: list[str]) -> list[str]:
        for condition in conditions:
            named_condition(condition)
        if len(set(conditions)) < len(conditions):
            raise ValueError("names a condition twice")
        return conditions

    @model_validator(mode="after")
    def _parts_fit_together(self) -> "Study":
        for condition in self.ways:
            if condition.needs_traits and not self.traits:
                raise ValueError(f"condition {condition.name!r} needs traits")
        for condition in self.ways:
            if condition.needs_pool and self.pool is None:
                raise ValueError(f"condition {condition.name!r} needs a pool")
        traits = list(self.traits.values())
        self._enough_labels(traits, self.polling)
        self._enough_labels(self.questions, self.questionnaire)
        if any(condition.asks_traits for condition in self.ways):
            self._enough_labels([trait.plain for trait in traits], self.questionnaire)
        averaged = [trait.name for trait in traits if trait.options_order == "averaged"]
        if averaged and self.polling.readout == "sample":
            raise ValueError(
                f"traits.{averaged[0]} has options_order averaged, which written answers cannot "
                "have; use random"
            )
        for name in self.measures.subgroups:
            if name not in self.traits:
                raise ValueError(f"measures.subgroups names {name!r}, which is not a trait")
        self._nobody_else_speaks()
        return self

    def _nobody_else_speaks(self) -> None:
        """A text of several lines must not look like a turn, or like options, of the prompt."""
        names = [self.style.asker, self.style.answerer] if self.style.turns == "plain" else []
        speakers = [f"{name}:" for name in names]
        marks = [self.style.mark(n) for n in range(26)] if self.style.brackets != "none" else []
        asked = [*self.traits.values(), *self.questionnaire.questions.values()]
        texts = {question.name: question.text for question in asked}
        texts |= {"pool.prompt": self.pool.prompt} if self.pool else {}
        for name, text in texts.items():
            if found := begins_with(text, [*speakers, *marks]):
                raise ValueError(
                    f"{name!r} has a line that begins with {found!r}, which would be taken for "
                    "what comes after it in the prompt; word it otherwise, or change style"
                )

    def _enough_labels(self, questions: Sequence[Question], readout: Readout) -> None:
        for question in questions if readout.labelled else ():
            if question.number is None and len(question.choices) > self.style.most:
                raise ValueError(
                    f"{question.name!r} has {len(question.choices)} options, but "
                    f"{self.style.labels} labels with brackets {self.style.brackets!r} end at "
                    f"{self.style.most}; style.labels: digits with brackets go to {MAX_OPTIONS}"
                )

    @property
    def questions(self) -> list[Question]:
        """The closed questions: those that humans' answers are compared on."""
        return self.questionnaire.closed

    @property
    def ways(self) -> list[Condition]:
        """The conditions, as what they declare and say."""
        return [named_condition(name) for name in self.conditions]

    @property
    def matchings(self) -> list[str]:
        """The matching methods that the conditions ask for."""
        return [condition.matching for condition in self.ways if condition.matching]

    @property
    def uses_pool(self) -> bool:
        """Whether any condition is about the personas of the pool."""
        return self.pool is not None and any(condition.needs_pool for condition in self.ways)

    def opening(
        self, condition: str, answers: Mapping[str, int | None], story: str | None
    ) -> list[Turn]:
        """The turns before the first question to a respondent with these traits and this matched
        story."""
        return named_condition(condition).turns(self.background(answers, story))

    @property
    def personas(self) -> int:
        """How many personas the conditions ask for; none where they need no pool."""
        return self.pool.count if self.pool is not None and self.uses_pool else 0

    def background(self, answers: Mapping[str, int | None], story: str | None) -> Background:
        """What a condition may say of a respondent."""
        told = None
        if self.pool is not None and story is not None:
            told = story_turn(self.pool.prompt, story)
        labelled = self.questionnaire.labelled
        return Background(list(self.traits.values()), answers, told, self.style, labelled)

    def plan(self, condition: str, respondent: int) -> list[Planned]:
        """The questions in the order asked, each with the orders in which it is shown."""
        return plan_of(self.questionnaire, self.seed, condition, respondent)

    @property
    def calibrated(self) -> bool:
        """Whether the label prior is estimated before a condition's surveys."""
        return self.questionnaire.debias == "label_prior"

    @property
    def recipe(self) -> dict[str, Any]:
        """What makes two pools the same apart from their size."""
        assert self.pool is not None
        recipe = self.pool.model_dump(mode="json", exclude={"name", "count"})
        seed = self.pool.seed if self.pool.seed is not None else self.seed
        return {**recipe, **self.style.speakers, "seed": seed, "model": model_slug(self.model)}

    def poll_key(self, trait: Trait) -> str:
        """Identity of a trait as this study asks it: equal keys mean that a poll can be reused."""
        asked = [trait.key, self.style.model_dump(), self.polling.model_dump()]
        return questions.digest(asked)[:16]

    @property
    def spec(self) -> dict[str, Any]:
        """The study as plain JSON; `Study.from_spec` is its inverse."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def digest(self) -> str:
        """Identity of the study; where its survey file lies, and how that is written, does not
        matter, its content does."""
        return questions.digest(self._identifying)

    @property
    def _identifying(self) -> dict[str, Any]:
        spec = self.spec
        for key in ("file", "encoding", "separator"):
            spec["humans"].pop(key, None)
        return spec

    @property
    def digest_by_value(self) -> str:
        """The same, if 01 were 1: so earlier versions read codes without quotes, and stored them.

        Studies that are alike in this, and in whom each code makes of their people, are the same.
        """
        spec = self._identifying
        for asked in (*spec["traits"].values(), *spec["questionnaire"]["questions"].values()):
            if "options" in asked:
                asked["options"] = {o: _by_value(codes) for o, codes in asked["options"].items()}
                asked["missing"] = _by_value(asked["missing"])
        return questions.digest(spec)

    @classmethod
    def from_spec(cls, spec: dict[str, Any]) -> "Study":
        return cls.model_validate(spec)

    @classmethod
    def load(cls, path: str | Path) -> "Study":
        """Reads a study file; raises `InputError` naming file, field and what was expected."""
        from anthology.models.study import yaml_file  # not needed for what is in the database
        from anthology.models.study.validation_messages import explain, kind_of

        path = Path(path)
        data, places = yaml_file.read_placed(path)
        if not isinstance(data, dict):
            raise InputError(f"{path}: expected a mapping of study fields, found {kind_of(data)}")
        try:
            study = cls.model_validate(data)
        except ValidationError as error:
            raise InputError(explain(path, error, _fields(), places)) from None
        file = path.parent / study.humans.file
        return study.model_copy(
            update={"humans": study.humans.model_copy(update={"file": str(file)})}
        )


def _by_value(codes: Any) -> Any:
    return [by_value(code) for code in codes] if isinstance(codes, list) else by_value(codes)


def _fields() -> list[str]:
    """Every field that a study file may have, as it is written there."""
    parts = (
        Study, Humans, Pool, Readout, Questionnaire, Question, Numbers, OpenQuestion, Trait,
        Measures, Style,
    )  # fmt: skip
    named_fields = [part.model_fields.items() for part in parts]
    return [info.alias or name for fields in named_fields for name, info in fields] + BATTERY
