"""The benchmark's rows: their arithmetic, their names, and the command that prints them."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
STABLE_NAMES = [
    "train_cpu_b128_vs_pythae",
    "train_cpu_b128_vs_gemm",
    "train_cpu_b512_vs_gemm",
    "train_cpu_contended",
    "train_window_vs_headless",
    "train_during_drag",
    "train_gpu_vae_b128",
    "train_gpu_vs_eager",
    "train_gpu_vs_pythae",
    "train_gpu_vqvae_vs_eager",
    "scatter_freshness_mlp",
    "scatter_freshness_conv",
    "probe_drag_p95",
    "probe_drag_p99",
    "manifold_pan_p95",
    "manifold_fill_mlp",
    "manifold_fill_conv",
    "lasso_70k",
    "neighbours",
    "film_scrub",
    "film_overhead",
    "event_loop_p99",
    "event_loop_max",
    "scatter_70k_pan",
    "scatter_70k_move",
    "scatter_1m_pan",
    "scatter_1m_move",
    "scatter_move_vs_pyqtgraph",
    "scatter_pick_1m",
    "start_frame",
    "start_usable",
    "memory_window",
]
FIELDS = ["name", "unit", "ours", "against", "reference", "ratio", "goal", "holds"]


@pytest.fixture(autouse=True)
def _scripts_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def rows():
    return importlib.import_module("benchmarks.rows")


def parts():
    return importlib.import_module("benchmarks.parts").PARTS


def test_a_bound_that_is_kept_has_a_ratio_of_at_least_one():
    assert rows().at_most("latency", "ms", 10.0, 20.0).ratio == 2.0
    assert rows().at_most("latency", "ms", 40.0, 20.0).holds is False
    assert rows().at_least("rate", "1/s", 8.0, 4.0).holds is True


def test_a_peer_is_to_be_beaten_by_the_goal():
    row = rows().times_as_much("rate", "images/s", 300.0, 100.0, 2.0, "the peer's")
    assert (row.ratio, row.goal, row.holds) == (1.5, 2.0, True)
    assert rows().times_as_much("rate", "images/s", 150.0, 100.0, 2.0, "the peer's").holds is False
    assert rows().times_as_fast("draw", "ms", 10.0, 150.0, 10.0, "the peer's").ratio == 1.5
    # No more than 1.25 times as long as the reference.
    assert rows().times_as_fast("start", "s", 2.4, 2.0, 0.8, "imports alone").holds is True
    assert rows().times_as_fast("start", "s", 2.6, 2.0, 0.8, "imports alone").holds is False


def test_what_was_not_measured_neither_holds_nor_falls_short():
    row = rows().not_measured("rate", "images/s", 2.0, "no GPU here")
    assert (row.ours, row.reference, row.ratio, row.holds) == (None, None, None, None)


def test_percentiles_are_values_that_were_measured():
    values = list(range(1, 101))
    assert [rows().percentile(values, share) for share in (0.0, 0.5, 0.95, 0.99, 1.0)] == [1, 50, 95, 99, 100]
    assert rows().percentile([7.0], 0.95) == 7.0


def test_a_busy_moment_hits_both_of_a_pair():
    slow, ours, theirs = iter([1, 1, 4, 4, 1, 1]), [], []

    def measure(rate, log):
        log.append(rate / next(slow))
        return log[-1]

    mine, peer = rows().paired_ratio(3, lambda: measure(30.0, ours), lambda: measure(10.0, theirs))
    assert mine / peer == 3.0


def test_every_row_has_a_place_on_the_page(tmp_path):
    names = {name for part in parts() for name in part.rows}
    row = rows().Row
    made = [row(name, "ms", 1.0, "the bound", 2.0, 2.0, 1.0, True) for name in sorted(names)]
    page = page_of(tmp_path, made)
    assert all(f"`{name}`" in page for name in names)


def test_every_gate_has_a_part():
    named = {name for part in parts() for name in part.rows}
    assert set(STABLE_NAMES) <= named
    assert len({part.name for part in parts()}) == len(parts())


@pytest.mark.parametrize("name", STABLE_NAMES)
def test_a_row_is_asked_for_by_its_name(name):
    assert any(part.answers_to(name) for part in parts())


def test_a_part_prints_rows_with_the_fields_of_a_gate():
    command = [sys.executable, str(SCRIPTS / "bench.py"), "--part", "train_gpu"]
    if importlib.import_module("torch").cuda.is_available():
        pytest.skip("would measure the GPU")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed = json.loads(done.stdout.splitlines()[-1])
    assert [list(row) for row in printed] == [FIELDS] * 4
    assert all(row["ratio"] is None and row["holds"] is None for row in printed)


def test_a_name_that_means_nothing_is_one_clear_line():
    command = [sys.executable, str(SCRIPTS / "bench.py"), "--only", "train_tpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nothing here is called 'train_tpu'" in done.stderr


def test_the_page_says_what_was_measured_and_what_was_not(tmp_path):
    cases = importlib.import_module("benchmarks.cases")
    measured = [
        rows().times_as_much("train_cpu_b128_vs_gemm", "GFLOP/s", 66.0, 100.0, 0.6, "matrix products alone"),
        rows().at_most("probe_drag_p95_mlp", "ms", 20.0, 16.7),
        rows().not_measured("train_gpu_vs_eager", "images/s", 3.0, "no NVIDIA GPU here"),
        rows().not_measured("start_frame", "s", 1.0, "xdotool is not installed"),
    ]
    cost = cases.Cost(12_345.0, 0.65, 9_000.0, 8.5, 900.0, 45.0)
    page = page_of(tmp_path, measured, dict.fromkeys(cases.cases(), cost))
    assert "| `train_cpu_b128_vs_gemm` | 66 GFLOP/s | matrix products alone 100 | 0.6 | 1.10 | 2 May 2026 |" in page
    assert "**0.83**, falls short" in page
    assert "- `start_frame`: xdotool is not installed." in page
    assert "- `train_gpu_vs_eager`: no NVIDIA GPU here." in page
    assert page.count("12,345") == sum(map(len, cases.AXES.values()))
    assert "1,000,000" in page


def test_a_page_without_growth_has_no_empty_tables(tmp_path):
    assert "How cost grows" not in page_of(tmp_path, [rows().at_most("start_frame", "s", 0.3, 0.5)])


def page_of(folder, measured, costs=None):
    """The page of rows measured on the second of May 2026 on some machine."""
    kept, report = importlib.import_module("benchmarks.kept"), importlib.import_module("benchmarks.report")
    figures = kept.Figures()
    figures.renew(measured, costs or {}, kept.Occasion("2026-05-02", "a machine"))
    report.write_report(figures, folder / "performance.md")
    return (folder / "performance.md").read_text(encoding="utf-8")


def test_newer_figures_replace_older_ones_and_what_was_measured_elsewhere_stays(tmp_path):
    kept, cases = importlib.import_module("benchmarks.kept"), importlib.import_module("benchmarks.cases")
    row, file = rows(), tmp_path / "performance.json"
    gpu = row.times_as_much("train_gpu_vs_eager", "images/s", 70.0, 10.0, 3.0, "uncaptured")
    case, cost = cases.cases()[0], cases.Cost(12_345.0, 0.65, 9_000.0, 8.5, 900.0, 45.0)
    figures = kept.read(file)  # nothing yet
    figures.renew([row.at_most("start_frame", "s", 0.6, 0.5), gpu], {case: cost}, kept.Occasion("2026-05-02", "a GPU"))
    figures.renew([row.at_most("start_frame", "s", 0.2, 0.5)], {}, kept.Occasion("2026-05-03", "two cores"))
    names = "train_gpu_vs_eager", "train_gpu_vs_pythae"
    lacking = [row.not_measured(name, "images/s", 3.0, "no GPU") for name in names]
    figures.renew(lacking, {}, kept.Occasion("2026-05-04", "two cores"))
    figures.write(file)
    again = kept.read(file)
    assert again == figures
    known = {each.name: (each.ours, occasion.day, occasion.machine) for each, occasion in again.rows}
    assert known == {
        "start_frame": (0.2, "2026-05-03", "two cores"),
        "train_gpu_vs_eager": (70.0, "2026-05-02", "a GPU"),
        "train_gpu_vs_pythae": (None, "2026-05-04", "two cores"),
    }
    assert again.costs == {case: (cost, kept.Occasion("2026-05-02", "a GPU"))}
    importlib.import_module("benchmarks.report").write_report(again, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| 2 May 2026, a GPU |" in page and "Measured on two cores," in page and "| 3 May 2026 |" in page


def test_the_page_is_that_of_the_figures_kept(tmp_path):
    kept, report = importlib.import_module("benchmarks.kept"), importlib.import_module("benchmarks.report")
    docs = SCRIPTS.parent / "docs"
    report.write_report(kept.read(docs / "performance.json"), tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == (docs / "performance.md").read_text(encoding="utf-8")


def test_rows_of_another_machine_are_taken_with_its_name_only():
    command = [sys.executable, str(SCRIPTS / "bench.py"), "--report", "--take", "rows.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--take goes with --report and --machine" in done.stderr


@pytest.mark.parametrize("count, side", [(500, 28), (70_000, 28), (300, 64)])
def test_images_of_a_case_are_a_data_set(tmp_path, count, side):
    growth, cases = importlib.import_module("benchmarks.growth"), importlib.import_module("benchmarks.cases")
    from latentlab.core.idx import read_folder

    size = growth.write_images(cases.Case(images=count, side=side), tmp_path)
    dataset = read_folder(tmp_path)
    assert (len(dataset.train), dataset.shape) == (count, (1, side, side))
    assert size == dataset.train.images.nbytes + dataset.test.images.nbytes
    # Beyond the images that there are, they come again, but not the very same.
    if count > 60_000:
        assert (dataset.train.images[60_000] != dataset.train.images[0]).any()
        assert dataset.train.labels[60_000] == dataset.train.labels[0]
