"""What the launcher and the worker process it starts have agreed on: names and exit codes."""

MODEL = "ANTHOLOGY_WORKER_MODEL"
SERVED_NAMES = "ANTHOLOGY_WORKER_SERVED_NAMES"
ENGINE_OPTIONS = "ANTHOLOGY_WORKER_ENGINE_OPTIONS"
EXIT_DEAD_ENGINE = 70
EXIT_SPENT_ENGINE = 71  # as 70, of an engine that had done jobs: what it met may be one bad prompt
EXIT_NOT_STARTED = 75  # e.g. the engine died while it loaded the model
EXIT_SETUP = 78  # the worker cannot work as configured; starting it again would not help
