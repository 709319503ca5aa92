/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_CACHES_H
#define CBCNN_CACHES_H

#include <stdint.h>

/* Empties the caches and switches them on, where the processor has some. */
void caches_start(void);

/* Brings these bytes to RAM; a reset forgets what is in a cache alone. */
void caches_write_back(const void *data, uint32_t bytes);

#endif
