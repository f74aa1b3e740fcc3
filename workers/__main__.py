"""`python -m anthology.workers -A APP worker ...`: Celery, with our app and not one from nearby.

Celery looks for what `-A` names in the current folder first, whatever Python was told (Celery
5.7); what is imported already it does not look for. Nothing is imported up here: processes that
vLLM spawns read this file again.
"""

import importlib
import sys


def main() -> None:
    from celery.__main__ import main as celery

    importlib.import_module(sys.argv[sys.argv.index("-A") + 1])
    celery()


if __name__ == "__main__":
    main()
