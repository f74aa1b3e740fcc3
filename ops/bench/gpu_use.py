"""How busy a GPU is while something runs, as its driver sees it: no word of vLLM or of ours."""

import threading
import time
from typing import Self

EVERY_S = 0.05


class GpuUse:
    """Samples NVML in a thread within its `with` block; nothing without a GPU."""

    def __init__(self, number: int | None) -> None:
        self._number = number
        self._samples: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        if self._number is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._number is not None:
            self._thread.join()

    def busy(self, began: float, ended: float) -> float | None:
        """Mean share of the time between two times of day in which a kernel ran, 0 to 1."""
        found = [percent for at, percent in self._samples if began <= at <= ended]
        return round(sum(found) / len(found) / 100, 3) if found else None

    def _sample(self) -> None:
        import pynvml

        assert self._number is not None
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(self._number)
        while True:
            percent = int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
            self._samples.append((time.time(), percent))
            if self._over.wait(EVERY_S):
                return
