"""No command ignores an option: one that would change nothing is an error.

Somebody who passes an option expects its effect. Each command lists what its options need to have
an effect, and `refuse_idle` names those whose need is not met.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from cbcnn_inputs.errors import UsageError


class Requirement(NamedTuple):
    """What an option needs to have an effect.

    Attributes:
        option: as it is typed, such as `--data`.
        met: whether the option has what it needs.
        what: the need, in words that end a sentence: "--teacher", "a model with class names".
    """

    option: str
    met: bool
    what: str


def given_options(context: Any) -> set[str]:
    """The options that were typed, by their first long name: `--data`, `--no-mirror`.

    Args:
        context: of click, for the command that is run.
    """
    found = set()
    for option in context.command.params:
        source = context.get_parameter_source(option.name)
        if (
            option.param_type_name == "option"
            and source is not None
            and source.name == "COMMANDLINE"
        ):
            is_off = option.secondary_opts and context.params.get(option.name) is False
            names = option.secondary_opts if is_off else option.opts
            found.add(next((name for name in names if name.startswith("--")), names[0]))
    return found


def refuse_idle(given: Collection[str], requirements: Iterable[Requirement]) -> None:
    """Raise if an option has no effect.

    Args:
        given: the options that the user passed, as they are typed.
        requirements: of options, passed or not.

    Raises:
        UsageError: names all that have none, each with what it needs.
    """
    idle = [item for item in requirements if item.option in given and not item.met]
    if idle:
        names = ", ".join(dict.fromkeys(item.option for item in idle))
        raise UsageError(
            f"{names} would have no effect",
            found="\n".join(f"{item.option} without {item.what}" for item in idle),
            suggestion="leave it out, or add what it needs",
        )
