/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_STARTUP_H
#define CBCNN_STARTUP_H

/* Where the chip begins. */
void startup_reset(void);

#endif
