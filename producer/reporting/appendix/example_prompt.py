"""One prompt of a study, to be shown: that of an invented person, not of anybody in the survey."""

from anthology.models.study.study import Study
from anthology.producer.lock.prompts import as_text, prompts

LONGEST = 4000  # characters; of a longer one its beginning and its end


def example_prompt(study: Study) -> str:
    """The last condition's."""
    wanted = f"survey {study.condition_names[-1]} "
    found = next(prompt for prompt in prompts(study) if prompt.purpose.startswith(wanted))
    text = as_text(found)
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]}\n⟨{len(text) - 2 * half:,} characters⟩\n{text[-half:]}"
