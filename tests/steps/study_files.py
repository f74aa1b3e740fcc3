"""Study files of a test's own: the small study with one field changed, loaded or refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_model import study_fields

from anthology.models.errors import InputError
from anthology.models.study.study import Study


def load(tmp_path: Path, fields: dict[str, Any] | str) -> Study:
    path = tmp_path / "s.yaml"
    path.write_text(fields if isinstance(fields, str) else yaml.safe_dump(fields, sort_keys=False))
    return Study.load(path)


def refusal(tmp_path: Path, fields: dict[str, Any] | str) -> list[str]:
    """The lines of the refusal without the file's name, which each must begin with."""
    with pytest.raises(InputError) as raised:
        load(tmp_path, fields)
    name = f"{tmp_path / 's.yaml'}: "
    lines = str(raised.value).splitlines()
    assert all(line.startswith(name) for line in lines)
    return [line.removeprefix(name) for line in lines]


def changed(place: str, value: Any) -> dict[str, Any]:
    """The small study with the field at a dotted place set, or taken out if it is `None`."""
    fields = json.loads(json.dumps(study_fields()))
    *parents, last = place.split(".")
    part = fields
    for parent in parents:
        part = part.setdefault(parent, {})
    if value is None:
        del part[last]
    else:
        part[last] = value
    return fields
