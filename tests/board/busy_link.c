/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs link.c on this machine with a command that takes long: while it is carried out, a request
 * arrives and the link is asked to answer it. Whatever that does to the memory that requests arrive
 * in, the command sees its own request as it was.
 */
#include "commands.h"
#include "config.h"
#include "frame.h"
#include "fuzz_machine.h"
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMAND(condition) ((condition) ? (void)0 : fail(#condition))
#define PACKET_BYTES (LINK_MAX_PAYLOAD + FRAMING_BYTES)
#define PIXEL_BYTES (LINK_MAX_PAYLOAD - IMAGE_FIELD_BYTES)

enum { FIRST_ID = 0x1234, SECOND_ID = 0x2345 };

static uint32_t executed;

static void fail(const char *what)
{
    (void)fprintf(stderr, "not so: %s\n", what);
    exit(1);
}

static uint8_t payload_byte(uint16_t id, uint32_t at)
{
    return (uint8_t)((at + 1U) * id >> 3U);
}

static void feed_request(uint8_t command, uint16_t id, uint16_t bytes)
{
    uint8_t header[HEADER_BYTES] = {PROTOCOL_VERSION, command, 0, 0, 0, 0, 0, 0};
    uint8_t payload[LINK_MAX_PAYLOAD];
    uint32_t at;

    for (at = 0; at < bytes; at++) {
        payload[at] = payload_byte(id, at);
    }
    put_u16(header + 2, id);
    put_u16(header + 4, bytes);
    frame_send(header, payload, bytes, fuzz_feed_byte);
}

/* Demands that a request is what was fed, fields and pixels. */
static void demand_whole(
    const struct request *request,
    uint16_t id,
    uint16_t bytes,
    const uint8_t *pixels)
{
    uint32_t at;

    DEMAND(request->id == id && request->bytes == bytes);
    for (at = 0; at < bytes && at < REQUEST_FIELD_BYTES; at++) {
        DEMAND(request->fields[at] == payload_byte(id, at));
    }
    for (at = IMAGE_FIELD_BYTES; pixels != NULL && at < bytes; at++) {
        DEMAND(pixels[at - IMAGE_FIELD_BYTES] == payload_byte(id, at));
    }
}

uint8_t commands_execute(
    const struct request *request,
    const uint8_t *pixels,
    struct answer *answer)
{
    const uint16_t bytes = request->bytes;

    executed++;
    DEMAND((pixels != NULL) == (request->command == COMMAND_IMAGE));
    answer->bytes = 0;
    if (request->id == FIRST_ID) {
        demand_whole(request, FIRST_ID, bytes, pixels);
        feed_request(COMMAND_LAYER, SECOND_ID, LINK_MAX_PAYLOAD);
        link_answer_busy();
        demand_whole(request, FIRST_ID, bytes, pixels);
    }
    return STATUS_OK;
}

void commands_after_answer(const struct request *request, uint8_t status)
{
    (void)request;
    (void)status;
}

/* Demands that the next thing that was said is an answer. */
static void demand_answer(const uint8_t **said, uint16_t id, uint8_t status)
{
    uint8_t packet[PACKET_BYTES];
    struct frame_receiver receiver = {.packet = packet, .capacity = sizeof(packet)};

    while (frame_receive(&receiver, *(*said)++) != FRAME_COMPLETE) {
    }
    DEMAND(get_u16(packet + 2) == id && packet[6] == status);
}

/* Serves a request during which another one arrives; what was said then. */
static const uint8_t *serve(uint8_t command, uint16_t bytes)
{
    size_t said_bytes;

    executed = 0;
    feed_request(command, FIRST_ID, bytes);
    while (link_poll()) {
    }
    return fuzz_take_sent(&said_bytes);
}

int main(void)
{
    const uint8_t *said = serve(COMMAND_CLASSIFY, REQUEST_FIELD_BYTES);

    demand_answer(&said, SECOND_ID, STATUS_BUSY);
    demand_answer(&said, FIRST_ID, STATUS_OK);
    DEMAND(executed == 1);

    /* Pixels are read where they arrived: what comes meanwhile waits, and is carried out. */
    said = serve(COMMAND_IMAGE, IMAGE_FIELD_BYTES + PIXEL_BYTES);
    demand_answer(&said, FIRST_ID, STATUS_OK);
    demand_answer(&said, SECOND_ID, STATUS_OK);
    DEMAND(executed == 2);
    return 0;
}
