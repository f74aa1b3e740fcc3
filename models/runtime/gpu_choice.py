"""What `--gpus` may say; which GPUs a machine has only the launcher knows."""

from anthology.models.errors import InputError


def numbers(gpus: str) -> list[int] | None:
    """The GPUs of a list like "0,1"; None for "all", and for "cpu", which takes none.

    Raises `InputError` for anything else.
    """
    if gpus in ("all", "cpu"):
        return None
    try:
        return [int(part) for part in gpus.split(",")]
    except ValueError:
        raise InputError(f"--gpus takes all, cpu or numbers like 0,1, not {gpus!r}") from None
