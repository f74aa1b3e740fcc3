"""One loaded vLLM model: prompts in, answers' log-probabilities or written text out.

Knows nothing of jobs or databases.
"""

__all__ = [
    "asking",
    "engine",
    "fingerprint",
    "load_errors",
    "resolution",
    "soundness",
    "text_model",
    "written_answers",
]
