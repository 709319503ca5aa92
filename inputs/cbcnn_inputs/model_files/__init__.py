"""The one reader of model files: from bytes to JSON and arrays, with h5py, zipfile and json alone.

Every command that opens a model calls `open_model_file`. It reads a file once and trusts its first
bytes to say what it is. It executes and unpickles nothing, follows nothing to another file, and
compares every declared size with a limit before it takes memory.
"""

from cbcnn_inputs.model_files.opening import ModelFile, open_model_file

__all__ = ["ModelFile", "open_model_file"]
