/* SPDX-License-Identifier: 0BSD */
#include "link.h"

#include "bytes.h"
#include "commands.h"
#include "config.h"
#include "crc32.h"
#include "frame.h"
#include "line.h"
#include "machine.h"
#include "protocol.h"
#include "request.h"
#include "stack.h"
#include "tables.h"

#include <string.h>

/* Words, so that the payload of an RGB565 image is aligned to its pixels. */
#define PACKET_WORDS ((LINK_MAX_PAYLOAD + FRAMING_BYTES + 3U) / 4U)
#define ANSWER_WORDS ((LINK_MAX_PAYLOAD + 3U) / 4U)

#define HEADER_WORDS (HEADER_BYTES / 4U)
#define PIXEL_WORDS (HEADER_WORDS + IMAGE_FIELD_BYTES / 4U)

static struct {
    uint32_t packet[PACKET_WORDS];
#if LINK_BUFFERS > 1
    uint32_t answer[ANSWER_WORDS];
#endif
    bool
        packet_is_used; /* a command reads pixels in it or answers in it: nothing may be received */
} memory;

#if LINK_BUFFERS > 1
#define ANSWER memory.answer
#else
#define ANSWER memory.packet /* a command is done with its pixels when it answers */
#endif

static struct frame_receiver receiver = {
    .packet = (uint8_t *)memory.packet,
    .capacity = LINK_MAX_PAYLOAD + FRAMING_BYTES,
};

/* In flash once: it is called from three places. */
__attribute__((noinline)) static void send(
    uint8_t command,
    uint16_t id,
    uint8_t status,
    const uint8_t *payload,
    uint16_t bytes)
{
    uint8_t header[HEADER_BYTES] = {PROTOCOL_VERSION, command, 0, 0, 0, 0, status, 0};

    put_u16(header + 2, id);
    put_u16(header + 4, bytes);
    frame_send(header, payload, bytes, line_write);
}

void link_event(uint8_t event, uint8_t status, const uint8_t *payload, uint16_t bytes)
{
    send(event, 0, status, payload, bytes);
}

void link_text(const char *text)
{
    const size_t bytes = strlen(text);

    link_event(
        EVENT_TEXT,
        STATUS_OK,
        (const uint8_t *)text,
        (uint16_t)(bytes < LINK_MAX_PAYLOAD ? bytes : LINK_MAX_PAYLOAD));
}

void link_start(void)
{
    static const TABLE char name[] = BOARD_NAME;
    uint8_t hello[2U + sizeof(name)];
    uint32_t i;

    hello[0] = machine_start_reason();
    hello[1] = machine_last_fault();
    hello[2] = sizeof(name) - 1U;
    for (i = 0; i < sizeof(name) - 1U; i++) {
        hello[3U + i] = (uint8_t)name[i];
    }
    link_event(EVENT_HELLO, STATUS_OK, hello, sizeof(hello));
}

static void notice(uint8_t status)
{
    uint8_t longest[2];

    put_u16(longest, LINK_MAX_PAYLOAD);
    link_event(EVENT_NOTICE, status, longest, status == STATUS_TOO_LONG ? sizeof(longest) : 0U);
}

/* Whether the packet is whole; if not, the computer is told. */
static bool check_packet(const uint8_t *bytes, uint16_t length)
{
    if (length < FRAMING_BYTES || get_u16(bytes + 4) != length - FRAMING_BYTES) {
        notice(STATUS_BAD_FRAME);
        return false;
    }
    if (crc32_continue(0, bytes, length - CRC_BYTES) != get_u32(bytes + length - CRC_BYTES)) {
        notice(STATUS_BAD_CRC);
        return false;
    }
    return true;
}

/* Reads the line until a packet is there or nothing is left. */
static bool receive(void)
{
    uint8_t byte;

    if (line_lost_bytes()) {
        line_drop();
        frame_skip(&receiver);
        notice(STATUS_OVERRUN);
    }
    while (line_read(&byte)) {
        switch (frame_receive(&receiver, byte)) {
        case FRAME_COMPLETE:
            if (check_packet(receiver.packet, receiver.length)) {
                return true;
            }
            break;
        case FRAME_BAD:
            notice(STATUS_BAD_FRAME);
            break;
        case FRAME_TOO_LONG:
            notice(STATUS_TOO_LONG);
            break;
        case FRAME_NOTHING:
        default:
            break;
        }
    }
    return false;
}

/* Why the packet is not carried out, before any command looks at it. */
static uint8_t refusal(const uint8_t *bytes)
{
    if (bytes[0] != PROTOCOL_VERSION) {
        return STATUS_WRONG_VERSION;
    }
    return (bytes[1] & ANSWER_BIT) != 0 ? STATUS_UNKNOWN_COMMAND : STATUS_OK;
}

static void refuse(const uint8_t *bytes, uint8_t status)
{
    const uint8_t versions[2] = {PROTOCOL_VERSION, PROTOCOL_VERSION};
    const uint16_t payload_bytes = status == STATUS_WRONG_VERSION ? sizeof(versions) : 0U;

    send(bytes[1] ^ ANSWER_BIT, get_u16(bytes + 2), status, versions, payload_bytes);
}

enum taken { TOOK_NOTHING, TOOK_REFUSED, TOOK_REQUEST };

/* Takes at most one packet from the line. `verdict` is the status of a request that is fine; it is
 * left to the caller if that is STATUS_OK, and refused otherwise. */
static enum taken take(uint8_t verdict)
{
    uint8_t status;

    if (!receive()) {
        return TOOK_NOTHING;
    }
    status = refusal(receiver.packet);
    if (status == STATUS_OK) {
        status = verdict;
    }
    if (status == STATUS_OK) {
        return TOOK_REQUEST;
    }
    refuse(receiver.packet, status);
    return TOOK_REFUSED;
}

static void answer_request(void)
{
    const uint8_t *const bytes = receiver.packet;
    const uint32_t *const pixels = bytes[1] == COMMAND_IMAGE ? memory.packet + PIXEL_WORDS : NULL;
    struct answer answer = {(uint8_t *)ANSWER, 0};
    struct request request;
    uint8_t status;

    request.command = bytes[1];
    request.id = get_u16(bytes + 2);
    request.bytes = get_u16(bytes + 4);
    memcpy(request.fields, memory.packet + HEADER_WORDS, sizeof(request.fields));
    memory.packet_is_used = LINK_BUFFERS == 1 || pixels != NULL;
    status = commands_execute(&request, (const uint8_t *)pixels, &answer);
    memory.packet_is_used = false;
    if (!stack_guard_is_intact()) {
        status = STATUS_STACK_DAMAGED;
        answer.bytes = 0;
    }
    send(request.command ^ ANSWER_BIT, request.id, status, answer.data, answer.bytes);
    if (status == STATUS_STACK_DAMAGED) {
        machine_restart(START_AFTER_FAULT, FAULT_STACK_GUARD);
    }
    commands_after_answer(&request, status);
}

bool link_poll(void)
{
    const enum taken taken = take(STATUS_OK);

    if (taken == TOOK_REQUEST) {
        answer_request();
    }
    return taken != TOOK_NOTHING;
}

void link_answer_busy(void)
{
    while (!memory.packet_is_used && take(STATUS_BUSY) != TOOK_NOTHING) {
    }
}
