"""What is profiled is the code that ships, and two counters agree on every edge of its flow."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from cbcnn_codegen.profile.attribute import SCORES, attribute_instructions
from cbcnn_codegen.profile.decode import Decoder
from cbcnn_codegen.profile.flow import OUTSIDE, Block, Flow
from cbcnn_codegen.profile.image import choose_image
from cbcnn_codegen.profile.layers import add_up
from cbcnn_codegen.profile.program import Program, build_program
from cbcnn_codegen.profile.qemu_counter import count_with_qemu
from cbcnn_codegen.profile.run import Profiler
from cbcnn_codegen.profile.unicorn_counter import count_with_unicorn
from cbcnn_codegen.reference import run
from cbcnn_codegen.targets import TARGETS, Target, find_target
from cbcnn_codegen.targets.timing.instructions import Instruction, Kind
from cbcnn_codegen.verify.harness import encode_input
from cbcnn_codegen.verify.project import Project
from support.commands import SIGNS
from support.generated import generate_code, read_graphs
from support.profiled import code_bytes, count_all, jumps_and_instructions, require_profiler

MODEL = SIGNS / "model.h5"
SAMPLES = SIGNS / "samples"
EMULATED = [target for target in TARGETS if target.emulator is not None]
ARM = [target for target in TARGETS if target.unicorn is not None]


def named(target: Target) -> str:
    return target.name


@cache
def project_for(target: Target, scores: str = "integer") -> Project:
    folder = Path(tempfile.mkdtemp(prefix="cbcnn-test-profile-")) / "code"
    return generate_code(MODEL, folder, target.name, name="signs", scores=scores)


def program_for(target: Target, folder: Path, **options: str) -> tuple[Program, bytes]:
    """The program and its input, one image."""
    project = project_for(target, **options)
    samples = choose_image(project, SAMPLES, 3)
    return build_program(project, target, folder), encode_input(samples, 0)


@pytest.mark.parametrize("target", ARM, ids=named)
def test_unicorn_and_qemu_see_the_same_jumps_and_instructions(
    target: Target, tmp_path: Path
) -> None:
    require_profiler(target, qemu=True)
    program, data = program_for(target, tmp_path)
    unicorn, qemu = count_with_unicorn(program, data), count_with_qemu(program, data)
    assert unicorn.output == qemu.output
    seen, expected = (jumps_and_instructions(run.flow, program) for run in (unicorn, qemu))
    assert seen[0] == expected[0]
    assert seen[1] == expected[1]
    assert sum(seen[1].values()) > 1_000_000


@pytest.mark.parametrize("name", ["cortex-m0", "cortex-m4", "cortex-m7", "cortex-m33"])
def test_the_counters_agree_on_float_scores(name: str, tmp_path: Path) -> None:
    target = find_target(name)
    require_profiler(target, qemu=True)
    program, data = program_for(target, tmp_path, scores="float")
    unicorn, qemu = count_with_unicorn(program, data), count_with_qemu(program, data)
    assert unicorn.output == qemu.output
    seen, expected = (jumps_and_instructions(run.flow, program) for run in (unicorn, qemu))
    assert seen == expected


@pytest.mark.parametrize("target", EMULATED, ids=named)
def test_every_layer_of_every_target_is_counted(target: Target, tmp_path: Path) -> None:
    require_profiler(target, qemu=True)
    project = project_for(target)
    profile = Profiler(project, target, choose_image(project, SAMPLES, 0)).run()
    assert [layer.name for layer in profile.layers] == [
        *(layer.name for layer in project.layers),
        "scores",
    ]
    assert all(layer.instructions for layer in profile.layers)
    assert profile.instructions == sum(layer.instructions or 0 for layer in profile.layers)
    assert (profile.cycles is not None) == (target.timing is not None)
    assert profile.memory.measured_stack is not None
    assert 0 < profile.memory.measured_stack <= profile.memory.computed_stack


@pytest.mark.parametrize("target", EMULATED, ids=named)
def test_debug_information_does_not_change_the_code(target: Target, tmp_path: Path) -> None:
    require_profiler(target)
    project = project_for(target)
    source = project.folder / project.sources[0]
    plain = code_bytes(target, source, tmp_path)
    assert plain == code_bytes(target, source, tmp_path, "-g")
    program = build_program(project, target, tmp_path)
    assert plain[:64] in b"".join(segment.data for segment in program.segments)


def test_a_profile_is_the_same_every_time() -> None:
    target = find_target("cortex-m4")
    require_profiler(target)
    project = project_for(target)
    samples = choose_image(project, SAMPLES, 0)
    profiles = [Profiler(project, target, samples).run() for _ in range(2)]
    assert profiles[0] == profiles[1]


def test_several_images_are_counted_like_single_ones() -> None:
    target = find_target("cortex-m4")
    require_profiler(target)
    project = project_for(target)
    images = [choose_image(project, SAMPLES, index) for index in (2, 5)]
    single = tuple(Profiler(project, target, image).run() for image in images)
    assert Profiler(project, target, images[0]).run_each(images) == single


def test_the_emulated_core_gives_the_answer_of_the_reference() -> None:
    target = find_target("cortex-m4")
    require_profiler(target)
    project = project_for(target)
    _, lowered = read_graphs(MODEL)
    for index in range(3):
        samples = choose_image(project, SAMPLES, index)
        profile = Profiler(project, target, samples).run()
        assert profile.answer == int(run(lowered, samples.planes).classes[0])


def test_layers_are_those_of_the_calls_where_nothing_is_inlined(tmp_path: Path) -> None:
    """Without inlining the n-th call of the forward function is the n-th layer."""
    target = find_target("cortex-m4")
    require_profiler(target)
    plain = replace(target, optimise=(*target.optimise, "-fno-inline", "-fno-ipa-icf"))
    project = project_for(target)
    program = build_program(project, plain, tmp_path)
    data = encode_input(choose_image(project, SAMPLES, 0), 0)
    flow = count_with_unicorn(program, data).flow
    found = add_up(flow, program, attribute_instructions(program), None)
    expected = add_up(flow, program, layers_by_calls(program, flow_blocks(flow)), None)
    for layer in project.layers:
        exact = expected[layer.index].instructions
        assert abs(found[layer.index].instructions - exact) <= 16, layer.name
        assert exact > 1000
    assert sum(cost.instructions for cost in found.values()) == count_all(flow, program)


def flow_blocks(flow: Flow) -> set[Block]:
    return {edge.block for edge in flow.edges if edge.block != OUTSIDE}


def layers_by_calls(program: Program, blocks: set[Block]) -> dict[int, int]:
    """Address -> number of calls before it in the forward function."""
    layer_at = {address: SCORES for where in program.forward for address in where}
    forward = [where for where in program.forward if where.start != program.entry]
    for where in forward:
        calls = 0
        for block in sorted(block for block in blocks if block.address in where):
            layer = calls if calls < len(program.project.layers) else SCORES
            layer_at.update(dict.fromkeys(range(block.address, block.end), layer))
            calls += Decoder().decode(program.code(block))[-1].kind is Kind.CALL
    return layer_at


def test_every_instruction_of_the_model_is_known_to_the_decoder(tmp_path: Path) -> None:
    target = find_target("cortex-m4")
    require_profiler(target)
    program, data = program_for(target, tmp_path)
    decoder = Decoder()
    for block in flow_blocks(count_with_unicorn(program, data).flow):
        unknown = Instruction(Kind.DATA, wide=True)
        assert unknown not in decoder.decode(program.code(block)), hex(block.address)
