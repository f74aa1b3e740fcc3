"""A process of its own that reads a tokenizer's folder; its one argument is JSON.

So neither the time nor the memory nor the state of `transformers` is the asking process's. On its
stdout: a line of JSON with what went wrong, if anything did, then the tokenizer's description.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict

from anthology.models.errors import InputError
from anthology.models.language_model.lean_tokenizer import describe
from anthology.models.language_model.tokenizer import Place, from_transformers
from anthology.models.runtime import safe_path


def read(place: Place) -> bytes | None:
    """The description of a tokenizer, b"" if it has none; None if the process was of no help.

    Raises `InputError` if there is no tokenizer.
    """
    ended = subprocess.run(
        [sys.executable, "-m", __name__, json.dumps(asdict(place))],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
        env=safe_path.environment(),
    )  # fmt: skip
    head, _, description = ended.stdout.partition(b"\n")
    if ended.returncode or not head:
        return None
    wrong = json.loads(head)
    if wrong is not None:
        raise InputError(wrong)
    return description


def main() -> None:
    place = Place(**json.loads(sys.argv[1]))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a tokenizer's own code may print
    wrong, description = None, b""
    try:
        description = describe(from_transformers(place)) or b""
    except InputError as error:
        wrong = str(error)
    with answers:
        answers.write(json.dumps(wrong).encode() + b"\n" + description)


if __name__ == "__main__":
    main()
