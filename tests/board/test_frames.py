"""What is not a whole, right frame never becomes a packet."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from cobs import cobs

from cbcnn_codegen.board.frames import LARGEST_FRAME, FrameReader, Packet, decode_packet

SAMPLE = Packet(0x83, 0x1234, bytes([7, 0, 0, 0]) + bytes(range(16)), 0)


def read(data: bytes) -> list[Packet]:
    return list(FrameReader().feed(data))


def test_the_example_of_the_protocol_page_is_what_is_sent() -> None:
    frame = Packet(0x01, 1).encode()
    assert frame == bytes.fromhex("00 04 01 01 01 01 01 01 01 05 E6 07 A3 C4 00")[1:]


@pytest.mark.parametrize("size", [0, 1, 253, 254, 255, 1000, 65535])
def test_a_payload_of_any_size_comes_back(size: int) -> None:
    packet = Packet(2, 9, np.random.default_rng(size).bytes(size), 3)
    assert read(packet.encode()) == [packet]
    assert len(packet.encode()) <= LARGEST_FRAME


def test_no_single_bit_error_of_a_frame_is_overlooked() -> None:
    frame = SAMPLE.encode()
    for bit in range(8 * len(frame)):
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        assert SAMPLE.payload not in [packet.payload for packet in read(bytes(damaged) + b"\0")]
        assert read(bytes(damaged) + b"\0") == [], bit


def test_no_truncated_frame_is_taken() -> None:
    frame = SAMPLE.encode()
    for size in range(len(frame) - 1):
        assert read(frame[:size] + b"\0") == []


def test_a_frame_without_its_first_bytes_is_not_taken() -> None:
    frame = SAMPLE.encode()
    assert not [size for size in range(1, len(frame)) if read(frame[size:])]


def test_the_next_zero_byte_puts_the_reader_in_step_after_noise() -> None:
    noise = np.random.default_rng(1).bytes(500)
    reader = FrameReader()
    assert list(reader.feed(noise + b"\0" + SAMPLE.encode())) == [SAMPLE]
    assert reader.damaged > 0


def test_noise_without_end_does_not_fill_the_memory() -> None:
    reader = FrameReader()
    for _ in range(100):
        assert not list(reader.feed(b"\x55" * 10_000))
    assert len(reader._buffer) <= LARGEST_FRAME
    assert list(reader.feed(b"\0" + SAMPLE.encode())) == [SAMPLE]
    assert reader.damaged == 1


def test_empty_frames_mean_nothing() -> None:
    reader = FrameReader()
    assert list(reader.feed(b"\0\0\0" + SAMPLE.encode() + b"\0\0")) == [SAMPLE]
    assert reader.damaged == 0


def test_a_length_field_that_disagrees_is_refused() -> None:
    body = bytes([1, 0x81, 1, 0, 5, 0, 0, 0]) + b"four"
    frame = cobs.encode(body + zlib.crc32(body).to_bytes(4, "little"))
    assert decode_packet(frame) is None


def test_a_frame_that_comes_byte_by_byte_is_read() -> None:
    reader = FrameReader()
    assert [p for i in SAMPLE.encode() for p in reader.feed(bytes([i]))] == [SAMPLE]
