/* SPDX-License-Identifier: 0BSD */
/*
 * The CRC-32 of Ethernet, gzip and zlib (IEEE 802.3; reflected polynomial 0xEDB88320).
 */
#ifndef CBCNN_CRC32_H
#define CBCNN_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of what had the CRC `crc`, 0 for nothing, and then `bytes` bytes at `data`. */
uint32_t crc32_continue(uint32_t crc, const void *data, size_t bytes);

#endif
