"""From a Keras model file to the float-level graph, with h5py, zipfile and json alone.

The reader executes and unpickles nothing in the file and follows nothing to another file. One error
lists everything in the model that the graph cannot express.
"""

from __future__ import annotations

import math
import pathlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cbcnn_codegen.errors import ModelFileError, UnsupportedLayerError, UsageError
from cbcnn_codegen.ir import Graph, Input, OutputForm, Product, free_name
from cbcnn_codegen.ops.real_conv import RealConv
from cbcnn_codegen.ops.real_dense import RealDense
from cbcnn_codegen.read.architecture import Architecture, read_architecture
from cbcnn_codegen.read.chain import Chain, Dimensions, LayerOutput
from cbcnn_codegen.read.input_domain import Scaling
from cbcnn_codegen.read.layer_config import LayerConfig, Path
from cbcnn_codegen.read.layers import convert
from cbcnn_codegen.read.layers.inputs import convert_input
from cbcnn_codegen.read.layers.one_axis import reads_sequences
from cbcnn_codegen.read.layers.unsupported import JOINS
from cbcnn_codegen.read.orders import settle_orders
from cbcnn_inputs.metadata import InputType
from cbcnn_inputs.model_files import ModelFile, open_model_file
from cbcnn_inputs.model_files.custom import replace_custom
from cbcnn_inputs.probe import Probe
from cbcnn_inputs.scaling import USUAL

__all__ = ["ReadResult", "read_model"]


class _End(NamedTuple):
    """A value that the model puts out, and what the model calls it."""

    value: str
    form: OutputForm


@dataclass(frozen=True)
class ReadResult:
    """The content of a model file.

    Attributes:
        graph: the network as the file describes it.
        notes: what the user should know about the reading, one sentence each.
        file: everything that was read of the file.
        probes: name of a layer or operation to what shows the layer's result in the live
            model.
    """

    graph: Graph
    notes: tuple[str, ...]
    file: ModelFile
    probes: Mapping[str, Probe] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The digest of the file's bytes, in hexadecimal."""
        return self.file.sha256


def read_model(
    path: pathlib.Path,
    *,
    input_type: InputType | None = None,
    rescale: tuple[float, float] | None = None,
    custom: Sequence[str] = (),
) -> ReadResult:
    """Read a `.h5` or `.keras` file.

    Args:
        path: the file; its content, not its name, decides the format.
        input_type: integer type of the images; None takes it from the file's metadata.
        rescale: (scale, offset) that the training code applied to the images, as if a Rescaling
            layer stood in front of the model.
        custom: what names of somebody's own stand for, each `NAME=MEANING`.

    Raises:
        ModelFileError: the file is damaged or is no Keras model.
        UnsupportedLayerError: names everything in the model that cannot be generated.
        UsageError: an option contradicts the file.
    """
    file = replace_custom(open_model_file(pathlib.Path(path)), custom)
    architecture = read_architecture(file.architecture)
    chain = _start(file, input_type, rescale)
    image, flows = _convert_all(architecture, chain)
    if file.metadata is None:
        _note_images(chain, is_typed=input_type is not None, is_scaled=rescale is not None)
    chain.image_domain()
    ends = _convert_ends(architecture, flows, chain)
    if chain.problems:
        obstacles = [node.obstacle for node in chain.nodes if node.obstacle is not None]
        raise UnsupportedLayerError.join([*chain.problems, *obstacles])
    assert image is not None, "an input without a shape is a problem"
    graph = _build(file, architecture, chain, image, ends)
    return ReadResult(graph, tuple(chain.notes), file, chain.probes)


def _start(
    file: ModelFile, input_type: InputType | None, rescale: tuple[float, float] | None
) -> Chain:
    metadata = file.metadata
    stated = None if metadata is None else metadata.input_type
    block = None if metadata is None else metadata.preprocessing
    if block is not None and input_type not in (None, block.output_type):
        raise UsageError(
            "the input type does not fit the model's Image Compression Block",
            found=f"{input_type}, while the block makes {block.output_type}",
            allowed=f"{block.output_type}, or no input type at all",
        )
    chain = Chain(
        weights=file.weights,
        fused_norms=not re.match(r"[3-9]\.", file.keras_version),
        input_type=input_type or stated or "uint8",
    )
    if rescale is not None:
        if not all(math.isfinite(value) for value in rescale):
            raise UsageError("the scaling is not finite", found=f"{rescale}", allowed="numbers")
        chain.rescale(*rescale, "the scaling given as an option")
    return chain


def _note_images(chain: Chain, *, is_typed: bool, is_scaled: bool) -> None:
    """Note what the tool assumes about images that neither the file nor the user describes.

    A Rescaling layer says how they were scaled.
    """
    if not is_typed:
        low, high = (0, 255) if chain.input_type == "uint8" else (-128, 127)
        chain.note(
            f"the model file does not name its input type; {chain.input_type} is assumed, {low} to "
            f"{high}"
        )
    if not is_scaled and chain.scaling == Scaling():
        chain.note(
            "the model file does not say how images were scaled in training; not at all is "
            f"assumed. Otherwise say it with --rescale: {USUAL} for an image x of such integers. "
            "--rescale auto --data PATH tries the usual ways on labelled images"
        )


def _convert_all(
    architecture: Architecture, chain: Chain
) -> tuple[Dimensions | None, Mapping[Path, LayerOutput]]:
    """Convert every layer.

    Returns:
        The dimensions of the image as Keras sees them, None if they are not known; and what every
        call makes.
    """
    first, *rest = architecture.layers
    chain.probes.update({layer.name: layer.probe for layer in architecture.layers})
    layers = architecture.layers if first.kind != "InputLayer" else rest
    chain.sequences = reads_sequences(architecture.layers)
    chain.start(first.name if first.kind == "InputLayer" else free_name("image", chain.probes))
    convert_input(first, chain)
    image = chain.dimensions
    chain.image_shape = chain.shape
    chain.problems += architecture.problems
    flows = {first.call: chain.flow}
    reads = Counter(path for layer in layers for path in set(layer.reads))
    for layer in layers:
        if architecture.problems:
            chain.lose_track()  # nobody knows what this layer reads
            if layer.kind == "InputLayer" or layer.kind in JOINS:
                continue  # that is among the problems
        else:
            chain.take_up([flows[path] for path in layer.reads] or [chain.flow])
            chain.forked = any(reads[path] > 1 for path in layer.reads)
        convert(layer, chain)
        flows[layer.call] = chain.flow
    return image, flows


def _convert_ends(
    architecture: Architecture, flows: Mapping[Path, LayerOutput], chain: Chain
) -> tuple[_End, ...]:
    """What the model puts out, in its order.

    Scores of classes are no signs. Where the model does not answer with a class, every value of
    its outputs is an answer.
    """
    layers = {layer.call: layer for layer in architecture.layers}
    last, ends = architecture.layers[-1], list[_End]()
    for call in architecture.outputs:
        chain.take_up([flows.get(call, chain.flow)])
        if chain.dimensions is None:
            continue
        layer = layers.get(call, last)
        form = OutputForm(layer.name, chain.dimensions)
        is_class = len(architecture.outputs) == 1 and not form.is_map
        chain.meet_end(form.size, is_class=is_class)
        if is_class and chain.kind == "signs" and not chain.problems:
            chain.refuse(
                layer.refused(
                    "a model that ends in signs",
                    "class scores at the end: a binary layer, with or without batch normalization",
                    "remove the last binarization",
                )
            )
        ends.append(_End(chain.put_out(), form))
    _demand_products(chain, last)
    return tuple(ends)


def _demand_products(chain: Chain, last: LayerConfig) -> None:
    if chain.problems:
        return
    if not any(isinstance(node.op, Product | RealConv | RealDense) for node in chain.nodes):
        chain.refuse(
            last.refused("a model without a binary layer", "at least one QuantConv2D or QuantDense")
        )


def _build(
    file: ModelFile,
    architecture: Architecture,
    chain: Chain,
    image: Dimensions,
    ends: Sequence[_End],
) -> Graph:
    domain, metadata = chain.image_domain(), file.metadata
    source = Input(
        chain.image,
        chain.map_of(image),
        domain.dtype,
        domain.shift,
        domain.offset,
    )
    block = None if metadata is None else metadata.preprocessing
    values, forms = zip(*ends, strict=True)
    graph = Graph(architecture.name, source, tuple(chain.nodes), values, forms, block)
    if metadata is not None:
        graph = replace(
            graph,
            class_names=metadata.class_names,
            pictures=metadata.pictures,
            rejection=metadata.rejection,
        )
        _demand_classes(graph)
    return settle_orders(graph)


def _demand_classes(graph: Graph) -> None:
    """The metadata speak of the classes that the network has."""
    names = len(graph.class_names)
    if (names and names != graph.classes) or (graph.rejection and not graph.has_classes):
        raise ModelFileError(
            "the model file contradicts itself",
            found=f"{names} class names for {graph.classes} classes",
            allowed="one name for each score, or two for a single score; none without classes",
            suggestion="save the model again with its own metadata",
        )
