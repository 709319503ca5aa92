/* SPDX-License-Identifier: 0BSD */
/*
 * The image that arrives in parts and becomes the network's input as it does: no buffer for a whole
 * picture is needed, so the smallest board takes colour too.
 */
#ifndef CBCNN_IMAGE_H
#define CBCNN_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Takes the part of an image from `offset` on; `data` is aligned to 4 bytes. Returns a status;
 * with STATUS_BAD_VALUE `wrong_field` is the offset of a field in the request. */
uint8_t image_take(
    uint8_t format,
    uint32_t offset,
    const uint8_t *data,
    uint16_t bytes,
    uint16_t *wrong_field);

/* The plane was used for something else: there is no image. */
void image_forget(void);

/* Bytes of the present image that arrived, and their CRC-32. */
uint32_t image_received(void);
uint32_t image_crc(void);

/* Whether the plane holds a complete image whose bytes have this CRC. */
bool image_is(uint32_t crc);

#endif
