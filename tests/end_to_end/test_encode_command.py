"""``latentlab encode`` as a user has it: a file that NumPy and any reader of CSV open."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch

from latentlab.cli import main
from latentlab.core import runs
from tests.core.sets import digits

pytestmark = pytest.mark.usefixtures("one_thread")


def encode(capsys, folder, out, *words):
    """Its exit status, and what it says where things go wrong."""
    capsys.readouterr()
    status = main(["encode", str(folder), "--out", str(out), *words])
    printed = capsys.readouterr()
    assert printed.out == (f"{out}\n" if status == 0 else "")
    return status, printed.err


def said(folder, split):
    """What the saved model says of a split, all images at once."""
    x = torch.from_numpy(split.images.astype(np.float32)) / 16
    with torch.no_grad():
        return runs.load(folder).build_model().eval().encode(x, torch.from_numpy(split.labels.copy()))


def test_posteriors_are_read_again(fitted, tmp_path, capsys):
    folder = tmp_path / "run"
    fitted("--epochs", "2", model="vae", out=folder)
    assert encode(capsys, folder, tmp_path / "latents.npz", "--split", "train") == (0, "")
    split, expected = digits().train, said(folder, digits().train)
    with np.load(tmp_path / "latents.npz", allow_pickle=False) as file:
        assert str(file["split"]) == "train" and "codes" not in file
        np.testing.assert_array_equal(file["index"], np.arange(len(split)))
        np.testing.assert_array_equal(file["label"], split.labels)
        np.testing.assert_allclose(file["latents"], expected.mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(file["scales"], expected.scale, rtol=1e-4)


def test_a_spreadsheet_has_a_line_an_image(fitted, tmp_path, capsys):
    folder = tmp_path / "run"
    fitted("--epochs", "2", model="vae", out=folder)
    assert encode(capsys, folder, tmp_path / "latents.csv") == (0, "")
    with (tmp_path / "latents.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = said(folder, digits().test)
    assert list(rows[0]) == ["split", "index", "label", "class", "z1", "z2", "z3", "s1", "s2", "s3"]
    assert [int(row["label"]) for row in rows] == digits().test.labels.tolist()
    for name, values in (("z", expected.mean), ("s", expected.scale)):
        read = np.array([[row[f"{name}{number}"] for number in (1, 2, 3)] for row in rows], np.float32)
        np.testing.assert_allclose(read, values, rtol=1e-4, atol=1e-5)


def test_codes_of_a_codebook_are_there(fitted, tmp_path, capsys):
    folder = tmp_path / "run"
    fitted("--epochs", "2", model="vqvae", out=folder)
    assert encode(capsys, folder, tmp_path / "codes.npz") == (0, "")
    with np.load(tmp_path / "codes.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["codes"], said(folder, digits().test).codes)
        assert "scales" not in file
    assert encode(capsys, folder, tmp_path / "codes.csv") == (0, "")
    with (tmp_path / "codes.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    codes = said(folder, digits().test).codes[0].flatten().tolist()
    assert [int(first[f"code{number}"]) for number in range(1, len(codes) + 1)] == codes


def test_labels_reach_a_conditional_model(fitted, tmp_path, capsys):
    folder = tmp_path / "run"
    fitted("--epochs", "1", model="cvae", out=folder)
    assert encode(capsys, folder, tmp_path / "latents.npz") == (0, "")
    with np.load(tmp_path / "latents.npz") as file:
        np.testing.assert_allclose(file["latents"], said(folder, digits().test).mean, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "name, sentence",
    [("latents.txt", "is no name for latents; let it end in .csv or .npz."), ("nowhere/latents.npz", "No such file")],
)
def test_what_cannot_be_written_is_one_sentence(fitted, tmp_path, capsys, name, sentence):
    folder = tmp_path / "run"
    fitted("--epochs", "2", model="vae", out=folder)
    status, error = encode(capsys, folder, tmp_path / name)
    assert status == 2 and sentence in error and error.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir() if file.name != "home"] == ["run"]
