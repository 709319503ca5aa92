/* SPDX-License-Identifier: 0BSD */
/*
 * Constant tables of the firmware: `static const TABLE uint8_t name[]`. Where flash is an address
 * space of its own a table without the word would be copied to RAM, and a pointer to it needs the word
 * too. Nothing of C's library takes such pointers.
 */
#ifndef CBCNN_TABLES_H
#define CBCNN_TABLES_H

#ifdef __AVR__
#ifdef __AVR_HAVE_ELPM__
#define TABLE __memx /* more than 64 KiB, of which a model may need the first */
#else
#define TABLE __flash
#endif
#else
#define TABLE
#endif

#endif
