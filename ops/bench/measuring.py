"""What figures cost: floors and bootstraps beside a plain loop over resamples, then a whole study.

    .venv/bin/python ops/bench/measuring.py [ROUNDS]

CPU time in one thread, the least of ROUNDS (5), in turn; the loop has a tenth of the resamples and
is multiplied. Compare ratios, never seconds. 10,000 people, 20 items of 5 options; the study has 8
conditions, 12 subgroups, two scales, contrasts of a trait, 500 labelled people, 200 resamples.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from anthology.models.database.arrays import People, Simulation
from anthology.models.measuring.groups import groups
from anthology.models.measuring.measuring import WITH_HUMANS
from anthology.models.measuring.stored import Stored
from anthology.models.statistics import comparison, floors
from anthology.models.statistics.comparison import Humans, Simulated
from anthology.models.statistics.groups.profiles import Profile
from anthology.models.statistics.metrics import mean_distribution
from anthology.models.study.study import Study

PEOPLE, ITEMS, OPTIONS, CONDITIONS = 10_000, 20, 5, 8
SPLITS, RESAMPLES, TENTH = 100, 1000, 10
COUNTS, COLUMNS = [OPTIONS] * ITEMS, list(range(ITEMS))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(PEOPLE, 1))
    humans = Humans(cut(latent + noise(rng)), rng.uniform(0.5, 2, PEOPLE))
    answers, probabilities = simulated_answers(latent, rng)
    simulated = Simulated(answers, humans.weights, probabilities)
    ways: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        f"{SPLITS} floors": (lambda: at_once_floors(humans), lambda: plain_floors(humans)),
        f"{RESAMPLES} bootstraps": (
            lambda: comparison.resampled(humans, simulated, seeded(), RESAMPLES),
            lambda: plain_bootstraps(humans, simulated),
        ),
    }
    with threadpool_limits(1, user_api="blas"):
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, (at_once, plain) in ways.items():
                spent[name].append((cpu_s(at_once), cpu_s(plain) * TENTH))
        print("| what | CPU s | plain loop | ratio |\n|---|---|---|---|")
        for name, times in spent.items():
            ours, theirs = (min(column) for column in zip(*times, strict=True))
            print(f"| {name} | {ours:.2f} | {theirs:.1f} | {theirs / ours:.0f} |")
        print("\n| part of a study | CPU s | rows |\n|---|---|---|")
        stored = study_of(humans, latent, rng)
        for part in WITH_HUMANS:
            rows: list[object] = []
            took = cpu_s(lambda part=part, rows=rows: rows.extend(part(stored)))  # type: ignore[misc]
            print(f"| {part.__module__.rpartition('.')[2]} | {took:.1f} | {len(rows)} |")
    print(f"\n{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")


def at_once_floors(humans: Humans) -> object:
    return floors.floor(humans.answers, COUNTS, humans.weights, SPLITS, rng=seeded())


def plain_floors(humans: Humans) -> object:
    rng, found = seeded(), []
    for _ in range(SPLITS // TENTH):
        order = rng.permutation(PEOPLE)
        one, other = (profile(humans.take(half)) for half in np.array_split(order, 2))
        found.append([figure.value(one, other) for figure in floors.TWO_SIDED])
    return found


def plain_bootstraps(humans: Humans, simulated: Simulated) -> object:
    rng, found = seeded(), []
    for _ in range(RESAMPLES // TENTH):
        one, other = (rng.integers(PEOPLE, size=PEOPLE) for _ in range(2))
        theirs, ours = profile(humans.take(one)), simulated.take(other)
        means = [mean_distribution(item, ours.weights) for item in ours.probabilities]
        drawn = profile(Humans(ours.answers, ours.weights))
        both = theirs, Profile(means, drawn.correlation, drawn.covariance, COLUMNS)
        found.append([figure.value(*both) for figure in comparison.RESAMPLED])
    return found


def profile(people: Humans) -> Profile:
    return Profile.of_answers(people.answers, COUNTS, people.weights, COLUMNS)


def study_of(humans: Humans, latent: np.ndarray, rng: np.random.Generator) -> Stored:
    names = [f"c{number}" for number in range(CONDITIONS)]
    items = [f"q{j}" for j in COLUMNS]
    options = {f"a{k}": k for k in range(OPTIONS)}
    bins = {f"b{k}": k for k in range(4)}
    study = Study.model_validate({
        "study": "large", "model": "none", "seed": 1,
        "humans": {"file": "none.csv", "id": "id", "weight": "w"},
        "pool": {"name": "pool", "prompt": "Tell me.", "count": 10},
        "traits": {
            f"t{t}": {"question": "?", "column": f"t{t}", "bio": "I am {}.", "options": bins}
            for t in range(3)
        },
        "questionnaire": {
            "questions": {
                name: {"question": "?", "column": name, "options": options} for name in items
            }
        },
        "scales": {"one": items[:10], "other": items[10:]},
        "measures": {
            "subgroups": ["t0", "t1", "t2"], "labelled": 500, "contrasts": ["t0"],
        },
        "conditions": [{"name": name, "condition": "qa"} for name in names],
    })  # fmt: skip
    people = People(
        humans.answers.astype(np.int64), humans.weights, rng.integers(0, 4, (PEOPLE, 3))
    )
    simulations = dict(zip(names, _simulations(latent, rng), strict=False))
    return Stored(study, PEOPLE, people, simulations, {}, list(groups(study, people)))


def _simulations(latent: np.ndarray, rng: np.random.Generator) -> Iterator[Simulation]:
    shape = PEOPLE, ITEMS
    for _ in range(CONDITIONS):
        answers, probabilities = simulated_answers(latent, rng)
        yield Simulation(
            answers, probabilities, np.ones(shape), np.zeros(shape, dtype=bool),
            np.full(shape, np.nan), None, COLUMNS,
        )  # fmt: skip


def simulated_answers(
    latent: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Drawn ones (n, m), and by item the probabilities (n, K) of another draw."""
    towards = 0.6 * latent + noise(rng)
    near = np.exp(-0.5 * np.square(towards[:, :, None] - np.linspace(-2, 2, OPTIONS)))
    near /= near.sum(axis=2, keepdims=True)
    return cut(towards), [np.ascontiguousarray(near[:, j]) for j in COLUMNS]


def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(PEOPLE, ITEMS))


def cut(values: np.ndarray) -> np.ndarray:
    return np.digitize(values, [-1.5, -0.5, 0.5, 1.5])


def seeded() -> np.random.Generator:
    return np.random.default_rng(1)


def cpu_s(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
