/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_PROVOKE_H
#define CBCNN_PROVOKE_H

#include <stdint.h>

/* Does what a program must not do, see enum provocation; returns if the chip does not mind. */
void provoke_fault(uint8_t what);

#endif
