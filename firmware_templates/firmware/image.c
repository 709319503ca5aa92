/* SPDX-License-Identifier: 0BSD */
#include "image.h"

#include "config.h"
#include "crc32.h"
#include "network.h"
#include "protocol.h"

#include <string.h>

#define PIXELS ((uint32_t)NETWORK_HEIGHT * NETWORK_WIDTH)
#define FIELD_FORMAT 0U
#define FIELD_OFFSET 4U
#define FIELD_DATA 8U

static struct {
    uint32_t received;
    uint32_t crc;
    uint8_t format;
    bool complete;
} image;

static uint32_t bytes_per_pixel(uint8_t format)
{
    switch (format) {
    case FORMAT_PLANE:
        return NETWORK_CHANNELS;
    case FORMAT_RGB888:
        return 3;
    case FORMAT_RGB565:
        return 2;
    default:
        return 1;
    }
}

static bool is_accepted(uint8_t format)
{
    return format < 32U && ((uint32_t)NETWORK_FORMATS >> format & 1U) != 0;
}

static void store(uint8_t format, uint32_t offset, const uint8_t *data, uint16_t bytes)
{
    switch (format) {
    case FORMAT_RGB888:
        network_take_rgb888(data, offset / 3U, bytes / 3U);
        break;
    case FORMAT_RGB565:
        network_take_rgb565((const uint16_t *)(const void *)data, offset / 2U, bytes / 2U);
        break;
    default:
        memcpy((uint8_t *)network_plane() + offset, data, bytes);
        break;
    }
}

uint8_t image_take(
    uint8_t format,
    uint32_t offset,
    const uint8_t *data,
    uint16_t bytes,
    uint16_t *wrong_field)
{
    const uint32_t pixel_bytes = bytes_per_pixel(format);
    const uint32_t total = PIXELS * pixel_bytes;

    *wrong_field = FIELD_FORMAT;
    if (!is_accepted(format)) {
        return STATUS_BAD_VALUE;
    }
    if (offset == 0 || format != image.format) {
        image_forget();
    }
    if (offset != image.received) {
        return STATUS_WRONG_OFFSET;
    }
    *wrong_field = FIELD_OFFSET;
    if (offset >= total) {
        return STATUS_BAD_VALUE;
    }
    *wrong_field = FIELD_DATA;
    if (bytes == 0 || bytes > total - offset || bytes % pixel_bytes != 0) {
        return STATUS_BAD_VALUE;
    }
    image.format = format;
    store(format, offset, data, bytes);
    image.crc = crc32_continue(image.crc, data, bytes);
    image.received += bytes;
    if (image.received == total) {
        if (format != FORMAT_PLANE) {
            network_compress_grey();
        }
        image.complete = true;
    }
    return STATUS_OK;
}

void image_forget(void)
{
    image.received = 0;
    image.crc = 0;
    image.complete = false;
}

uint32_t image_received(void)
{
    return image.received;
}

uint32_t image_crc(void)
{
    return image.crc;
}

bool image_is(uint32_t crc)
{
    return image.complete && image.crc == crc;
}
