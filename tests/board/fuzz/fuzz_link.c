/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole link of the firmware with a model behind it: whatever arrives, it stays in its buffers,
 * and whatever it sends is a right frame that answers something.
 *
 * A CRC is beyond a fuzzer, so an input is a list of parts: one byte kind, two bytes length, and so
 * many bytes. Kind 0 goes to the line as it is; 1 is a packet without its CRC, which is added and
 * framed; 2 is a command and its payload, for which header and CRC are added; with bit 2 set, it
 * also begins with the model's hash and, for what needs it, the image's CRC; 3 loses bytes. The
 * board looks at the line after each part, with bit 7 set only after the next: requests then meet a
 * busy board.
 */
#include "bytes.h"
#include "crc32.h"
#include "frame.h"
#include "fuzz_machine.h"
#include "image.h"
#include "inference.h"
#include "link.h"
#include "network.h"
#include "protocol.h"

#include "config.h"

#include <stdlib.h>
#include <string.h>

#define DEMAND(condition) ((condition) ? (void)0 : abort())
#define LONGEST_PART 1100U
#define LONGEST_FRAME (LINK_MAX_PAYLOAD + FRAMING_BYTES)

enum {
    KIND_RAW = 0,
    KIND_PACKET = 1,
    KIND_COMMAND = 2,
    KIND_LOSS = 3,
    MODEL_BIT = 4,
    LATER_BIT = 128
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* --- what the board says: a decoder that shares nothing with the firmware's --------------------- */

static uint32_t slow_crc(const uint8_t *data, size_t bytes)
{
    uint32_t crc = 0xffffffffU;

    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
        }
    }
    return ~crc;
}

static size_t unstuff(const uint8_t *frame, size_t bytes, uint8_t *packet)
{
    size_t length = 0;

    for (size_t at = 0; at < bytes;) {
        const size_t code = frame[at];

        DEMAND(at + code <= bytes && length + code <= LONGEST_FRAME + 1);
        memcpy(packet + length, frame + at + 1, code - 1);
        length += code - 1;
        at += code;
        if (code != 0xff && at != bytes) {
            packet[length] = 0;
            length++;
        }
    }
    return length;
}

static void check_frame(const uint8_t *frame, size_t bytes)
{
    uint8_t packet[LONGEST_FRAME + 1];
    const size_t length = unstuff(frame, bytes, packet);

    DEMAND(length >= FRAMING_BYTES && length <= LONGEST_FRAME);
    DEMAND(packet[0] == PROTOCOL_VERSION && packet[7] == 0);
    DEMAND(get_u16(packet + 4) == length - FRAMING_BYTES);
    DEMAND(packet[6] <= STATUS_STACK_DAMAGED);
    DEMAND(slow_crc(packet, length - CRC_BYTES) == get_u32(packet + length - CRC_BYTES));
}

static void check_sent(void)
{
    size_t bytes;
    const uint8_t *const sent = fuzz_take_sent(&bytes);
    size_t begin = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (sent[i] == 0) {
            if (i != begin) {
                check_frame(sent + begin, i - begin);
            }
            begin = i + 1;
        }
    }
    DEMAND(begin == bytes);
}

/* --- what it hears ------------------------------------------------------------------------------ */

static void feed_command(uint8_t kind, const uint8_t *part, uint16_t bytes)
{
    uint8_t header[HEADER_BYTES] = {PROTOCOL_VERSION, 0, 1, 0, 0, 0, 0, 0};
    uint8_t payload[LONGEST_PART + 8];
    uint16_t length = 0;

    if (bytes == 0) {
        return;
    }
    header[1] = part[0];
    if ((kind & MODEL_BIT) != 0) {
        memcpy(payload, inference_model(), 4);
        put_u32(payload + 4, image_crc());
        length = header[1] == COMMAND_BENCH ? 4 : 8;
    }
    if (header[1] == COMMAND_READ && length != 0) {
        put_u32(payload, image_crc());
        length = 4;
    }
    memcpy(payload + length, part + 1, bytes - 1U);
    length = (uint16_t)(length + bytes - 1U);
    put_u16(header + 4, length);
    frame_send(header, payload, length, fuzz_feed_byte);
}

static void feed_packet(const uint8_t *part, uint16_t bytes)
{
    if (bytes >= HEADER_BYTES) {
        frame_send(part, part + HEADER_BYTES, (uint16_t)(bytes - HEADER_BYTES), fuzz_feed_byte);
    }
}

static void feed_part(uint8_t kind, const uint8_t *part, uint16_t bytes)
{
    switch (kind & 3) {
    case KIND_RAW:
        fuzz_feed(part, bytes);
        break;
    case KIND_PACKET:
        feed_packet(part, bytes);
        break;
    case KIND_COMMAND:
        feed_command(kind, part, bytes);
        break;
    case KIND_LOSS:
    default:
        fuzz_lose();
        break;
    }
}

static void poll(void)
{
    if (setjmp(fuzz_restart) != 0) {
        link_start();
    }
    while (link_poll()) {
    }
    check_sent();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    network_between_layers(link_answer_busy);
    image_forget();
    while (bytes >= 3) {
        const uint8_t kind = data[0];
        const size_t wanted = get_u16(data + 1) % LONGEST_PART;
        const uint16_t length = (uint16_t)(wanted < bytes - 3 ? wanted : bytes - 3);

        feed_part(kind, data + 3, length);
        if ((kind & LATER_BIT) == 0) {
            poll();
        }
        data += 3 + length;
        bytes -= 3U + length;
    }
    fuzz_feed_byte(0); /* every input begins between two frames */
    poll();
    return 0;
}
