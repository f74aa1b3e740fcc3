"""The demo's study: the bundled one, cut to what two cores without a GPU do in some minutes.

Its model is small and was tuned to follow instructions. Asked in plain form, as a base model is, it
writes gibberish, and in chat form without a system message it says that it is an assistant.
"""

from importlib.resources import files
from pathlib import Path

from anthology.models.questionnaire.style import Style
from anthology.models.study.study import Study

PROMPT = (
    "Please introduce yourself in a few sentences. Say how old you are, where you grew up, what "
    "your job is, about your family and your politics."
)
SYSTEM = (
    "You are a person who lives in the United States. You are not an AI. You speak in the first "
    "person about your own life."
)
PERSONAS = 12
RESPONDENTS = 8
STORY_TOKENS = 96
CHUNK = 4  # two jobs a condition, so that one sees them move


def demo_study() -> Study:
    """The bundled study for the demo's model, under a name of its own."""
    study = Study.load(
        Path(str(files("anthology.producer"))) / "examples" / "gss2018" / "study.yaml"
    )
    assert study.pool is not None
    pool = study.pool.model_copy(
        update={
            "name": "demo-chat", "prompt": PROMPT, "count": PERSONAS, "max_tokens": STORY_TOKENS,
        }
    )  # fmt: skip
    return study.model_copy(
        update={
            "study": "gss2018-demo", "pool": pool, "chunk": CHUNK,
            "humans": study.surveyed.model_copy(update={"sample": RESPONDENTS}),
            "style": Style(turns="chat", system=SYSTEM),
        }
    )  # fmt: skip
