"""The subcommand `watch` of `cbcnn-board`."""

from __future__ import annotations

from pathlib import Path

import click

from cbcnn_codegen.board.options import (
    PATH,
    baud_option,
    data_option,
    limit_option,
    port_option,
    refuse_idle_options,
    required_board,
    skip_bad_option,
)


@click.command("watch")
@click.argument("model", type=PATH)
@click.argument("folder", metavar="DIR", type=PATH)
@required_board
@port_option
@data_option
@limit_option
@skip_bad_option
@click.option(
    "--page-port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port of the page on this machine. Default: a free one.",
)
@click.option(
    "--pause",
    type=click.FloatRange(0, 60),
    default=0.5,
    show_default=True,
    metavar="S",
    help="Seconds between two images.",
)
@click.option("--seconds", type=click.FloatRange(min=0), metavar="S", help="Default: for ever.")
@baud_option
def watch_command(
    model: Path,
    folder: Path,
    board_name: str,
    port: str,
    data: Path,
    limit: int | None,
    skip_bad: bool,
    page_port: int,
    pause: float,
    seconds: float | None,
    baud: int | None,
) -> None:
    """Show in a browser what a board sees and answers, image after image. Ctrl-C ends it.

    The page has the picture, the best scores, what the answer costs, and how many images were not
    answered as by Python. Only browsers on this machine see it.
    """
    from cbcnn_codegen.board.session import open_board, open_python
    from cbcnn_codegen.board.watch import PageServer, Watching, watch
    from cbcnn_codegen.board.watch.state import WatchState
    from cbcnn_codegen.boards import find_board

    refuse_idle_options(port)
    board = find_board(board_name)
    python = open_python(model, folder, data, limit, "reference", skip_bad=skip_bad)
    project = python.project
    state = WatchState({"name": project.name, "title": board.title, "port": port, "pause": pause})
    with (
        PageServer(state, page_port) as server,
        open_board(board, port, folder, baud, project) as session,
    ):
        click.echo(f"{server.url} shows {project.name} on {board.title}; Ctrl-C ends it")
        try:
            watch(Watching(session, python, state, pause), seconds)
        finally:
            click.echo(f"{state.images} images, {state.mismatched} of them not as in Python")
