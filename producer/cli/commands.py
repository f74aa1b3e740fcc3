"""The command line `anthology`: its commands, and one sentence for every error.

The commands are in `run_commands.py`, `steer_commands.py` and `read_commands.py`: they know how to
ask the other rooms and how to show what they answer, as JSON or text on stdout, and decide nothing
themselves.
"""

import gc
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer
from typer.exceptions import TyperException

from anthology.models.errors import AnthologyError
from anthology.models.runtime import terminal
from anthology.producer.cli import read_commands, run_commands, steer_commands

app = typer.Typer(
    name="anthology",
    help="Survey studies on virtual people: submit a study, let workers run it, read the report.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# In the order in which `--help` lists them.
COMMANDS: dict[str, Callable[..., None]] = {
    "init": run_commands.init,
    "submit": run_commands.submit,
    "worker": run_commands.worker,
    "status": steer_commands.status,
    "wait": steer_commands.wait,
    "report": read_commands.report,
    "compare": read_commands.compare,
    "export": read_commands.export,
    "import": read_commands.import_,
    "preview": read_commands.preview,
    "lock": read_commands.lock,
    "floor": read_commands.floor,
    "cancel": steer_commands.cancel,
    "pause": steer_commands.pause,
    "resume": steer_commands.resume,
    "retry": steer_commands.retry,
    "measure": steer_commands.measure,
    "sweep": steer_commands.sweep,
    "doctor": run_commands.doctor,
    "demo": run_commands.demo,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


def main() -> None:
    """The entry point: every error becomes one sentence and an exit code."""
    gc.set_threshold(100_000)  # what a command imports stays; looking at it all the time costs
    debug = "--debug" in sys.argv
    sys.excepthook = _show_traceback
    terminal.guard_logs()
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"] or ["--help"]
    try:
        code = app(arguments, standalone_mode=False)
    except TyperException as error:  # a wrong option or a missing argument
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "anthology"
        _fail(f"{error.format_message().rstrip('.')}; see `{command} --help`", 2)
    except AnthologyError as error:
        if debug:
            raise
        _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, EOFError, typer.Abort):
        _fail("interrupted", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        if driver_error := getattr(error, "orig", None):  # SQLAlchemy's, which is not imported here
            _fail(f"the database cannot be used: {str(driver_error).strip().splitlines()[0]}", 1)
        reason = str(error).strip().splitlines()
        _fail(
            f"unexpected {type(error).__name__}: {reason[0] if reason else ''} "
            "(run again with --debug for the traceback)", 1,
        )  # fmt: skip
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    print(f"anthology: {terminal.harmless(message)}", file=sys.stderr)
    sys.exit(code)


def _show_traceback(*raised: Any) -> None:
    print(terminal.harmless("".join(traceback.format_exception(*raised))), file=sys.stderr)
