"""A local page that shows what a board sees and answers, live."""

from cbcnn_codegen.board.watch.run import Watching, watch
from cbcnn_codegen.board.watch.server import PageServer

__all__ = ["PageServer", "Watching", "watch"]
