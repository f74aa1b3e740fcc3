"""The report's plain words: who came closest, and what to know before trusting it."""

import numpy as np
from finished_study import full_study, small_study

from anthology.models.statistics.figures import VERSION, WITH_INTERVAL
from anthology.producer.reporting.response_profiles import ResponseProfile
from anthology.producer.reporting.verdict import flags, older, verdict


def row(condition, wd, low=None, high=None, **changes):
    found = {"condition": condition, "subgroup": "all", "n": 8, "label_mass": 0.9, "refusal": None,
             "refused_answers": None, "constant_items": 0, "missing_answers": 0}  # fmt: skip
    for name in (figure.name for figure in WITH_INTERVAL):
        found |= {name: None, f"{name}_low": None, f"{name}_high": None}
    return found | {"wd": wd, "wd_low": low, "wd_high": high, "wd_drawn": wd} | changes


def findings(*rows, steps=(), checks=(), identities=None):
    floor = {"wd": 0.05, "wd_sd": 0.01, "tv": 0.05, "tv_sd": 0.01}
    return {"rows": list(rows), "floor": {**floor, "n": 9}, "floor_at_n": {**floor, "n": 8},
            "respondents": 8,
            "resolution": {"logit_steps": list(steps)}, "checks": list(checks),
            "identities": identities or {}, "study": "small",
            "figures_version": VERSION}  # fmt: skip


def portrait(name="none", mass=(0.9, 0.9, 0.9), constant=(), complete=80, personas=None):
    return ResponseProfile(
        name, 80, [], np.eye(3), complete, list(constant), 0.0,
        label_mass=np.array(mass), refusal=np.full(3, np.nan), personas=personas,
    )  # fmt: skip


HUMANS = ResponseProfile("humans", 80, [], np.eye(3), 80, [], 0.0)


def flagged(*, study=None, mass=(0.9, 0.9, 0.9), steps=(), checks=(), **changes):
    found = findings(row("none", 0.2, **changes), steps=steps, checks=checks)
    return flags(found, [HUMANS, portrait(mass=mass)], study or small_study())


def test_the_smallest_distance_is_named_first_with_its_interval_and_the_floors():
    sentence, *_ = verdict(
        findings(row("none", 0.4), row("bio", 0.2, 0.1, 0.3)), small_study()
    )  # fmt: skip
    assert sentence.startswith("Closest to the humans: bio, WD 0.200 [0.100, 0.300]; ")
    assert "8 other real people would score 0.05" in sentence


def test_overlapping_intervals_leave_the_order_open():
    one = verdict(findings(row("a", 0.2, 0.1, 0.3), row("b", 0.3, 0.25, 0.4)), small_study())
    assert "Its interval overlaps with that of b, so their order is not settled." in one
    apart = verdict(findings(row("a", 0.2, 0.1, 0.3), row("b", 0.5, 0.4, 0.6)), small_study())
    assert not any("overlap" in remark for remark in apart)
    two = verdict(
        findings(row("a", 0.2, 0.1, 0.3), row("b", 0.3, 0.2, 0.4), row("c", 0.3, 0.2, 0.4)),
        small_study(),
    )
    assert "Its interval overlaps with those of b and c, so their order is not settled." in two


def test_a_distance_as_small_as_sampling_noise_is_said_to_be_that():
    assert any("noise alone" in s for s in verdict(findings(row("a", 0.06)), small_study()))
    assert not any("noise alone" in s for s in verdict(findings(row("a", 0.2)), small_study()))


def test_only_drawn_answers_are_held_against_the_noise_of_drawing():
    """Mean probabilities have none of it: a bias may hide in what drawing alone would allow."""
    found = verdict(findings(row("a", 0.06, wd_drawn=0.12)), small_study())
    assert not any("noise alone" in remark for remark in found)
    (_, remark) = verdict(findings(row("a", 0.2, wd_drawn=0.06)), small_study())
    assert "With one drawn answer each they score 0.06" in remark


def test_correlations_of_few_people_or_of_nobody_are_flagged_on_either_side():
    alone = ResponseProfile("humans", 80, [], np.full((3, 3), np.nan), 0, [], 0.5)
    lines = flags(findings(row("none", 0.2)), [alone, portrait(complete=12)], small_study())
    assert lines == [
        "humans: nobody answered all 2 ordered questions; Fro, CBS and L1 are undefined.",
        "“none”: Fro, CBS and L1 rest on the 12 people who answered all 2 ordered questions.",
    ]


def test_few_personas_for_many_respondents_are_flagged():
    found = findings(row("natural/greedy", 0.2))
    (line,) = flags(found, [HUMANS, portrait("natural/greedy", personas=3)], small_study())
    assert line == "natural/greedy: 80 respondents share 3 personas, on whom the figures rest."
    assert not flags(found, [HUMANS, portrait("natural/greedy", personas=60)], small_study())


def test_without_figures_nothing_is_called_closest():
    found = verdict(findings(row("a", None)), small_study())
    assert found == ["No condition has answers that can be compared with the humans'."]


def test_nothing_is_flagged_where_nothing_is_wrong():
    assert flagged(refusal=0.1) == []


def test_a_low_label_mass_is_flagged_as_a_whole_or_by_question():
    assert "“none”: mean label mass 0.30" in flagged(label_mass=0.3)[0]
    assert flagged(mass=(0.9, 0.2, 0.9)) == ["“none”: label mass under 0.5 on war."]


def test_what_is_so_of_several_conditions_is_said_once():
    study = small_study(conditions=["none", "bio", "qa"])
    found = findings(*(row(name, 0.2) for name in study.condition_names))
    people = [portrait("none", complete=5), portrait("bio", complete=5), portrait("qa")]
    said = "Fro, CBS and L1 rest on the 5 people who answered all 2 ordered questions."
    assert flags(found, [HUMANS, *people], study) == [f"“none” and bio: {said}"]
    people[2] = portrait("qa", complete=5)
    assert flags(found, [HUMANS, *people], study) == [f"all conditions: {said}"]


def test_of_written_answers_it_is_the_first_ones_that_could_be_read():
    study = full_study(readout="sample", readout_check=0.0)
    assert "only 30% of the first written answers" in flagged(study=study, label_mass=0.3)[0]
    (flag,) = flagged(study=study, mass=(0.9, 0.2, 0.9))
    assert flag == "“none”: share of first written answers that could be read under 0.5 on war."
    remarks = verdict(findings(row("none", 0.2, label_mass=0.3)), study)
    assert "Only 30% of the first written answers" in remarks[-1]


def test_a_condition_that_mostly_refuses_is_flagged():
    assert "“none”: mean probability of a refusal 0.70" in flagged(refusal=0.7)[0]


def test_the_step_of_a_16_bit_output_layer_is_flagged_with_what_it_does_to_odds():
    (flag,) = flagged(steps=[0.0625, 0.125])
    assert "16-bit output layer: log-probabilities fall on steps of 0.0625 and 0.125" in flag
    assert "off by 13%" in flag  # e^0.125 - 1


def test_written_answers_that_clearly_disagree_are_flagged_with_their_questions():
    check = {"condition": "none", "n": 50, "parsed": 1.0, "expected": 0.7, "same": 0.2}
    bad = {**check, "question": "war", "agreement": 0.1}
    good = {**check, "question": "job", "agreement": 0.7}
    assert flagged(checks=[good]) == []
    assert flagged(checks=[good, bad]) == [
        "“none”: written answers agree with the readout clearly less than they should on war and "
        "all questions together."
    ]


def test_missing_answers_and_constant_items_are_flagged():
    found = findings(row("none", 0.2, missing_answers=6, n=7))
    lines = flags(found, [HUMANS, portrait(constant=["war"])], small_study())
    assert "“none”: 7 of 8 respondents have a simulated answer." in lines
    assert any("gave one answer to war" in line for line in lines)
    assert lines[-1] == "Missing of 24 answers a condition: “none” 6 (25.0%)."


def test_answers_of_unlike_engines_are_flagged():
    found = findings(row("none", 0.2), identities={"a": "", "b": "vLLM 0.33 instead of 0.32"})
    (flag,) = flags(found, [HUMANS, portrait()], small_study())
    assert flag.startswith("Unlike engines worked for this study")
    assert "vLLM 0.33 instead of 0.32" in flag
    alike = findings(row("none", 0.2), identities={"a": ""})
    assert not flags(alike, [HUMANS, portrait()], small_study())


def test_figures_of_an_older_version_are_flagged_with_the_command_that_has_them_anew():
    found = findings(row("none", 0.2))
    assert older(found) == []
    for version in (None, VERSION - 1):
        [said] = older({**found, "figures_version": version})
        assert "older version" in said
        assert "`anthology measure small`" in said


def test_figures_without_contrasts_scales_and_worth_are_called_older():
    """Those of version 2 had none of them, and p values of what was rounding."""
    assert len(older({"figures_version": 2, "study": "small"})) == 1
    assert older({"figures_version": VERSION, "study": "small"}) == []


def test_questions_that_go_against_the_others_are_named_unless_a_scale_turns_them_round():
    def people(**changes):
        correlation = np.array([[1, -0.4, 0.5], [-0.4, 1, -0.3], [0.5, -0.3, 1]])
        return ResponseProfile("humans", 80, [], correlation, **{"complete": 80, **changes},
                               constant=[], missing=0.0)  # fmt: skip

    three = {f"q{n}": {"question": "?", "options": {"a": 1, "b": 2, "c": 3}} for n in (1, 2, 3)}

    def lines(humans, **changes):
        study = small_study(questionnaire={"questions": three}, **changes)
        return flags(findings(row("none", 0.2)), [humans, portrait()], study)

    said = "humans: q2 goes against the other questions, as reverse-keyed ones do"
    assert [line for line in lines(people()) if line.startswith(said)]
    assert lines(people(), scales={"one": ["q1", "-q2", "q3"]}) == []
    assert not any("against" in line for line in lines(people(complete=9)))
    assert lines(HUMANS) == []
