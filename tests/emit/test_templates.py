"""Templates print: what there is to decide or compute was decided and computed in Python."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jinja2 import nodes

from cbcnn_codegen.emit.render import template_environment
from cbcnn_codegen.locate_firmware import firmware_path

ROOT = firmware_path()
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.jinja"))

PRINTING = (
    *(nodes.Template, nodes.Output, nodes.TemplateData),
    *(nodes.Name, nodes.Getattr, nodes.For, nodes.If, nodes.Include, nodes.Const),
)


def forbidden(template: str) -> Iterator[str]:
    """Everything in a template's text that does more than print."""
    for node in _walk(template_environment().parse(template)):
        kind = f"line {node.lineno}: {type(node).__name__}"
        match node:
            case nodes.For():
                plain = not (node.test or node.recursive or node.else_)
                if not (plain and isinstance(node.target, nodes.Name) and _is_value(node.iter)):
                    yield kind
            case nodes.If():
                if not _is_value(node.test):
                    yield f"{kind} of something without a name"
            case nodes.Include():
                if not isinstance(node.template, nodes.Const):
                    yield kind
            case nodes.Output():
                if not all(isinstance(n, nodes.TemplateData) or _is_value(n) for n in node.nodes):
                    yield kind
            case _ if not isinstance(node, PRINTING):
                yield kind


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _is_value(node: nodes.Node) -> bool:
    """A name, or a chain of attributes of one."""
    while isinstance(node, nodes.Getattr):
        node = node.node
    return isinstance(node, nodes.Name)


def test_the_templates_are_found() -> None:
    assert {"model/model.c.jinja", "model/model.h.jinja", "project/Makefile.jinja"} < set(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_only_prints(template: str) -> None:
    assert list(forbidden((ROOT / template).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        *("{{ a + 1 }}", "{{ f() }}", "{{ a.f(1) }}", "{{ a[0] }}", "{{ a | upper }}"),
        *("{{ -a }}", "{{ 1 }}", "{{ 'text' }}", "{{ a if b }}", "{{ a ~ b }}", "{{ a == b }}"),
        *("{% set a = 1 %}", "{% if a == 1 %}{% endif %}", "{% if not a %}{% endif %}"),
        *("{% if a and b %}{% endif %}", "{% for a in range(3) %}{% endfor %}"),
        *("{% for a in b if a %}{% endfor %}", "{% for a, b in c %}{% endfor %}"),
        *(
            "{% macro m() %}{% endmacro %}",
            "{% include name %}",
            "{% filter upper %}{% endfilter %}",
        ),
    ],
)
def test_the_check_catches_what_computes(text: str) -> None:
    assert list(forbidden(text)) != []


@pytest.mark.parametrize("text", ["{{ a.b.c }}", "{% if a.b %}x{% else %}y{% endif %}"])
def test_the_check_lets_printing_pass(text: str) -> None:
    assert list(forbidden(text)) == []
