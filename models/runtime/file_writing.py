"""Writes files: whole or not at all, for whom the user allows, and over nothing of the user's.

Modes follow `ANTHOLOGY_UMASK`, whatever the shell's own is; what is there already keeps its mode.
Which files are ours, those who write them know; knows nothing of studies and formats.
"""

import fcntl
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from anthology.models.errors import InputError
from anthology.models.settings import Settings


def make_folder(path: Path) -> None:
    """With the parents that it lacks, for whom the user allows; what is there stays as it is."""
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if not path.is_dir():
            raise
    else:
        inherited = path.stat().st_mode & stat.S_ISGID  # of a folder whose files are a group's
        _set_mode(path, 0o777 & ~Settings().mask | inherited)


def make_file(path: Path) -> None:
    """Makes an empty file for whom the user allows, where there is none."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    with suppress(FileExistsError):
        os.close(os.open(path, flags, 0o600))
        allow(path)


def allow(path: Path) -> None:
    """Gives a file or folder that we made the mode that the user wants."""
    usual = 0o777 if path.is_dir() else 0o666
    _set_mode(path, usual & ~Settings().mask)


def _set_mode(path: Path, mode: int) -> None:
    """Some disks (FAT, network shares) know no modes; that must not stop the work."""
    with suppress(OSError):
        path.chmod(mode)


def others_read(path: Path, mask: int) -> bool:
    """Whether the group or everybody can read it against the mask, and come to where it lies."""
    mode, above = path.stat().st_mode, path.resolve().parents
    return any(
        mask & reads and mode & reads and all(folder.stat().st_mode & comes for folder in above)
        for reads, comes in ((0o040, 0o010), (0o004, 0o001))
    )


def refuse_others(targets: Iterable[Path], ours: Callable[[Path], bool], force: bool) -> None:
    """Raises `InputError` for a place where something is that we did not write.

    With `force` files and links may be replaced, folders and devices never.
    """
    for target in targets:
        if not os.path.lexists(target):
            continue
        mode = target.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{target} cannot be written: it is a folder; name another place")
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise InputError(f"{target} cannot be written: it is no ordinary file")
        if not force and (stat.S_ISLNK(mode) or not ours(target)):
            raise InputError(
                f"{target} exists and is not what this command wrote there before; name another "
                "place, or replace it with --force"
            )


@contextmanager
def explained(path: Path, place: str) -> Iterator[None]:
    """Turns what the disk says into one sentence; `place` is what to name another of."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"{path} cannot be written: {reason}; name another {place} with --out"
        ) from None


@contextmanager
def drafts_in(folder: Path) -> Iterator[Path]:
    """A folder for drafts on the same disk, nobody else's to see; at the end it is gone."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".anthology-draft-") as drafts:
        yield Path(drafts)


def publish(drafts: Mapping[Path, Path]) -> None:
    """Puts drafts (the keys) into their places (the values): all, or none.

    One takes the place of an earlier file in one step. Of several, which a kill may come between,
    the earlier ones are put aside first: some may be missing then, but never are two runs mixed.
    """
    for draft, target in drafts.items():
        _settle(draft, target)
    if len(drafts) == 1:
        [(draft, target)] = drafts.items()
        os.replace(draft, target)
        return
    with _alone({target.parent for target in drafts.values()}), ExitStack() as undo:
        for draft, target in drafts.items():
            if os.path.lexists(target):
                aside = draft.with_name(f"{draft.name}.earlier")
                os.rename(target, aside)
                undo.callback(os.replace, aside, target)
        for draft, target in drafts.items():
            os.rename(draft, target)
            undo.callback(os.unlink, target)
        undo.pop_all()


@contextmanager
def _alone(folders: Iterable[Path]) -> Iterator[None]:
    """Others who publish here wait, so that two runs at once are not mixed either."""
    with ExitStack() as stack:
        for folder in folders:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, descriptor)
            with suppress(OSError):  # network disks that lock no folders
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _settle(draft: Path, target: Path) -> None:
    """On the disk before it takes its place, with the mode and group of the file that it replaces.

    The user may have chosen those; a group that we may not give gets nothing instead.
    """
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    if target.is_symlink() or not target.exists():
        allow(draft)
        return
    before = target.stat()
    mode = stat.S_IMODE(before.st_mode) & 0o777
    if before.st_gid != draft.stat().st_gid:
        try:
            os.chown(draft, -1, before.st_gid)
        except OSError:
            mode &= ~0o070
    _set_mode(draft, mode)
