"""What any process of ours needs of its machine: files, addresses, a terminal, a parent.

Knows nothing of studies, databases or models.
"""

__all__ = [
    "address",
    "file_systems",
    "file_writing",
    "gpu_choice",
    "one_thread",
    "parent_process",
    "safe_path",
    "spreadsheets",
    "terminal",
    "timestamps",
    "vllm_version",
]
