"""What the tests of control share: a command's settings."""

import pytest
from sqlalchemy import Engine

from anthology.models.settings import Settings


@pytest.fixture
def here(database: Engine, redis_url: str) -> Settings:
    """The settings of a command in which the test's servers are meant."""
    url = database.url.render_as_string(hide_password=False)
    return Settings(database_url=url, broker_url=redis_url)
