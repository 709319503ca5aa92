"""The page `report.html`: a report as text, tables and pictures, in one file without scripts."""

from cbcnn_codegen.page.view import view_page

__all__ = ["view_page"]
