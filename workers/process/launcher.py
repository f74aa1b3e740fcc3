"""`anthology worker`: one Celery worker a GPU (group), started again when it dies.

The program itself: what to start is `worker_plan.py`'s, keeping it alive `children.py`'s.
"""

import json
import logging
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from anthology.models.database.sessions import open_database
from anthology.models.errors import AnthologyError
from anthology.models.runtime import timestamps
from anthology.models.runtime.terminal import guard_logs, harmless
from anthology.models.settings import Settings
from anthology.workers.process.children import hopeless, stop_all, tend
from anthology.workers.process.worker_plan import plan

log = logging.getLogger("anthology.worker")


def run(
    model: str | None,
    gpu_choice: str,
    tensor_parallel: int,
    concurrency: int | None,
    options: dict[str, Any],
    log_level: str,
    served: Sequence[str] = (),
) -> int:
    """Keeps the workers alive until SIGTERM or SIGINT; returns the exit code.

    The database comes last: whoever is refused has not upgraded it.
    """
    settings = Settings()
    children = plan(model, gpu_choice, tensor_parallel, concurrency, options, served)
    open_database(settings.database).dispose()
    stop = _on_stop_signals()
    for child in children:
        log.info("starting %s for queue %s", child.name, child.queue)
    try:
        while not stop and not hopeless(children):
            for child in children:
                tend(child, log_level, settings.hang_s)
            time.sleep(0.2)
    finally:
        stop_all(children, settings.grace_s + 15.0)
    if not hopeless(children):
        return 0
    log.error(
        "no worker is left to serve %s, so the launcher ends; mend what the messages above say and "
        "start `anthology worker` again",
        model or "the cpu queue",
    )
    return 1


def _on_stop_signals() -> list[int]:
    """A list that is no longer empty once SIGTERM or SIGINT came."""
    received: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _frame: received.append(signum))
    return received


def main() -> None:
    """`python -m anthology.workers.process.launcher JSON`; started by `anthology worker`."""
    arguments = json.loads(sys.argv[1])
    guard_logs()
    logging.basicConfig(
        level=arguments["log_level"].upper(),
        format="[%(asctime)s UTC: %(levelname)s/launcher] %(message)s",
    )
    timestamps.log_in_utc()
    try:
        sys.exit(run(**arguments))
    except AnthologyError as error:
        print(f"anthology: {harmless(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
