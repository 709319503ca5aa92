/* SPDX-License-Identifier: Apache-2.0
 *
 * The harness on a host: images from standard input, results to standard output.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

/* Windows changes line ends in what it reads and writes, unless it is told that there are none. */
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#define MAKE_BINARY(file) ((void)_setmode(_fileno(file), _O_BINARY))
#else
#define MAKE_BINARY(file) ((void)0)
#endif

int harness_read(void *data, size_t bytes)
{
    MAKE_BINARY(stdin);
    return fread(data, 1, bytes, stdin) == bytes;
}

void harness_write(const void *data, size_t bytes)
{
    MAKE_BINARY(stdout);
    if (fwrite(data, 1, bytes, stdout) != bytes) {
        exit(5);
    }
}

/* malloc aligns to 16 bytes at least. The buffer ends where the allocation ends, so that an address
 * sanitizer sees the first byte behind it. Buffers live until the program ends. */
uint8_t *harness_allocate(size_t bytes, size_t offset)
{
    uint8_t *memory = (uint8_t *)malloc(offset + bytes);

    return memory == NULL ? NULL : memory + offset;
}

int harness_guards_intact(void)
{
    return 1;
}

void harness_mark_stack(void)
{
}

uint32_t harness_used_stack(void)
{
    return 0;
}
