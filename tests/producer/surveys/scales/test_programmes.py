"""Scales as the large programmes write them: in order, with what is no answer left out."""

from pathlib import Path

import pandas as pd
import pytest

from anthology.producer.surveys.formats.survey_file import SurveyFile
from anthology.producer.surveys.scales.scale import scales_of


def read(labels, extra=()):
    codes = [*map(float, labels), *map(float, extra)]
    survey = SurveyFile(
        Path("survey.sav"), pd.DataFrame({"q": codes * 5}),
        value_labels={"q": {float(code): text for code, text in labels.items()}},
    )  # fmt: skip
    return scales_of(survey, ["q"])["q"]


def written(*texts):
    survey = SurveyFile(Path("survey.csv"), pd.DataFrame({"q": [*texts] * 5}))
    return scales_of(survey, ["q"])["q"]


def numbered(texts):
    return dict(enumerate(texts.split("|"), start=1))


SCALES = [
    "Gotten much better|Gotten somewhat better|Stayed about the same|Gotten somewhat worse|"
    "Gotten much worse",
    "I strongly agree|I agree|I disagree|I strongly disagree",
    "Trust completely|Trust somewhat|Do not trust very much|Do not trust at all",
    "Greatly increase|Slightly increase|Maintain|Slightly decrease|Greatly decrease",
    "Definitely should be|Probably should be|Probably should not be|Definitely should not be",
    "Essential|Very important|Fairly important|Not very important|Not important at all",
    "Much too high|Too high|About right|Too low|Much too low",
    "Always wrong|Almost always wrong|Wrong only sometimes|Not wrong at all",
    "far below average|below average|average|above average|far above average",
    "Allow many to come and live here|Allow some|Allow a few|Allow none",
    "Very much like me|Like me|Somewhat like me|A little like me|Not like me|Not like me at all",
    "Mentioned|Not mentioned",
    "Aprueba|No aprueba",
    "Svært enig|Enig|Verken enig eller uenig|Uenig|Svært uenig",
    "Täysin samaa mieltä|Samaa mieltä|Ei samaa eikä eri mieltä|Eri mieltä|Täysin eri mieltä",
    "Teljesen egyetért|Egyetért|Egyet is ért, meg nem is|Nem ért egyet|Egyáltalán nem ért egyet",
    "Напълно съгласен|Съгласен|Нито съгласен, нито несъгласен|Несъгласен|Напълно несъгласен",
    "Täiesti nõus|Nõus|Ei nõus ega vastu|Ei ole nõus|Üldse ei ole nõus",
    "أوافق بشدة|أوافق|أعارض|أعارض بشدة",
    "Très mauvaise|Assez mauvaise|Ni bonne ni mauvaise|Assez bonne|Très bonne",
    "Mycket nöjd|Ganska nöjd|Inte särskilt nöjd|Inte alls nöjd",
    "Meget tilfreds|Tilfreds|Hverken tilfreds eller utilfreds|Utilfreds|Meget utilfreds",
    "Svært fornøyd|Fornøyd|Verken fornøyd eller misfornøyd|Misfornøyd|Svært misfornøyd",
    "Zeer tevreden|Tevreden|Niet tevreden, niet ontevreden|Ontevreden|Zeer ontevreden",
    "Erittäin tyytyväinen|Melko tyytyväinen|Melko tyytymätön|Erittäin tyytymätön",
    "Bardzo zadowolony|Raczej zadowolony|Raczej niezadowolony|Bardzo niezadowolony",
    "Velmi spokojen|Spíše spokojen|Spíše nespokojen|Velmi nespokojen",
    "Nagyon elégedett|Inkább elégedett|Inkább elégedetlen|Nagyon elégedetlen",
    "Foarte mulțumit|Destul de mulțumit|Nu prea mulțumit|Deloc mulțumit",
    "Полностью удовлетворен|Скорее удовлетворен|Скорее не удовлетворен|Совсем не удовлетворен",
    "Çok memnunum|Memnunum|Memnun değilim|Hiç memnun değilim",
    "非常满意|比较满意|一般|不太满意|非常不满意",
    "非常滿意|滿意|不滿意|非常不滿意",
    "満足|まあ満足|やや不満|不満",
    "매우 만족|만족|보통|불만족|매우 불만족",
    "Sangat puas|Puas|Kurang puas|Tidak puas sama sekali",
    "راض جدا|راض|غير راض|غير راض على الإطلاق",
    "Πολύ ικανοποιημένος|Αρκετά ικανοποιημένος|Λίγο ικανοποιημένος|Καθόλου ικανοποιημένος",
    "Bardzo ważne|Raczej ważne|Mało ważne|W ogóle nieważne",
    "非常に重要|やや重要|あまり重要でない|全く重要でない",
    "매우 중요하다|약간 중요하다|별로 중요하지 않다|전혀 중요하지 않다",
    "Çok önemli|Oldukça önemli|Pek önemli değil|Hiç önemli değil",
    "مهم جدا|مهم إلى حد ما|ليس مهما جدا|ليس مهما على الإطلاق",
    "Полностью доверяю|Скорее доверяю|Скорее не доверяю|Совершенно не доверяю",
    "Повністю довіряю|Скоріше довіряю|Скоріше не довіряю|Зовсім не довіряю",
    "非常に信頼する|やや信頼する|あまり信頼しない|全く信頼しない",
    "Sangat percaya|Cukup percaya|Kurang percaya|Tidak percaya sama sekali",
    "Vertraue voll und ganz|Vertraue eher|Vertraue eher nicht|Vertraue überhaupt nicht",
    "Aina|Usein|Joskus|Harvoin|Ei koskaan",
    "Mindig|Gyakran|Néha|Ritkán|Soha",
    "Πάντα|Συχνά|Μερικές φορές|Σπάνια|Ποτέ",
    "תמיד|לעתים קרובות|לפעמים|לעתים רחוקות|אף פעם",
    "Luôn luôn|Thường xuyên|Thỉnh thoảng|Hiếm khi|Không bao giờ",
    "Завжди|Часто|Іноді|Рідко|Ніколи",
    "हमेशा|अक्सर|कभी-कभी|शायद ही कभी|कभी नहीं",
    "Ótimo|Bom|Regular|Ruim|Péssimo",
    "Очень хорошее|Хорошее|Среднее|Плохое|Очень плохое",
    "Çok iyi|İyi|Ne iyi ne kötü|Kötü|Çok kötü",
    "とても良い|良い|ふつう|悪い|とても悪い",
    "매우 좋다|좋다|보통이다|나쁘다|매우 나쁘다",
    "Erittäin hyvä|Hyvä|Keskinkertainen|Huono|Erittäin huono",
    "Links|Eher links|Mitte|Eher rechts|Rechts",
    "Very interested|Quite interested|Hardly interested|Not at all interested",
    "Определенно да|Скорее да|Скорее нет|Определенно нет",
    "Повністю згоден|Скоріше згоден|Скоріше не згоден|Повністю не згоден",
    "Helt enig|Delvis enig|Hverken enig eller uenig|Delvis uenig|Helt uenig",
    "موافق بشدة|موافق|غير موافق|غير موافق بشدة",
    "पूरी तरह सहमत|कुछ हद तक सहमत|कुछ हद तक असहमत|पूरी तरह असहमत",
    "Rất đồng ý|Đồng ý|Không đồng ý|Rất không đồng ý",
    "Foarte mult|Mult|Puțin|Foarte puțin|Deloc",
    "Instämmer helt|Instämmer delvis|Instämmer knappast|Instämmer inte alls",
    "Teljesen egyetért|Inkább egyetért|Inkább nem ért egyet|Egyáltalán nem ért egyet",
    "Not at all|Just a little|Somewhat|A lot",
]


@pytest.mark.parametrize("texts", SCALES)
def test_a_scale_of_a_programme_is_in_order_by_its_codes_and_by_its_texts(texts):
    wanted = texts.split("|")
    found = read(numbered(texts))
    assert found.ordered
    assert [option.text for option in found.options] == wanted
    found = written(*sorted(wanted))
    assert found.ordered
    assert [option.text for option in found.options] in (wanted, wanted[::-1])


@pytest.mark.parametrize("texts", ["Gone too far|Not gone far enough|Been about right",
                                   "Positive impact|Negative impact|No effect"])  # fmt: skip
def test_a_middle_that_is_coded_last_stands_between_the_ends(texts):
    first, last, middle = texts.split("|")
    assert [option.text for option in read(numbered(texts)).options] == [first, middle, last]


@pytest.mark.parametrize("between", [[str(n) for n in range(1, 10)], [".."] * 9, ["-"] * 9])
def test_labels_that_repeat_the_code_or_say_nothing_are_none(between):
    found = read({0: "Never justifiable", **dict(enumerate(between, 1)), 10: "Always justifiable"})
    assert found.ordered
    assert [option.codes for option in found.options] == [[float(n)] for n in range(11)]


def test_two_texts_of_one_level_have_no_order_of_their_own():
    assert not written("A fair amount", "Some", "Somewhat", "None").ordered
    assert written("A little", "A lot", "None").ordered


def test_more_of_one_and_more_of_another_are_no_two_equal_ends_of_a_scale():
    assert not read(numbered("More good than harm|More harm than good|About equal")).ordered


LEFT_OUT = [
    ({1: "Tend to trust", 2: "Tend not to trust", 3: "DK", 9: "Inap. not BE"}, [3, 9]),
    ({1: "A good thing", 2: "A bad thing", 3: "Neither a good thing nor a bad thing", 4: "DK"},
     [4]),
    ({0: "DK; NA; no Post IW; form III,IV (1972)", 1: "Not much", 2: "Somewhat", 3: "Very much"},
     [0]),
    ({0: "NAP (Code 6 in V5)", 1: "Strongly agree", 2: "Agree", 3: "Disagree"}, [0]),
    ({-11: "TNZ: SPLIT", -10: "TNZ: FILTER", -42: "DATENFEHLER", 1: "GUT", 2: "SCHLECHT"},
     [-42, -11, -10]),
    ({-99: "keine Angabe", -93: "Interview abgebrochen", -86: "nicht wahlberechtigt",
      -71: "nicht einzuschätzen", 1: "stimme zu", 2: "teils/teils", 3: "stimme nicht zu"},
     [-99, -93, -86, -71]),
    ({-3: "Restricted", 1: "Very good", 2: "Good", 3: "Bad"}, [-3]),
    ({1: "Muy buena", 2: "Buena", 3: "Regular", 8: "No sabe, duda", 9: "N.C."}, [8, 9]),
    ({1: "Gotten better", 2: "Stayed about the same", 3: "Gotten worse", 4: "Not sure"}, [4]),
    ({1: "Nõus", 2: "Ei ole nõus", 3: "Keeldus", 4: "Ei oska öelda", 5: "Vastus puudub"},
     [3, 4, 5]),
    ({1: "Sutinku", 2: "Nesutinku", 3: "Atsisakė atsakyti", 4: "Nežino"}, [3, 4]),
    ({1: "Sammála", 2: "Ósammála", 3: "Neitar", 4: "Veit ekki"}, [3, 4]),
    ({1: "Acord", 2: "Dezacord", 3: "Refuză", 4: "Nu știu"}, [3, 4]),
    ({1: "D'accordo", 2: "In disaccordo", 3: "Rifiuta", 4: "Non sa"}, [3, 4]),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "codes"), LEFT_OUT)
def test_what_a_programme_writes_where_nobody_answered_is_left_out(labels, codes):
    assert sorted(read(labels).nonresponse) == codes


@pytest.mark.parametrize(
    "labels",
    [
        {1: "SE", 2: "NO", 3: "DK"},
        {1: "Accetta", 2: "Rifiuta"},
        {1: "Conoce", 2: "No conoce"},
        {1: "Yes", 2: "No", 3: "Not sure"},
        {-2: "Much worse", -1: "Worse", 0: "Same", 1: "Better", 2: "Much better"},
    ],
)
def test_words_and_codes_that_are_answers_stay(labels):
    assert not read(labels).nonresponse


def test_a_code_behind_a_gap_that_the_same_people_have_is_no_answer():
    """5 of 1 to 3, without a label, for who was asked neither."""
    asked = [1, 2, 3, 3, 2, 1] * 10
    frame = pd.DataFrame({"a": [*asked, *[5] * 20], "b": [*asked[::-1], *[5] * 20]})
    found = scales_of(SurveyFile(Path("survey.csv"), frame), ["a", "b"])
    assert [list(scale.nonresponse) for scale in found.values()] == [[5], [5]]


def test_an_abbreviation_beside_ranges_is_no_answer():
    found = written("Less than $30,000", "$30,000-$49,999", "$50,000 or more", "DK", "REF")
    assert sorted(found.nonresponse) == ["DK", "REF"]
    assert found.ordered


def test_a_column_of_three_levels_beside_one_of_five_gets_no_fourth():
    frame = pd.DataFrame({"q1": [1, 2, 3, 4, 5] * 12, "q2": [1, 2, 3, 2, 1] * 12})
    found = scales_of(SurveyFile(Path("survey.csv"), frame), ["q1", "q2"])
    assert [len(scale.options) for scale in found.values()] == [5, 3]
