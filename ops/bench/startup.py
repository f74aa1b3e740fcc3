"""What a command costs before it does anything: user CPU time, as ratios in one run.

    .venv/bin/python ops/bench/startup.py [ROUNDS]

Each line is the median of ROUNDS (5) starts, in turn with the others, so that a busy machine slows
all alike. A ratio is to the import that the command is measured against. Run twice, before and
after a change, and compare ratios, never seconds.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "producer" / "examples" / "gss2018"
MAIN = "from anthology.producer.cli.commands import main; main()"
IMPORTS = ("typer", "sqlmodel", "pandas")
FILE = str(EXAMPLE / "study.yaml")
CSV = str(EXAMPLE / "respondents.csv")
# Each with what it is measured against; the study is stored first, its file being submitted.
COMMANDS = {
    "--help": "typer",
    "status --nonsense": "typer",
    "status gss2018": "sqlmodel",
    "wait gss2018 --timeout 0": "sqlmodel",
    "pause gss2018": "sqlmodel",
    "resume gss2018": "sqlmodel",
    "retry gss2018": "sqlmodel",
    "doctor": "sqlmodel",
    "export gss2018 --format csv --out {}": "sqlmodel",
    f"submit {FILE} --dry-run": "pandas",
    f"preview {FILE}": "pandas",
    f"floor {CSV} --items natenvir,natheal": "pandas",
    f"init {CSV} --items natenvir --out {{}}/study.yaml": "pandas",
}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        environment = prepared(Path(folder))
        spent: dict[str, list[float]] = {}
        for number in range(rounds + 1):  # the first compiles and fills caches
            for name in IMPORTS:
                spent.setdefault(name, []).append(user_s(["-c", f"import {name}"], environment))
            for command in COMMANDS:
                arguments = command.format(Path(folder) / str(number)).split()
                took = user_s(["-c", MAIN, *arguments], environment)
                spent.setdefault(command, []).append(took)
    print("| start | against | ratio | user s |\n|---|---|---|---|")
    for command, against in COMMANDS.items():
        took, base = median(spent[command][1:]), median(spent[against][1:])
        print(f"| `{short(command)}` | `{against}` | {took / base:.2f} | {took:.2f} |")


def prepared(folder: Path) -> dict[str, str]:
    """A database with the bundled study, no Redis, and no settings of whoever runs this."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("ANTHOLOGY_")}
    environment = {
        **plain,
        "PYTHONPATH": str(ROOT / "producer" / "public"),
        "ANTHOLOGY_DATABASE_URL": f"sqlite:///{folder / 'a.db'}",
        "ANTHOLOGY_BROKER_URL": "redis://127.0.0.1:1/0",  # nobody is there
    }
    store = f"""
import sys; sys.path.insert(0, {str(ROOT / "producer" / "public")!r})
from anthology.models.database.sessions import open_database
from anthology.models.study.study import Study
from anthology.producer.surveys.respondents import read_humans
from anthology.producer.submission.storage import write
study = Study.load({FILE!r})
write(open_database({environment["ANTHOLOGY_DATABASE_URL"]!r}), study, read_humans(study))
"""
    user_s(["-c", store], environment)
    return environment


def user_s(arguments: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(
        [sys.executable, "-P", *arguments], env=environment, cwd=environment["PYTHONPATH"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def short(command: str) -> str:
    return " ".join(Path(part).name if "/" in part else part for part in command.split())


if __name__ == "__main__":
    main()
