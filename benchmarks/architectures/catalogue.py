"""The networks by name. Building one needs Larq; their names do not."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Source = Literal["docs", "zoo", "public"]

SOURCES: Final[dict[Source, str]] = {
    "docs": "Larq's documentation",
    "zoo": "Larq Zoo",
    "public": "Common in public code",
}


@dataclass(frozen=True)
class NamedNetwork:
    """A network of this folder.

    Attributes:
        name: of the function that builds it.
        title: as people know it.
        what: what is special about it, for the table.
        custom: what `--custom` says of the functions in its file.
    """

    name: str
    source: Source
    title: str
    what: str
    custom: tuple[str, ...] = ()

    def build(self) -> Any:
        """The Keras model, with the same random weights each time."""
        from cbcnn_trainer.keras2.backend import tf

        tf.keras.backend.clear_session()
        tf.keras.utils.set_random_seed(1)
        module = "zoo" if self.source == "zoo" else "patterns"
        return getattr(importlib.import_module(f"benchmarks.architectures.{module}"), self.name)()

    def write(self, path: Path) -> int:
        """Build the model and save it; its batch norms have seen some images.

        Returns:
            How many numbers training changes.
        """
        from benchmarks.architectures.blocks import calibrate
        from cbcnn_trainer.networks import count_trainable

        model = self.build()
        calibrate(model, 0, 255)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "You are saving your model as an HDF5 file")
            model.save(path)
        return count_trainable(model)


ARCHITECTURES: Final = (
    NamedNetwork("docs_mnist", "docs", "MNIST example", "28x28x1; 32, 64, 64 filters"),
    NamedNetwork("docs_binarynet", "docs", "BinaryNet", "32x32x3; 32 to 128 filters"),
    NamedNetwork("docs_mlp", "docs", "MLP", "28x28x1; 128 units"),
    NamedNetwork("docs_shortcut", "docs", "shortcuts", "16x16x3; 16 filters, real stem"),
    NamedNetwork("docs_ternary", "docs", "ternary separable", "32x32x1; 16, 32 filters"),
    NamedNetwork("binary_alexnet", "zoo", "BinaryAlexNet", "32x32x3; 32 to 64 filters"),
    NamedNetwork(
        "xnornet",
        "zoo",
        "XNOR-Net",
        "32x32x3; with --custom xnor_weight_scale=sign",
        ("xnor_weight_scale=sign",),
    ),
    NamedNetwork("dorefanet", "zoo", "DoReFa-Net", "32x32x3; 2-bit activations"),
    NamedNetwork("birealnet", "zoo", "Bi-Real Net", "32x32x3; 16, 32, 64 filters"),
    NamedNetwork("resnet_e", "zoo", "BinaryResNetE", "32x32x3; 16, 32, 64 filters"),
    NamedNetwork("densenet", "zoo", "BinaryDenseNet", "32x32x3; grows by 16"),
    NamedNetwork("densenet_dilated", "zoo", "BinaryDenseNet, dilated", "32x32x3; grows by 16"),
    NamedNetwork("meliusnet", "zoo", "MeliusNet", "32x32x3; grows by 16, tf.concat and slices"),
    NamedNetwork("real_to_binary", "zoo", "Real-to-Binary", "32x32x3; gates, PReLU"),
    NamedNetwork("strong_baseline", "zoo", "Strong Baseline", "32x32x3; PReLU"),
    NamedNetwork("quicknet", "zoo", "QuickNet", "32x32x3; 16, 32, 64 filters"),
    NamedNetwork(
        "quicknet_large", "zoo", "QuickNet, larger", "64x64x3; 16 to 128 filters, 2 blocks"
    ),
    NamedNetwork("separable", "public", "binary DS-CNN", "40x20x1; 32 filters"),
    NamedNetwork("real_head", "public", "LeNet, real head", "28x28x1; 16, 32 filters"),
    NamedNetwork("binary_weights", "public", "BinaryConnect", "32x32x3; 8, 16, 16 filters"),
    NamedNetwork("dorefa", "public", "DoReFa weights", "32x32x3; 8, 16 filters, 2 bits of both"),
    NamedNetwork("one_axis", "public", "Conv1D", "128x4; 16, 32, 32 filters"),
    NamedNetwork("inception", "public", "Inception of signs", "32x32x3; 16, 32 filters"),
    NamedNetwork("autoencoder", "public", "autoencoder", "32x32x1; a map comes out"),
)

BY_NAME: Final = {network.name: network for network in ARCHITECTURES}
