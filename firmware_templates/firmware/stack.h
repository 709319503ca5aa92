/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_STACK_H
#define CBCNN_STACK_H

/* Writes the guard and paints what is not in use. */
void stack_start(void);

#endif
