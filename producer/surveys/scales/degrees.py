"""English scales of a degree and a word with an opposite: "strongly agree", "not very likely".

Knows words, not codes; scales that stand in tables, and other languages, are in `answer_scales.py`.
"""

import re
from functools import cache

from anthology.producer.surveys.scales.label_texts import folded

# How strongly something is said, before the word or after it.
_DEGREES: dict[float, str] = {
    8: "extremely, completely, totally, entirely, absolutely, fully, totalmente, completamente, "
    "vollig, außerst, tout a fait, completement, extremement, del tutto",
    7: "strongly, very, very much, greatly, much too, definitely, certainly, highly, a great deal, "
    "much, a lot, far, muy, mucho, sehr, viel, tres, beaucoup, muito, molto, zeer, erg, meget, "
    "mycket, bardzo, очень",
    6: "mostly, quite, generally, for the most part, usually, considerably, bastante",
    4: "moderately, fairly, rather, pretty, reasonably, ziemlich, assez, abbastanza, tamelijk",
    3: "somewhat, probably, tend to, partly, partially, more or less, some, to some extent, algo, "
    "eher, plutot, um pouco, in parte, en parte, em parte, etwas, скорее, raczej",
    2: "slightly, a little, a bit, lean, leaning, leans, mildly, only a little, weakly, "
    "not very strongly, un poco, ligeramente, leicht, un peu, un po, un pouco",
}  # fmt: skip
# What stands before all that: "gotten much better", "I agree", "do not trust at all".
_BEFORE = re.compile(
    "(?:(?:i|it|we|has|have|is|are|was|am|be|been|being|will|would|should|get|gets|got|gotten"
    "|getting|become|becoming|feel|spend|spending|make|makes|made) )+"
)
_DO_NOT = re.compile("(?:do|does|did) not |(?:dont|doesnt|didnt) ")
_PLAIN = 5.0  # the word without a degree
_NOT: dict[float, str] = {
    9: "not at all, not in the least, not even a little, never, nada, gar nicht, uberhaupt nicht, "
    "pas du tout, per niente, per nulla, helemaal niet, wcale nie",
    5: "not, no, nicht, pas, non, nao, niet",
    4: "not really, not quite, eher nicht, plutot pas, pas vraiment",
    3: "not very, not too, not so, not that, not particularly, not especially, not much, poco, "
    "no muy, nicht sehr, wenig, weniger, kaum, peu, pas tres, pouco, non molto, weinig",
}
# A word and its opposite, with their synonyms; more may follow: an object, "agree that ...".
_POLES = """
agree, favor, favour, support, approve, for > disagree, oppose, disapprove, against
in favor, in favour > against, opposed
satisfied > dissatisfied, unsatisfied
likely > unlikely
important > unimportant
positive > negative
favorable, favourable > unfavorable, unfavourable
good > bad, poor
well > badly, poorly
happy > unhappy
easy > difficult, hard
safe > unsafe
comfortable > uncomfortable
confident > doubtful
trust, trusted, trustworthy > distrust, mistrust, untrustworthy
fair > unfair
willing > unwilling
accept, accepted, acceptable > refuse, refused, reject, rejected, unacceptable
interested > uninterested
concerned, worried > unconcerned
true > false, untrue
accurate > inaccurate
appropriate > inappropriate
effective > ineffective
helpful, useful > unhelpful, useless
optimistic > pessimistic
warm > cold
friendly > unfriendly
healthy > unhealthy
strong > weak
close > distant, far
serious > trivial
familiar > unfamiliar
free > unfree
like > dislike
secure > insecure
seguro, segura > inseguro, insegura
often > rarely, seldom
common > uncommon, rare
clean > dirty
proud > ashamed
liberal > conservative
democratic > undemocratic
justified, justifiable > unjustified, unjustifiable
right > wrong
like me > unlike me
clear > unclear
better > worse
higher > lower
larger, bigger > smaller
more > less, fewer
helps, helped, help > hurts, hurt, harms, harmed
increase, increased, increasing, rise, go up > decrease, decreased, decreasing, decline, declined, fall, go down, reduce, reduced
satisfecho, satisfecha, satisfechos > insatisfecho, insatisfecha, insatisfechos
satisfeito, satisfeita > insatisfeito, insatisfeita
zufrieden > unzufrieden
satisfait, satisfaite > insatisfait, insatisfaite, mecontent
soddisfatto, soddisfatta > insoddisfatto, insoddisfatta
tevreden > ontevreden
probable > improbable
wahrscheinlich > unwahrscheinlich
importante > irrelevante
wichtig > unwichtig
positivo, positiva, positiv, positif > negativo, negativa, negativ, negatif
a favor > en contra, contra
dafur > dagegen
mejor > peor
besser > schlechter
mieux, meilleur > pire, moins bien
melhor > pior
meglio, migliore > peggio, peggiore
improve, improved, improving, get better, better > worsen, worsened, get worse, worse, decline, declined, deteriorate, deteriorated
"""  # fmt: skip  # noqa: E501
# Of these the first end says yes to what was asked.
ASSENT = {"agree", "in favor", "true", "accept", "right"}

_Phrases = list[tuple[str, float]]


@cache
def _phrases(table: str) -> _Phrases:
    found = {"degrees": _DEGREES, "not": _NOT}[table]
    pairs = [(folded(text), level) for level, texts in found.items() for text in texts.split(",")]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


@cache
def pairs() -> dict[str, _Phrases]:
    """By name, which is their first word, the words of each pair of opposites with 1 or -1."""
    found = {}
    for line in filter(None, _POLES.splitlines()):
        ends = [[folded(word) for word in end.split(",")] for end in line.split(">")]
        words = [(word, sign) for end, sign in zip(ends, (1.0, -1.0), strict=True) for word in end]
        found[ends[0][0]] = sorted(words, key=lambda pair: -len(pair[0]))
    return found


def degree(text: str, pair: str) -> float | None:
    """Where a folded text stands between a pair's ends, -9 to 9; None if it is of another kind.

    "Somewhat agree" is 3, "disagree" -5, "not at all likely" -9. Words for the middle are none.
    """
    text = _BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text
    text = _DO_NOT.sub("not ", text, count=1) if _DO_NOT.match(text) else text
    for table in (_phrases("not"), _phrases("degrees"), [("", _PLAIN)]):
        denied = table is _phrases("not")
        for phrase, level in table:
            rest = _after(text, phrase)
            if rest is None:
                continue
            for word, sign in pairs()[pair]:
                more = _after(rest, word)
                if more is None:
                    continue
                if denied and re.match("(?:very|too|so) ", f"{more} "):
                    level = 3  # "not trust very much"
                if denied:
                    return -sign * (9 if re.search(r"\bat all\b", more) else level)
                if not phrase:
                    return sign * _suffix(more)
                return sign * level
    return None


def _suffix(more: str) -> float:
    """ "Agree strongly": the degree may follow."""
    for phrase, level in _phrases("degrees"):
        if _after(more, phrase) is not None:
            return level
    return _PLAIN


def _after(text: str, phrase: str) -> str | None:
    """What follows a phrase at a text's beginning; None if it does not begin so."""
    if not phrase:
        return text
    if not text.startswith(phrase):
        return None
    rest = text[len(phrase) :]
    return rest.strip() if not rest or re.match(r"\W", rest) else None
