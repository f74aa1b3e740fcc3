"""Ties a child process to its parent, so that nothing outlives a kill. Linux only, else nothing."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def die_with_parent(death: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends the child this signal when its parent is gone.

    "Parent" is the thread that starts the child, so start children from a thread that stays.
    """
    parent = os.getpid()
    ask = parent_death_signal()
    if ask is None:
        return None

    def ask_the_kernel() -> None:
        ask(death)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask_the_kernel


def parent_death_signal() -> Callable[[signal.Signals], None] | None:
    """What asks the kernel to send this very process a signal at its parent's death."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded before a fork: a forked child should load nothing

    def ask(death: signal.Signals) -> None:
        prctl(_PR_SET_PDEATHSIG, int(death), 0, 0, 0)

    return ask
