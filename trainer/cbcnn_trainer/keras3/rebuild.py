"""A live Keras 3 model with the arrays of a model file, which Keras itself never opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cbcnn_inputs.errors import CbcnnError, ModelFileError, printable
from cbcnn_inputs.model_files import ModelFile
from cbcnn_inputs.model_files.places import places_of
from cbcnn_inputs.model_files.weights import LiveLayer, Location
from cbcnn_trainer.keras3.allowed import demand_allowed
from cbcnn_trainer.keras3.backend import keras

_KERAS_2: Final = ("2.",)


def rebuild(file: ModelFile) -> Any:
    """The Keras 3 model that a file describes, not compiled.

    Args:
        file: what was read, of a size that the generator reads: it has compared the arrays with
            the architecture.

    Raises:
        ModelFileError: it holds anything that is not on the lists of `allowed`, its parts do not
            fit together, or Keras 2 wrote it in a form that Keras 3 does not read.
    """
    is_archive = file.weights.is_archive
    if is_archive and file.keras_version.startswith(_KERAS_2):
        raise ModelFileError(
            f"{file.name} is an archive of Keras 2",
            found=f"Keras {file.keras_version}",
            allowed="a .keras file of Keras 3, or a .h5 file",
            suggestion="--against larq, or model.save('model.h5')",
        )
    checked = demand_allowed(file.architecture, file.name)
    try:
        model = _from_archive(checked) if is_archive else _from_h5(checked)
        places = list(_placed(file.architecture, model, ()))
        for filled in file.weights.fill(model.layers, places):
            filled.demand_fitting(file.name)
            for variable, array in zip(filled.variables, filled.arrays, strict=True):
                variable.assign(array)
    except CbcnnError:
        raise
    except Exception as error:  # Keras raises many kinds over layers that do not fit together
        raise ModelFileError(
            f"{file.name} cannot be loaded by Keras {keras.__version__}",
            found=printable(f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]),
            allowed="a complete Keras model of layers that fit together",
            suggestion="--against reference",
        ) from error
    return model


def _from_archive(checked: Mapping[str, Any]) -> Any:
    return keras.saving.deserialize_keras_object(checked, safe_mode=True)


def _from_h5(checked: Mapping[str, Any]) -> Any:
    """What `keras.models.load_model` does with the text of a `.h5` file, of Keras 2 or 3."""
    from keras.src.legacy.saving import saving_options, saving_utils
    from keras.src.saving.serialization_lib import SafeModeScope

    with saving_options.keras_option_scope(use_legacy_config=True), SafeModeScope(True):
        return saving_utils.model_from_config(checked)


def _placed(
    description: Mapping[str, Any], model: Any, location: Location
) -> Iterator[tuple[Location, LiveLayer]]:
    """Every layer that is no model, with its place in an archive."""
    config = description["config"]
    entries: Sequence[Mapping[str, Any]] = config if isinstance(config, list) else config["layers"]
    live = {layer.name: layer for layer in model.layers}
    for entry, place in zip(entries, places_of(entries), strict=True):
        layer = live.get(entry["config"].get("name"))
        if isinstance(layer, keras.Model):
            yield from _placed(entry, layer, (*location, place))
        elif layer is not None:
            yield (*location, place), layer
