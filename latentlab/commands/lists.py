"""``latentlab models`` and ``latentlab datasets``: what there is."""

from __future__ import annotations

import argparse

from latentlab.commands import DONE


def models(_: argparse.Namespace) -> int:
    """Prints the models, each with its objective and where it comes from, and the projections beside them."""
    from latentlab.core.models import registry
    from latentlab.core.projections import projections

    rows = []
    for info in registry():
        rows += [(info.name, f"{info.title}. {info.summary}"), ("", info.formula), ("", info.paper)]
    rows += [("", ""), ("", "Beside them, in the window's comparison:")]
    for projection in projections():
        rows += [(projection.name, f"{projection.title}. {projection.summary}"), ("", projection.paper)]
    _print_table(rows)
    return DONE


def datasets(_: argparse.Namespace) -> int:
    """Prints the data sets and what is still to be downloaded."""
    from latentlab.core.catalogue import catalogue, is_available

    rows = []
    for info in catalogue():
        there = "" if is_available(info.name) else f" Download: {info.download_mb:,.0f} MB."
        rows.append((info.name, f"{info.title}. {info.summary}{there}"))
    rows.append(("FOLDER", "Any folder of IDX files, or of pictures: by class, in train and test, or all together."))
    rows.append(("FILE.npz", "Any NumPy file of images and perhaps labels: x, y or x_train, y_train, x_test, y_test."))
    _print_table(rows)
    return DONE


def _print_table(rows: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    for name, line in rows:
        print(f"{name:<{width}}  {line}".rstrip())
