"""Which language model it is: its names, its files and their digest, its tokenizer, and what of an
engine changes answers.

Knows nothing of studies, and vLLM by the names of its arguments only.
"""

__all__ = [
    "engine_identity",
    "engine_options",
    "lean_tokenizer",
    "model_files",
    "names",
    "tokenizer",
]
