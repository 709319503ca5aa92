/* SPDX-License-Identifier: Apache-2.0 */
/* What generated C takes of a C library, for compilers that come without one: sizes of an object file. */
#ifndef STRING_H
#define STRING_H

#include <stddef.h>

int memcmp(const void *, const void *, size_t);
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);

#endif
