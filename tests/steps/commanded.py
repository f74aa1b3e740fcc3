"""What a command printed and its exit code."""

import json
from typing import Any

import pytest


class Ran:
    """What a command printed and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))

    def failed(self, code: int) -> str:
        """The one sentence of a failure, whose exit code this must be."""
        assert (self.code, self.out) == (code, ""), self.err
        assert self.err.startswith("anthology: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("anthology: ").strip()
