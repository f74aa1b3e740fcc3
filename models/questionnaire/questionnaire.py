"""The survey as a study file has it: questions, batteries, and how answers are read from the model.

Spreads what questions share and turns batteries into their items; after that every entry is a
question of its own.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from anthology.models.questionnaire.codes import BRANCH, Part
from anthology.models.questionnaire.misfit import Misfit
from anthology.models.questionnaire.questions import OpenQuestion, Question
from anthology.models.questionnaire.wording import Name

SHARED = ("options", "options_order", "permutations", "anchored", "missing", "refusal")
BATTERY = ["battery", "select_all", "items", "item"]
YES_NO = {"Yes": 1, "No": 0}
HOTTEST = 2.0  # of written answers: engines go no further
NEEDS_COOLER = f"which needs a temperature of at most {HOTTEST:g}"


class Readout(Part):
    """How answers are taken from the model.

    `logprob`: from the probabilities of the options' labels; `text`: of the options' own words;
    `sample`: written answers, asked for again (up to `attempts` times) until one can be parsed.
    """

    readout: Literal["logprob", "text", "sample"] = "logprob"
    length_normalization: Literal["none", "token", "byte"] = "none"
    samples: int = Field(default=1, ge=1, le=1000)
    attempts: int = Field(default=100, ge=1, le=1000)
    answer_tokens: int = Field(default=64, ge=1, le=32768)
    temperature: float = Field(default=1.0, gt=0, le=10)

    @model_validator(mode="after")
    def _settings_that_apply(self) -> "Readout":
        if self.length_normalization != "none" and self.readout != "text":
            raise Misfit("length_normalization needs readout: text", "length_normalization")
        if self.samples > 1 and self.readout != "sample":
            raise Misfit("samples needs readout: sample", "samples")
        if self.readout == "sample" and self.temperature > HOTTEST:
            raise Misfit(f"readout: sample writes answers, {NEEDS_COOLER}", "temperature")
        return self

    @property
    def labelled(self) -> bool:
        """Whether options are shown with labels."""
        return self.readout != "text"


def _free(question: Any) -> bool:
    return isinstance(question, OpenQuestion) or (
        isinstance(question, dict) and question.get("free_text") is not None
    )


def _kind(question: Any) -> str:
    return f"{BRANCH}open" if _free(question) else f"{BRANCH}closed"


AnyQuestion = Annotated[
    Annotated[Question, Tag(f"{BRANCH}closed")] | Annotated[OpenQuestion, Tag(f"{BRANCH}open")],
    Discriminator(_kind),
]


class Questionnaire(Readout):
    """The survey: asked in series, each answer staying in the conversation, or each alone.

    `readout_check` is the share of answers for which a written one is stored beside the other.
    `debias: label_prior` divides by what the model gives the labels whatever stands behind them.
    """

    order: Literal["fixed", "shuffled", "shuffled_in_blocks"] = "shuffled"
    in_series: bool = True
    readout_check: float = Field(default=0.0, ge=0, le=1)
    debias: Literal["none", "label_prior"] = "none"
    questions: dict[Name, AnyQuestion] = Field(min_length=1)

    @field_validator("questions")
    @classmethod
    def _named_by_their_keys(cls, questions: dict[str, AnyQuestion]) -> dict[str, AnyQuestion]:
        return agreeing(questions)

    @model_validator(mode="after")
    def _readout_fits(self) -> "Questionnaire":
        if not self.closed:
            raise ValueError("needs a question with options; free text alone cannot be measured")
        averaged = [q.name for q in self.closed if q.options_order == "averaged"]
        if averaged and self.readout == "sample":
            raise Misfit(
                f"{averaged[0]!r} has options_order averaged, which written answers cannot have; "
                "use random", "questions", averaged[0], "options_order",
            )  # fmt: skip
        if self.debias != "none" and self.readout != "logprob":
            raise Misfit("label_prior needs readout: logprob", "debias")
        if self.debias != "none" and all(q.number is not None for q in self.closed):
            said = "label_prior needs a question with labels; numbers have none"
            raise Misfit(said, "debias")
        if self.debias != "none" and averaged:
            raise Misfit(
                f"{averaged[0]!r} has options_order averaged, which removes the label prior by "
                "itself; choose one of the two", "questions", averaged[0], "options_order",
            )  # fmt: skip
        if self.readout_check and self.readout == "sample":
            said = "compares with written answers; readout: sample is them"
            raise Misfit(said, "readout_check")
        if self.readout_check and self.temperature > HOTTEST:
            raise Misfit(f"readout_check writes answers, {NEEDS_COOLER}", "temperature")
        return self

    @property
    def closed(self) -> list[Question]:
        """The questions with options, which can be measured."""
        return [q for q in self.questions.values() if isinstance(q, Question)]

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: Any) -> Any:
        """What stands at this level is used by questions without their own."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        shared = {key: data.pop(key) for key in SHARED if key in data}
        if not isinstance(data.get("questions"), dict):
            return data
        shared.setdefault("options_order", "reversed")
        entries: dict[Any, Any] = {}
        for name, entry in data["questions"].items():
            for item, fields in _items(name, entry):
                if item in entries:
                    raise Misfit(f"two questions are named {item!r}", "questions", item)
                entries[item] = _completed(item, fields, shared)
        data["questions"] = entries
        return data


def _items(name: Any, entry: Any) -> list[tuple[Any, Any]]:
    """A battery's items (one stem, many items, one scale), or the question as it is."""
    if not isinstance(entry, dict) or not ({"battery", "select_all"} & set(entry)):
        return [(name, entry)]
    common = {key: value for key, value in entry.items() if key not in BATTERY}
    stem, items = entry.get("battery", entry.get("select_all")), entry.get("items")
    if not isinstance(stem, str) or not stem.strip() or not isinstance(items, dict) or not items:
        said = f"{name!r} needs a stem as text and items, a mapping of names to their wording"
        raise Misfit(said, "questions", str(name))
    if {"battery", "select_all"} <= set(entry) or "question" in entry:
        said = f"{name!r} needs one of question, battery and select_all"
        raise Misfit(said, "questions", str(name))
    if "select_all" in entry:
        common = {"options": YES_NO, "ordered": False, "options_order": "fixed", **common}
    return [
        (item, {"block": name, **common, **_item(item, stem, wording, "select_all" in entry)})
        for item, wording in items.items()
    ]


def _item(name: Any, stem: str, wording: Any, select_all: bool) -> dict[str, Any]:
    fields = dict(wording) if isinstance(wording, dict) else {"item": wording}
    item = fields.pop("item", None)
    if not isinstance(item, str) or not item.strip():
        said = f"the item {name!r} needs its wording as text, in quotes if a number"
        raise Misfit(said, "questions", str(name))
    if "{}" in stem:
        return {"question": stem.replace("{}", item), **fields}
    return {"question": f"{stem} {item}{': does this apply?' if select_all else ''}", **fields}


def _completed(name: Any, entry: Any, shared: dict[str, Any]) -> Any:
    """Gives an entry its name, its column and what is shared; a bare string is its wording."""
    entry = {"question": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict):
        return entry
    if _free(entry):
        return {"name": name, **entry}
    unused = {"permutations"} if entry.get("options_order", "averaged") != "averaged" else set()
    unused |= {"anchored"} if "options" in entry else set()
    shared = {key: value for key, value in shared.items() if key not in unused}
    return {**shared, "name": name, "column": name, **entry}


def named(entries: dict[Any, Any]) -> dict[Any, Any]:
    """Traits with the names and columns that their keys give them."""
    return {name: _completed(name, entry, {}) for name, entry in entries.items()}


Q = TypeVar("Q", bound=Question | OpenQuestion)


def agreeing(questions: dict[str, Q]) -> dict[str, Q]:
    for key, question in questions.items():
        if question.name != key:
            raise ValueError(f"{key!r} is named by its key; leave its name {question.name!r} out")
    return questions
