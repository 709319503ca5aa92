"""The one reader of model files: from bytes to JSON and arrays, with h5py, zipfile and json alone.

Every command that opens a model goes through `open_model_file`. A file is read once and is what its
first bytes say; nothing in it is executed, unpickled or followed to another file; every size that
it declares is compared with a limit before memory is taken for it.
"""

from cbcnn_inputs.model_files.opening import ModelFile, open_model_file

__all__ = ["ModelFile", "open_model_file"]
