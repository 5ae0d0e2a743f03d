"""The quality gates: what holds, what is kept of an interrupted run, the closing line and the page."""

import importlib
import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


@pytest.fixture(autouse=True)
def _scripts_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def module(name):
    return importlib.import_module(f"quality_gates.{name}")


def gate(name="error", measure="value", **bounds):
    gates = module("gates")
    return gates.Gate(name, "AE, digits", "2 epochs", "nats", "an oracle", gates.Measure(measure), **bounds)


def row(asked, *ours, reference=None, margin=0.0, note=""):
    gates = module("gates")
    return gates.Row(asked, tuple(gates.Figure(value, reference, margin) for value in ours), note)


def training_case(name="ae_digits", seeds=1, quick=False, epochs=3, asked=None):
    """A case that trains a small autoencoder on the digits and asks for its error."""
    gates, cases = module("gates"), module("cases")

    def measure(measurement):
        trained = measurement.train("ae", {"hidden": 16}, {"epochs": epochs, "batch_size": 64}, "digits")
        return {f"{name}_error": gates.Figure(trained.run.history[-1].figures["total"], 100.0)}

    return cases.Case(name, "Digits", (asked or gate(f"{name}_error", high=100.0),), measure, seeds, quick)


def work_in(folder, asked=lambda: False):
    return module("work").Work(folder, asked)


def measured(case, work):
    return [row for _, rows in module("cases").measure([case], work) for row in rows]


class AsksAfter:
    """Asks to stop at the n-th time of asking."""

    def __init__(self, times):
        self.left = times

    def __call__(self):
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize(
    "bounds, ours, holds",
    [
        ({"high": 141.5}, 141.5, True),
        ({"high": 141.5}, 141.6, False),
        ({"low": 0.85}, 0.85, True),
        ({"low": 0.85}, 0.84, False),
        ({"low": 0.5, "high": 2.0}, 2.1, False),
        ({"high": 141.5}, math.nan, False),
    ],
)
def test_a_value_is_held_against_the_bounds(bounds, ours, holds):
    assert row(gate(**bounds), ours).holds is holds


def test_ratios_and_differences_are_taken_seed_by_seed():
    gates = module("gates")
    share = gate(measure="ratio", high=0.8)
    figures = (gates.Figure(3.0, 4.0), gates.Figure(8.0, 10.0))
    assert share.holds(figures)  # the mean of .75 and .8
    assert not share.holds((gates.Figure(3.3, 4.0), *figures[1:]))
    below = gate(measure="difference", high=-5.0)
    assert below.holds((gates.Figure(135.0, 140.0),))
    assert not below.holds((gates.Figure(135.1, 140.0),))


def test_a_margin_forgives_so_much():
    assert not row(gate(measure="difference", high=0.0), 100.2, reference=100.0).holds
    forgiven = row(gate(measure="difference", high=0.0), 100.2, reference=100.0, margin=0.3)
    assert forgiven.holds
    assert forgiven.asked() == "≤ 0 from it (± 0.3)"


def test_a_comparison_without_a_reference_is_a_mistake():
    with pytest.raises(ValueError, match="error has nothing to be compared with"):
        _ = row(gate(measure="ratio", high=1.0), 3.0).holds


def test_the_mean_over_seeds_counts():
    assert row(gate(high=10.0), 9.0, 10.5).holds is True
    assert row(gate(high=10.0), 9.0, 11.5).holds is False
    assert row(gate(high=10.0), 9.0, 10.5).ours_in_words() == "9.75 (9 to 10.5)"


@pytest.mark.parametrize(
    "value, text",
    [(140.891, "140.9"), (0.0556702, "0.05567"), (0.00003154, "0.00003154"), (299_758.4, "299,758"), (0.0, "0")],
)
def test_numbers_have_no_exponents(value, text):
    assert module("gates").number(value) == text


def test_rows_as_lines():
    line = row(gate(measure="ratio", high=0.8), 3.0, reference=4.0).in_words()
    assert line == "error: 3 nats, beside 4; ≤ 0.8 times it: holds"
    assert "FALLS SHORT" in row(gate(high=2.0), 3.0).in_words()
    assert row(gate(high=2.0), note="no GPU here").in_words() == "error: not run (no GPU here)"


def test_what_was_not_run_is_in_neither_number():
    rows = [row(gate(high=2.0), 1.0), row(gate(high=2.0), 3.0), row(gate(high=2.0), note="not begun")]
    assert module("gates").closing_line(rows) == "1 gates hold, 1 fall short"
    assert rows[2].holds is None


def test_names_are_unique_and_every_case_measures_its_gates():
    cases = module("subjects").CASES
    names = [gate.name for case in cases for gate in case.gates]
    assert len(set(names)) == len(names)
    assert len({case.name for case in cases}) == len(cases)
    assert all(case.gates for case in cases)


def test_a_capacity_that_is_spent_on_nothing_falls_short():
    """What γ = 30 and C = 10 give on the digits: a KL of 10 nats that are the same for every image."""
    gates, (digits, mnist) = module("gates"), module("capacity").CASES
    spent = {"kl": (10.0, 10.0), "told": (0.0, 10.0), "used": (27.2, 27.2)}
    verdicts = {gate.name: gate.holds([gates.Figure(*spent[gate.name.split("_")[-1]])]) for gate in digits.gates}
    assert list(verdicts.values()) == [True, False, False]
    held = mnist.gates[-1]
    assert held.holds([gates.Figure(3.2, 3.0)]) and not held.holds([gates.Figure(4.1, 3.0)])
    assert not held.holds([gates.Figure(0.0, 3.0)])


def test_a_finished_case_is_not_measured_again(tmp_path):
    work = work_in(tmp_path)
    first = measured(training_case(seeds=2), work)
    (tmp_path / "runs").rename(tmp_path / "elsewhere")
    assert measured(training_case(seeds=2), work) == first
    assert not (tmp_path / "runs").exists()
    assert len(first[0].figures) == 2
    assert first[0].figures[0] != first[0].figures[1]


def test_an_interrupted_case_goes_on_where_it_was(tmp_path):
    work, cases = module("work"), module("cases")
    case = training_case()
    whole = measured(case, work_in(tmp_path / "whole"))
    with pytest.raises(work.Stopped):
        measured(case, work_in(tmp_path / "parts", AsksAfter(3)))
    (left,) = cases.rows(case, work_in(tmp_path / "parts"))
    assert left.holds is None
    assert left.note.startswith("epoch ") and " of 3" in left.note
    (run,) = (tmp_path / "parts" / "runs").iterdir()
    taken = json.loads((tmp_path / "parts" / "results" / "ae_digits-0.json").read_text())
    assert taken["figures"] == {}
    assert taken["reached"] == left.note
    before = (run / "training.safetensors").read_bytes()
    # The same to the last bit: what was trained before the stop was not trained again.
    assert measured(case, work_in(tmp_path / "parts")) == whole
    assert (run / "training.safetensors").read_bytes() != before
    assert [folder.name for folder in (tmp_path / "parts" / "runs").iterdir()] == [run.name]


def test_cases_share_a_training(tmp_path):
    work = work_in(tmp_path)
    measured(training_case("first"), work)
    measured(training_case("second"), work)
    assert len(list((tmp_path / "runs").iterdir())) == 1
    measured(training_case("third", epochs=2), work)
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_other_settings_or_another_way_of_measuring_count_anew(tmp_path, monkeypatch):
    case, work = training_case(), work_in(tmp_path)
    measured(case, work)
    assert case.counts(work.result("ae_digits", 0))
    monkeypatch.setattr(module("cases"), "measure_digest", lambda function: "another")
    assert not case.counts(work.result("ae_digits", 0))


def test_an_oracle_is_measured_anew_when_the_program_has_changed_and_a_training_says_so(tmp_path, monkeypatch):
    cases, work = module("cases"), work_in(tmp_path)
    quick, slow = training_case("quick", quick=True), training_case("slow")
    measured(quick, work), measured(slow, work)
    monkeypatch.setattr(cases, "program_digest", lambda: "another")
    assert not quick.counts(work.result("quick", 0))
    (kept,) = cases.rows(slow, work)
    assert kept.holds
    assert kept.note.startswith("by an earlier state of the program")
    monkeypatch.setattr(module("work"), "program_digest", lambda: "another")
    measured(quick, work)  # its training, too
    assert quick.counts(work.result("quick", 0))


def test_a_result_that_cannot_be_read_is_measured_again(tmp_path):
    work = work_in(tmp_path)
    whole = measured(training_case(), work)
    (tmp_path / "results" / "ae_digits-0.json").write_text("{")
    assert work.result("ae_digits", 0) is None
    assert measured(training_case(), work) == whole


def test_what_cannot_be_measured_here_says_why(tmp_path):
    cases = module("cases")

    def measure(_):
        raise cases.NotRun("there is no such data set here")

    case = cases.Case("absent", "Digits", (gate(high=1.0),), measure)
    (found,) = measured(case, work_in(tmp_path))
    assert found.holds is None
    assert found.in_words() == "error: not run (there is no such data set here)"


def test_a_training_that_fails_is_a_row_and_not_the_end(tmp_path):
    cases = module("cases")

    def measure(measurement):
        measurement.train("ae", {}, {"epochs": 1}, str(tmp_path / "no such folder"))

    case = cases.Case("broken", "Digits", (gate(high=1.0),), measure)
    (found,) = measured(case, work_in(tmp_path))
    assert found.holds is None
    assert "no data set, folder or file" in found.note


def test_only_and_quick_choose():
    cases = module("cases")
    quick, slow = training_case("quick", quick=True), training_case("slow")
    assert cases.chosen([quick, slow], None, quick=False) == [quick, slow]
    assert cases.chosen([quick, slow], None, quick=True) == [quick]
    assert cases.chosen([quick, slow], "slow", quick=False) == [slow]
    assert cases.chosen([quick, slow], "slow_err", quick=False) == [slow]


def test_the_page_says_what_was_run_and_what_was_not(tmp_path):
    report, cases = module("report"), module("cases")
    case = cases.Case("ae", "Digits", (gate(high=1.0),), lambda _: {})
    other = cases.Case("vae", "Likelihoods", (gate("nll", high=89.0), gate("nll_50", high=86.0)), lambda _: {})
    rows = [
        (case, [row(gate(measure="ratio", high=0.8), 3.0, 3.2, reference=4.0), row(gate("far", high=1.0), 2.0)]),
        (other, [row(case_gate, note="epoch 12 of 200, 92.31 nats per image") for case_gate in other.gates]),
    ]
    report.write_report(rows, tmp_path / "quality.md")
    page = (tmp_path / "quality.md").read_text(encoding="utf-8")
    line = "| `error` | AE, digits | 2 epochs | 3.1 (3 to 3.2) nats | an oracle: 4 | ≤ 0.8 times it | yes |"
    assert line in page
    assert "**falls short**" in page
    assert "**1 gates hold, 1 fall short.**" in page
    assert "- `nll`, `nll_50`: epoch 12 of 200, 92.31 nats per image." in page
    assert "## Likelihoods" not in page  # no table without a figure
    assert "torch" in page


def test_the_page_keeps_the_figures_of_what_was_not_run_again(tmp_path):
    report, cases = module("report"), module("cases")
    case = cases.Case("ae", "Digits", (gate(high=5.0), gate("far", high=1.0)), lambda _: {})
    page = tmp_path / "quality.md"
    dated = [replace(each, date="1 May 2026") for each in (row(case.gates[0], 3.0, 3.2), row(case.gates[1], 2.0))]
    report.write_report([(case, dated)], page)
    again = [row(case.gates[0], note="not begun"), row(replace(case.gates[1], setting="9 epochs"), note="not begun")]
    for _ in range(2):
        report.write_report([(case, again)], page)
        text = page.read_text(encoding="utf-8")
        kept = "| `error` | AE, digits | 2 epochs | 3.1 (3 to 3.2) nats | an oracle | ≤ 5 |"
        assert f"{kept} yes (of an earlier run, 1 May 2026) |" in text
        assert "- `far`: not begun." in text  # it is asked in another setting
        assert "**1 gates hold, 0 fall short.**" in text

    def written(new):
        report.write_report([(case, [new, again[1]])], page)
        return page.read_text(encoding="utf-8")

    assert kept in written(replace(row(case.gates[0], 4.0), date="2 May 2026"))  # one of two seeds
    older, newer = (replace(row(case.gates[0], 4.0, 4.5), date=date) for date in ("30 April 2026", "2 May 2026"))
    assert kept in written(older)  # what an old work folder has
    worse = replace(row(case.gates[0], 6.0), date="2 May 2026")
    assert kept in written(replace(worse, date="30 April 2026"))
    fallen = tmp_path / "fallen.md"
    for file in (page, page.with_suffix(".json")):
        fallen.with_suffix(file.suffix).write_bytes(file.read_bytes())
    report.write_report([(case, [worse, again[1]])], fallen)
    assert "| 6 nats | an oracle | ≤ 5 | **falls short** |" in fallen.read_text(encoding="utf-8")
    assert "| 4.25 (4 to 4.5) nats | an oracle | ≤ 5 | yes |" in written(newer)
    file = page.with_suffix(".json")
    file.write_text(file.read_text(encoding="utf-8").replace(report.machine(), "a larger machine"), encoding="utf-8")
    assert "yes (of an earlier run, 2 May 2026 on a larger machine)" in written(again[0])
    assert "yes (of an earlier run, 2 May 2026 on a larger machine)" in written(again[0])


def run_script(*words, home):
    command = [sys.executable, str(SCRIPTS / "quality.py"), "--here", *words]
    variables = os.environ | {"LATENTLAB_HOME": str(home)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables)


def test_the_command_ends_with_one_line_that_counts(tmp_path):
    done = run_script("--quick", "--only", "pca_digits", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "5 gates hold, 0 fall short"
    assert not list(tmp_path.rglob("*.json")), "the quick run keeps nothing unless it is told where"


def test_one_gate_of_several(tmp_path):
    done = run_script("--quick", "--only", "pca_digits_20", "--work", str(tmp_path / "work"), home=tmp_path)
    assert done.stdout.splitlines()[-1] == "1 gates hold, 0 fall short"
    assert (tmp_path / "work" / "results" / "pca_digits-0.json").exists()


def test_a_gate_that_falls_short_is_the_exit_status(tmp_path):
    """What is kept counts: a figure that is too large, as if it had been measured."""
    words = ["--only", "pca_digits_20", "--work", str(tmp_path)]
    run_script(*words, home=tmp_path)
    file = tmp_path / "results" / "pca_digits-0.json"
    kept = json.loads(file.read_text())
    kept["figures"]["pca_digits_20"]["ours"] *= 1.1
    file.write_text(json.dumps(kept))
    done = run_script(*words, home=tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 gates hold, 1 fall short"


def test_a_run_without_time_measures_nothing_and_says_so(tmp_path):
    done = run_script("--only", "pca_digits", "--minutes", "0", home=tmp_path)
    assert done.returncode == 0
    assert "pca_digits_2: not run (not begun)" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 gates hold, 0 fall short"


def test_a_name_that_means_nothing_is_one_clear_line(tmp_path):
    done = run_script("--only", "gan", home=tmp_path)
    assert done.returncode == 2
    assert "nothing here is called 'gan'" in done.stderr
