/* SPDX-License-Identifier: 0BSD */
#include "sensor.h"

bool sensor_has_frame(void)
{
    static bool was_seen;
    const bool is_new = !was_seen;

    was_seen = true;
    return is_new;
}

void sensor_read_line(uint32_t row, uint8_t *line)
{
    const uint16_t *const stored =
        stored_picture + row * STORED_HEIGHT / SENSOR_HEIGHT * STORED_WIDTH;
    uint32_t x;

    for (x = 0; x < SENSOR_WIDTH; x++) {
        const uint16_t pixel = stored[x * STORED_WIDTH / SENSOR_WIDTH];

        line[2U * x] = (uint8_t)(pixel & 255U);
        line[2U * x + 1U] = (uint8_t)(pixel >> 8);
    }
}
