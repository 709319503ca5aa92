/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verification harness needs from the machine it runs on. A host implements it with
 * stdio.h (io_stdio.c), an emulator or debugger with semihosting (io_semihosting.c).
 */
#ifndef CBCNN_HARNESS_H
#define CBCNN_HARNESS_H

#include <stddef.h>
#include <stdint.h>

/* Reads exactly `bytes` bytes of the input. Returns 1, or 0 when fewer are left. */
int harness_read(void *data, size_t bytes);

/* Appends to the output. A failure ends the program with a non-zero exit code. */
void harness_write(const void *data, size_t bytes);

/* A buffer of exactly `bytes` bytes whose address is `offset` past a multiple of 16 bytes
 * (`offset` <= 16). Where no sanitizer watches its ends, guard bytes do; see harness_guards_intact.
 */
uint8_t *harness_allocate(size_t bytes, size_t offset);

/* 0 when a byte directly before or behind a buffer was overwritten. */
int harness_guards_intact(void);

/* Marks the free stack, and tells how many bytes of it were used since, or 0 where unknown. */
void harness_mark_stack(void);
uint32_t harness_used_stack(void);

#endif
