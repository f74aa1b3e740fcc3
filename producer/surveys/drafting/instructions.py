"""What a label says to the interviewer, or to who programs the survey, not to the respondent.

Knows the customary forms in the languages of the large programmes; brackets of other content stay.
"""

import re

# What an instruction begins with, in brackets or, in capitals, without.
_BEGIN = r"""
    (?:PLEASE\s+)?(?:DO\s*N[O']?T|DON['’]T|NEVER)\s+(?:READ|PROMPT|SHOW|OFFER|PROBE)
  | READ(?:ING)?\s*,?\s*(?:OUT|LIST|EACH|ALL|ALOUD|ITEMS?|OPTIONS?|RESPONSES?|ANSWERS?|CATEGORIES
      |ALTERNATIVES|STATEMENTS?|ONLY|CHOICES|IN\s+ORDER|IF\s+NEC)\b | READ(?=\s*[\]).:;,])
  | (?:INTERVIEWERS?|INTERVIEWER\s+INSTRUCTIONS?|INT|IWER|ENUMERATOR|PROGRAMM?(?:ER|
      ING)(?:\s+NOTE)?| PROG(?:\s+NOTE)?|PN|SCRIPTER|NOTE(?:\s+TO\s+(?:INTERVIEWER|
      PROGRAMM?ER))?| INSTRUCTIONS?)(?:\s*[:.]|\b) | PROBE | RANDOMI[SZ]E | ROTATE | PROMPT\b
  | REPEAT\b | ACCEPT\s+(?:ONE|ONLY|ALL|UP|MULTIPLE)
  | (?:SHOW|HAND|USE|PRESENT|HANDOUT|RESPONSE)\s*-?\s*CARDS?\b | SHOW\b | CARD\s+[A-Z]?\d+[A-Z]?\b
  | (?:ASK|ASKED)\s+(?:IF|ALL|ONLY|FORM|EVERYONE|THOSE|OF)\b | BASE\s*: | IF\s+NECESSARY
  | IF\s+NEEDED | IF\s+(?:R|RESPONDENT|ASKED|RESP)\b | CODE\s+(?:ONE|ALL|ONLY|FIRST|AS|RESPONSE)
  | (?:RECORD|ENTER|WRITE|TYPE)\s+(?:IN|DOWN|ANSWER|RESPONSE|VERBATIM|ONE|ALL|NUMBER|EXACT)?\b
  | (?:SELECT|CHECK|MARK|CHOOSE|TICK|CIRCLE|ENTER|CODE)\s+(?:ONLY\s+)?(?:ALL|ONE|UP\s+TO|
      AT\s+MOST)\b | SINGLE\s+(?:CODE|CHOICE|RESPONSE|PUNCH|ANSWER)\b
  | MULTI(?:PLE)?[\s-]*(?:CODE|CHOICE|RESPONSE|PUNCH|ANSWERS?)\b | ONE\s+ANSWER
  | OPEN[\s-]?END(?:ED)? | VOL(?:UNTEERED|UNTEER)?\b\.? | SPLIT\s+(?:FORM|SAMPLE|BALLOT)
  | FORM\s+[A-Z1-9]\b | PAUSE | SKIP\b | GO\s+TO\b | PIPE\s*TEXT | HALF\s*SAMPLE
  | TEXT\s*BOX | N[OÃ]O?\s+LE(?:ER|A|IA)\b | NO\s+SUGERIR | ESPONT[AÁÂ]NE[OA]
  | LE(?:ER|A|IA)\s+(?:\w+\s*){0,4}$ | LEER\b
  | (?:MOSTRAR|ENTREGAR|MOSTRE|ENTREGUE)\s+(?:LA\s+|O\s+)?(?:TARJETA|CART[AÃ]O)
  | (?:ENTREVISTADORA?|ENCUESTADORA?|ENQU[EÊ]TEU?R|INTERVIEWER(?:IN)?|
      INTERVISTATORE)\s*[:.,(] | NE\s+PAS\s+LIRE | MONTRER\s+(?:LA\s+)?CARTE |
       NICHT\s+VORLESEN | VORLESEN | NON\s+LEGGERE | LEGGERE | RESPUESTA\s+[UÚ]NICA |
       RESPUESTA\s+M[UÚ]LTIPLE | MEHRFACHNENNUNG | LISTE\s+VORLEGEN
"""
_BRACKETED = re.compile(
    rf"(?:\[\s*(?:{_BEGIN})[^\[\]]*\]|\(\s*(?:{_BEGIN})[^()]*\)|<<?\s*(?:{_BEGIN})[^<>]*>>?"
    rf"|\{{\s*(?:{_BEGIN})[^{{}}]*\}})",
    re.VERBOSE | re.IGNORECASE,
)
# Words that begin an instruction in brackets begin a remark to the respondent, too, if they go on
# in small letters: "(for example ...)" is never meant, "(show me)" may be.
_ALSO_SAID = re.compile(
    r"[\[(<{]\s*(?:show|repeat|skip|go to|prompt|pause|note|record|enter|write|type|probe)\b",
)
# Without brackets only in capitals, to the end of its sentence.
_BARE = re.compile(
    r"""(?<![\w\[(])(?:
      (?:DO\s+NOT|DON['’]T)\s+READ(?:\s+[A-Z]{2,})*
    | READ\s+(?:OUT|LIST|EACH|ALOUD|RESPONSES?|OPTIONS?)(?:\s+[A-Z]{2,})*
    | (?:INTERVIEWER|INTERVIEWER\s+NOTE|PROGRAMM?(?:ER|ING)(?:\s+NOTE)?|IWER|ENUMERATOR
        |ENTREVISTADORA?|ENCUESTADORA?|ENQU[EÊ]TEUR)\s*:[^.?!]*(?:[.?!]|$)
    | (?:SHOW\s*CARD|HAND\s*CARD|SHOWCARD|CARD|TARJETA)\s+[A-Z]?\d+[A-Z]?
    | (?:SHOW|HAND)\s*CARD | PROBE\s+(?:IF|FOR|ONCE)(?:\s+[A-Z]{2,})*
    | (?:SELECT|CHECK|MARK)\s+ALL\s+THAT\s+APPLY | RANDOMIZE(?:\s+[A-Z]{2,})* | NO\s+LEER
    )(?![\w])\s*[.:;]?""",
    re.VERBOSE,
)
_OR = re.compile(r"\s*[\[(]\s*(?:OR|or)\s*[\])]\s*")
_SPECIFY = re.compile(
    r"""\s*(?:
      [(\[][^()\[\]]{0,40}\b(?:specif(?:y|ied)|especifi(?:que|car)|esp\.|pr[ée]cise[rz]?|angeben|specificare)
          \b[^()\[\]]{0,20}[)\]]
    | (?<=[\w)\]"”’'])\s*[,:;.–—-]+\s*(?:please\s+|por\s+favor,?\s+|bitte\s+)?
          (?:specify|especifique|especificar|pr[ée]cisez|angeben|specificare)(?:\s+[^\s.:]+){0,2}\s*[:._]*
    | (?<=\w)\s+(?:please\s+)?specify\s*[:._]+
    | (?<=\w)\s+please\s+specify
    )\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_LONE_SPECIFY = re.compile(r"[\s(\[]*\bSpecify\s*:[\s)\]_]*")


def without_instructions(text: str) -> str:
    """The text without them; empty where it was nothing else."""
    less = _BRACKETED.sub(_if_an_instruction, text)
    less = _BARE.sub(" ", less)
    less = _OR.sub(_said_or, less)
    less = _LONE_SPECIFY.sub(" ", _SPECIFY.sub("", less))
    if less == text:
        return text
    less = re.sub(r"\s+([,.;?!])(?=\s|$)", r"\1", " ".join(less.split()))
    return re.sub(r"^[\s.:;,–—-]+|[\s:;,–—-]+$", "", less) if less[-1:] != text[-1:] else less


def _if_an_instruction(found: re.Match[str]) -> str:
    return found[0] if _ALSO_SAID.match(found[0]) else " "


def _said_or(found: re.Match[str]) -> str:
    """Between two texts it was said; at an end it only says that options follow."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    inside = before.strip() and after.strip() and not re.search(r"[.?!:,]$", before)
    doubled = re.search(r"\bor$", before) or re.match(r"or\b", after)
    return " or " if inside and not doubled else " "
