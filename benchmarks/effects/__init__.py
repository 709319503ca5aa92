"""What single options of `cbcnn-train` do to the validation accuracy."""
