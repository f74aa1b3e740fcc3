"""Every error that a person may see: one tree, one sentence each, exit codes in one place."""


class AnthologyError(Exception):
    """Something failed; the message says what and what to do."""

    exit_code = 1


class InputError(AnthologyError):
    """The user's input (file, option, name) is wrong; nothing was written."""

    exit_code = 2


class SetupError(AnthologyError):
    """Something on this machine is missing or unreachable."""


class NoEngine(SetupError):
    """There is no vLLM here that can be used; another try would find none either."""


class UnreadableLabels(AnthologyError):
    """The loaded tokenizer cannot tell the option labels of a study apart."""


class ItemError(AnthologyError):
    """One person's item cannot be had; it is stored with this error, neighbours are not touched.

    `label_mass` is stored with it, where the model was asked and it is known.
    """

    label_mass: float | None = None


class NoValidAnswer(ItemError):
    """The model was asked, and nothing that it gave is one of the answers."""

    label_mass = 0.0


class LostLease(AnthologyError):
    """Another worker holds the job now; this one must write nothing."""


class StaysAway(AnthologyError):
    """This worker's engine must not do the job, another one may; it stays pending.

    `queue` is where the others are, if that is known.
    """

    def __init__(self, message: str, queue: str | None = None) -> None:
        super().__init__(message)
        self.queue = queue


class EngineDied(AnthologyError):
    """The inference engine stopped working; the worker has to be restarted."""


class Interrupted(AnthologyError):
    """The worker is stopping; unfinished work goes back to the queue."""
