"""The list of parts: each measures the rows of one subject in a process of its own."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from benchmarks.rows import Row


@dataclass(frozen=True)
class Part:
    """Something measured in one process.

    Attributes:
        name: unique.
        rows: the stable names of its rows, without suffixes.
        function: ``module.function`` within this package; returns a list of `Row`.
        screen: it needs the window.
        scale: the device pixel ratio of that screen.
        peers: it needs the optional extra ``bench``.
    """

    name: str
    rows: tuple[str, ...]
    function: str
    screen: bool = False
    scale: int = 1
    peers: bool = False

    def measure(self) -> list[Row]:
        """Runs the part here; its process was started for it."""
        module, _, function = self.function.partition(".")
        rows: list[Row] = getattr(importlib.import_module(f"benchmarks.{module}"), function)()
        return rows

    def answers_to(self, name: str) -> bool:
        """Whether ``--only name`` means this part: its own name, or the beginning of one of its rows'."""
        return self.name == name or any(row.startswith(name) or name.startswith(row) for row in self.rows)


_HAND = ("probe_drag_p95", "probe_drag_p99", "manifold_pan_p95", "manifold_zoom_p95")
_GPU = ("train_gpu_vae_b128", "train_gpu_vs_eager", "train_gpu_vs_pythae", "train_gpu_vqvae_vs_eager")

PARTS = (
    Part(
        "train_cpu",
        ("train_cpu_b128_vs_pythae", "train_cpu_b128_vs_gemm", "train_cpu_b512_vs_gemm"),
        "training.on_cpu",
        peers=True,
    ),
    Part("train_cpu_contended", ("train_cpu_contended",), "training.contended"),
    Part("train_gpu", _GPU, "training_gpu.on_gpu", peers=True),
    Part("train_window", ("train_window_vs_headless", "train_during_drag"), "window.throughput", screen=True),
    Part("scatter_freshness", ("scatter_freshness_mlp", "scatter_freshness_conv"), "window.freshness", screen=True),
    Part("first_move", ("first_move",), "window.first_move", screen=True),
    Part("train_stop", ("train_stop_mlp", "train_stop_conv"), "stopping.stop", screen=True),
    Part("hand_mlp", (*_HAND, "manifold_fill_mlp"), "hand.mlp", screen=True),
    Part("hand_conv", (*_HAND, "manifold_fill_conv"), "hand.conv", screen=True),
    Part("hand_mlp_x2", _HAND, "hand.mlp", screen=True, scale=2),
    Part("hand_conv_x2", _HAND, "hand.conv", screen=True, scale=2),
    Part("hover_card", ("hover_card", "hover_card_all_on"), "hover.hover_card", screen=True),
    Part("lasso", ("lasso_70k",), "selecting.lasso", screen=True),
    Part("neighbours", ("neighbours",), "selecting.neighbours", screen=True),
    Part("pin_drag", ("pin_drag",), "pins.drag", screen=True),
    Part("draw_encode", ("draw_encode",), "drawing.encode", screen=True),
    Part("film", ("film_scrub", "film_overhead"), "film.film", screen=True),
    Part("event_loop", ("event_loop_p99", "event_loop_max"), "window.event_loop", screen=True),
    Part(
        "scatter",
        ("scatter_70k_pan", "scatter_70k_move", "scatter_1m_pan", "scatter_1m_move", "scatter_pick_1m"),
        "scatter.speed",
        screen=True,
    ),
    Part(
        "scatter_x2",
        ("scatter_70k_pan", "scatter_70k_move", "scatter_1m_pan", "scatter_1m_move"),
        "scatter.speed",
        screen=True,
        scale=2,
    ),
    Part("scatter_peer", ("scatter_move_vs_pyqtgraph",), "scatter.beside_pyqtgraph", screen=True, peers=True),
    Part("start", ("start_frame", "start_usable", "start_pca"), "start.start", screen=True),
    Part("memory", ("memory_window",), "memory.window", screen=True),
)
