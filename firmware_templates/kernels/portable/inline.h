/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_INLINE_H
#define CBCNN_INLINE_H

/* For functions whose arguments must become constants; a compiler's own judgement may differ. */
#if defined(__GNUC__)
#define CBCNN_INLINE inline __attribute__((always_inline))
#else
#define CBCNN_INLINE inline
#endif

#endif
