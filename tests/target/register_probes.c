/* What is written in registers, or its portable counterpart, as functions that a test can call. */
#include "bucket_counts.h"
#include "bucket_lists.h"
#include "bucket_sums.h"
#include "count_matches.h"

void probe_count_buckets(
    const cbcnn_word_t *planes,
    const uint32_t *list,
    const uint8_t *sizes,
    cbcnn_number_t *numbers)
{
    cbcnn_count_buckets(planes, list, sizes, numbers);
}

void probe_sum_buckets(
    cbcnn_number_t *buckets,
    const cbcnn_number_t *starts,
    int32_t top,
    cbcnn_lanes_t *fired)
{
    cbcnn_sum_buckets(buckets, starts, top, fired);
}

void probe_list_row(
    const uint32_t *codes,
    int32_t words,
    uint32_t **ends,
    uint32_t place,
    uint32_t stride)
{
    cbcnn_list_row(codes, words, ends, place, stride);
}

void probe_count_matches(
    const cbcnn_matches_t *tables,
    const cbcnn_word_t *filter,
    int32_t blocks,
    cbcnn_lanes_t *planes,
    const cbcnn_lanes_t *end)
{
    cbcnn_count_matches(tables, filter, blocks, planes, end);
}
