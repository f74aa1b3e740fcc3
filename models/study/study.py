"""The study file: what a researcher submits, validated field by field.

Knows nothing of databases, queues or models; `producer/surveys/` reads survey data.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from anthology.models import seeds
from anthology.models.conditions.base import ONLY, Background, Condition
from anthology.models.conditions.registry import AnyCondition
from anthology.models.conditions.registry import named as way_named
from anthology.models.language_model.names import model_slug
from anthology.models.pools.base import Pool
from anthology.models.pools.only import OnlyPool
from anthology.models.pools.registry import AnyPool, named_pools
from anthology.models.prompting.conversation import Planned, plan_of
from anthology.models.prompting.rendering import Turn
from anthology.models.questionnaire import misfit, questions
from anthology.models.questionnaire.codes import Part
from anthology.models.questionnaire.polling import Polling
from anthology.models.questionnaire.questionnaire import Questionnaire, agreeing, named
from anthology.models.questionnaire.questions import Question, Trait
from anthology.models.questionnaire.routing import Route, after_what_they_follow, route
from anthology.models.questionnaire.style import PLAIN, Style
from anthology.models.questionnaire.wording import ModelName, Name
from anthology.models.study import identity, presets, stages
from anthology.models.study.arms import NAME as ARM
from anthology.models.study.arms import Arms
from anthology.models.study.fit import fit
from anthology.models.study.humans import Humans
from anthology.models.study.measures import Measures
from anthology.models.study.published import PublishedRow
from anthology.models.study.scales import Scales


class Study(Part):
    """A whole study. Load one with `Study.load(path)`."""

    later = ("pools", "traits_order", "earlier", "arms", "published", "scales")

    study: Name
    seed: int = Field(default=0, ge=0, lt=2**63)
    model: ModelName
    humans: Humans | None = None
    pool: OnlyPool | None = None
    pools: dict[Name, AnyPool] = Field(default_factory=dict)
    traits: dict[Name, Trait] = Field(default_factory=dict)
    traits_order: Literal["fixed", "shuffled"] = "fixed"
    earlier: dict[Name, Question] = Field(default_factory=dict)
    arms: Arms | None = None
    polling: Polling = Polling()
    questionnaire: Questionnaire
    style: Style = PLAIN
    conditions: list[AnyCondition] = Field(min_length=1)
    chunk: int = Field(default=64, ge=1, le=4096)
    measures: Measures = Measures()
    published: list[PublishedRow] = Field(default_factory=list)
    scales: Scales = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _name_by_keys(cls, data: Any) -> Any:
        if isinstance(data, dict) and "preset" in data:
            data = presets.applied(data)
        for part, by_keys in (("traits", named), ("earlier", named), ("pools", named_pools)):
            if isinstance(data, dict) and isinstance(data.get(part), dict):
                data = {**data, part: by_keys(data[part])}
        return data

    @field_validator("traits")
    @classmethod
    def _named_by_their_keys(cls, traits: dict[str, Trait]) -> dict[str, Trait]:
        return agreeing(traits)

    @field_validator("pools")
    @classmethod
    def _in_this_study(cls, pools: dict[str, Pool], info: ValidationInfo) -> dict[str, Pool]:
        if "model" not in info.data:  # wrong itself, which is said
            return pools
        return {name: pool.in_study(info.data["model"]) for name, pool in pools.items()}

    @field_validator("conditions")
    @classmethod
    def _each_condition_once(cls, conditions: list[Condition]) -> list[Condition]:
        names = [condition.name for condition in conditions]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"names a condition twice ({twice}); `name` gives one another name")
        return conditions

    @model_validator(mode="after")
    def _parts_fit_together(self, info: ValidationInfo) -> "Study":
        fit.check(self, stored=misfit.is_stored(info))
        return self

    @property
    def questions(self) -> list[Question]:
        """The closed questions."""
        return self.questionnaire.closed

    @property
    def surveyed(self) -> Humans:
        """The respondents of a study that has some."""
        assert self.humans is not None
        return self.humans

    @property
    def compared(self) -> list[Question]:
        """Those on which simulated people are compared with humans."""
        return [q for q in self.questions if self.humans and q.column is not None]

    @property
    def shown_alone(self) -> list[Question]:
        return [q for q in self.questions if not self.humans or q.column is None]

    @property
    def condition_names(self) -> list[str]:
        return [condition.name for condition in self.conditions]

    def condition(self, name: str) -> Condition:
        """Raises `KeyError` for a name that is none."""
        return {condition.name: condition for condition in self.conditions}[name]

    @property
    def matchings(self) -> list[str]:
        """The matchings that the conditions ask for, as they are stored."""
        return list(dict.fromkeys(way.matching for way in self.conditions if way.matching))

    def matcher(self, condition: Condition) -> Condition:
        """Whose match it is that a condition uses: that of the first with the same matching."""
        return next(way for way in self.conditions if way.matching == condition.matching)

    @property
    def pools_by_name(self) -> Mapping[str, Pool]:
        """By the names that conditions use."""
        return self.pools if self.pool is None else {ONLY: self.pool, self.pool.name: self.pool}

    @property
    def pools_declared(self) -> list[Pool]:
        """All pools of the file, used or not."""
        found = list(self.pools.values()) if self.pool is None else [self.pool]
        return [pool.seeded(self.seed) for pool in found]

    @property
    def pools_used(self) -> list[Pool]:
        """The pools that any condition is about."""
        used = [self.pool_of(way) for way in self.conditions if way.needs_pool]
        return [pool for i, pool in enumerate(used) if pool not in used[:i]]

    def pool_of(self, condition: Condition) -> Pool:
        return self.pools_by_name[condition.pool_name or ONLY].seeded(self.seed)

    def pool_named(self, name: str) -> Pool:
        """Of the pools used, that of a name in the database."""
        return next(pool for pool in self.pools_used if pool.name == name)

    def scope(self, pool: Pool) -> str:
        """What marks the jobs that are about a pool's personas; the one of `pool` needs no mark."""
        return "" if self.pool is not None else pool.name

    def people_in(self, condition: Condition, respondents: int) -> int:
        """How many answer in a condition: all simulated respondents, or all personas of a pool."""
        return respondents if self.humans else self.pool_of(condition).count

    def background(
        self, respondent: int, answers: Mapping[str, int | None], story: Sequence[Turn] = ()
    ) -> Background:
        """What a condition may say of a respondent."""
        traits = list(self.traits.values())
        if self.traits_order == "shuffled":
            traits = seeds.shuffled(traits, self.seed, "traits", respondent)
        how, earlier = self.questionnaire, list(self.earlier.values())
        return Background(traits, answers, story, self.style, how.labelled, earlier)

    @property
    def told_as(self) -> list[Condition]:
        """As what something is told of people: all conditions, and what primes stories."""
        return [*self.conditions, *(way_named(pool.priming) for pool in self.pools_declared)]

    def primer(self, pool: Pool, respondent: int, answers: Mapping[str, int | None]) -> list[Turn]:
        """The turns before the story that a respondent's own traits prime; none in other pools."""
        return way_named(pool.priming).turns(self.background(respondent, answers))

    @property
    def known(self) -> dict[str, Question]:
        """What is known of respondents beforehand: traits, what they answered earlier, the arm."""
        arm = {} if self.arms is None else {ARM: self.arms.question}
        return {**self.traits, **self.earlier, **arm}

    def known_of_personas(self, condition: Condition) -> list[dict[str, int | None]]:
        """What is known of a pool's personas that answer for themselves: the arm."""
        count = self.pool_of(condition).count
        return [{}] * count if self.arms is None else self.arms.known(count, self.seed)

    @property
    def in_file(self) -> list[Question]:
        """All that is read from the survey file, each with its column."""
        drawn = self.arms is not None and self.arms.column is None
        known = [asked for name, asked in self.known.items() if name != ARM or not drawn]
        return [*known, *self.compared]

    @property
    def subgroups(self) -> list[str]:
        """What figures are of, besides all: "sex=man", "arm=control"."""
        groups = [group.name for group in self.measures.groups(self.traits)]
        arms = [] if self.arms is None else [f"{ARM}={name}" for name in self.arms.names]
        return [*groups, *arms]

    def opening(
        self,
        condition: str,
        respondent: int,
        answers: Mapping[str, int | None],
        story: Sequence[Turn] = (),
    ) -> list[Turn]:
        """The turns before the first question to a respondent with these traits, whose matched
        persona told its story in these."""
        turns = self.condition(condition).turns(self.background(respondent, answers, story))
        return turns if self.arms is None else [*turns, *self.arms.turns(answers)]

    @property
    def routes(self) -> dict[str, Route]:
        """By question: whom it is asked, by their answers on what is known or asked before."""
        found: dict[str, Route] = {}
        before = dict(self.known)
        for name, question in self.questionnaire.questions.items():
            found[name] = route(question, before)
            if isinstance(question, Question):
                before[name] = question
        return found

    def plan(self, condition: str, respondent: int) -> list[Planned]:
        """The questions in the order asked, each with the orders in which it is shown; those that
        depend on answers come after them."""
        plan = plan_of(self.questionnaire, self.seed, condition, respondent)
        if not any(question.ask_if for question in self.questionnaire.questions.values()):
            return plan
        names = [planned.question.name for planned in plan]
        return after_what_they_follow(plan, names, self.routes)

    @property
    def calibrated(self) -> bool:
        """Whether the label prior is estimated before a condition's surveys."""
        return self.questionnaire.debias == "label_prior"

    def recipe(self, pool: Pool) -> dict[str, Any]:
        """What makes two pools the same apart from their size."""
        recipe, shown = pool.seeded(self.seed).recipe, pool.of_style(self.style)
        seed = recipe.pop("seed")
        if pool.judged_by is not None:
            recipe["interview"]["critic"]["model"] = model_slug(pool.judged_by)
        return {**recipe, **shown, "seed": seed, "model": model_slug(stages.author(self, pool))}

    def poll_key(self, trait: Trait) -> str:
        """Identity of a trait as this study asks it: equal keys mean that a poll can be reused."""
        asked = [trait.key, self.style.model_dump(exclude={"portray"}), self.polling.model_dump()]
        if self.polling.model is None and any(pool.model for pool in self.pools_declared):
            asked.append(model_slug(self.model))  # else the pool's recipe names it
        return questions.digest(asked)[:16]

    @property
    def spec(self) -> dict[str, Any]:
        """The study as plain JSON; `Study.from_spec` is its inverse."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def digest(self) -> str:
        """Identity of the study."""
        return questions.digest(self.identifying)

    @property
    def identifying(self) -> dict[str, Any]:
        """Of its spec what makes it this study and no other."""
        return identity.identifying(self)

    @property
    def digest_by_value(self) -> str:
        """The same to versions that read codes without quotes as numbers."""
        return identity.digest_by_value(self)

    @classmethod
    def from_spec(cls, spec: dict[str, Any]) -> "Study":
        return cls.model_validate(spec, context=misfit.STORED)

    @classmethod
    def load(cls, path: str | Path) -> "Study":
        """Reads a study file; raises `InputError` naming file, field and what was expected."""
        from anthology.models.study import study_file  # not needed for what is in the database

        return study_file.load(Path(path))

    @classmethod
    def grid(cls, path: str | Path) -> "list[Study]":
        """The studies of a file with `vary`, one of a file without; raises as `load` does."""
        from anthology.models.study.vary import grid

        return grid.load(Path(path))
