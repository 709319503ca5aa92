/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_FAULTS_H
#define CBCNN_FAULTS_H

/* Where the chip goes when a program did what it must not. */
void fault_entry(void);

#endif
