/* picture_order.c - picture order count of H.264 (ITU-T H.264 8.2.1).
 *
 * Sizes: agora_order is 32 bytes of the caller's; O(1), type 1 O(length of its cycle).
 * Sums are made in 64 bits without a sign, so that no stream can make one overflow; a legal count has 32.
 */
#include "core.h"

/* The two counts of a frame, or one of a field twice. */
typedef struct {
    int64_t top, bottom;
} counts;

static int64_t sum(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* 8.2.1.1: coded low bits, high bits from the reference picture before. */
static counts order_0(agora_order *order, const agora_sps *sps, const agora_slice *slice)
{
    int64_t most = INT64_C(1) << sps->log2_max_poc_lsb, lsb = slice->poc_lsb;
    if (slice->idr)
        order->msb = order->lsb = 0;
    int64_t msb = order->msb;
    if (lsb < order->lsb && order->lsb - lsb >= most / 2)
        msb += most;
    else if (lsb > order->lsb && lsb - order->lsb > most / 2)
        msb -= most;
    counts out = {msb + lsb, msb + lsb + slice->delta_bottom};
    if (slice->field)
        out.bottom = out.top;
    if (slice->ref_idc && slice->resets) {
        order->msb = 0; /* and the low bits: the top field's count after 8.2.1's subtraction, 0 for a bottom field */
        order->lsb = slice->field ? 0 : out.top - (out.top < out.bottom ? out.top : out.bottom);
    } else if (slice->ref_idc) {
        order->msb = msb;
        order->lsb = lsb;
    }
    return out;
}

/* FrameNumOffset of 8.2.1.2 and 8.2.1.3. */
static int64_t frame_num_offset(agora_order *order, const agora_sps *sps, const agora_slice *slice)
{
    int64_t offset = order->frame_num_offset;
    if (slice->idr)
        offset = 0;
    else if (order->frame_num > slice->frame_num)
        offset += INT64_C(1) << sps->log2_max_frame_num;
    order->frame_num_offset = slice->resets ? 0 : offset;
    order->frame_num = slice->resets ? 0 : slice->frame_num;
    return offset;
}

/* 8.2.1.2: a cycle of expected differences. */
static counts order_1(agora_order *order, const agora_sps *sps, const agora_slice *slice)
{
    int64_t number = frame_num_offset(order, sps, slice) + slice->frame_num, expected = 0;
    if (sps->poc_cycle == 0)
        number = 0;
    if (slice->ref_idc == 0 && number > 0)
        number--;
    if (number > 0) {
        int64_t cycles = (number - 1) / sps->poc_cycle, within = (number - 1) % sps->poc_cycle, cycle = 0;
        for (int i = 0; i < sps->poc_cycle; i++) {
            cycle += sps->offset_for_ref_frame[i];
            if (i <= within)
                expected += sps->offset_for_ref_frame[i];
        }
        expected = sum(expected, (int64_t)((uint64_t)cycles * (uint64_t)cycle));
    }
    if (slice->ref_idc == 0)
        expected = sum(expected, sps->offset_for_non_ref_pic);
    int64_t top = sum(expected, slice->delta[0]);
    int64_t bottom = sum(top, sps->offset_for_top_to_bottom_field);
    if (slice->field == 0)
        return (counts){top, sum(bottom, slice->delta[1])};
    return slice->field == 1 ? (counts){top, top} : (counts){bottom, bottom};
}

/* 8.2.1.3: decoding order is output order. */
static counts order_2(agora_order *order, const agora_sps *sps, const agora_slice *slice)
{
    int64_t count = 2 * (frame_num_offset(order, sps, slice) + slice->frame_num);
    if (slice->idr)
        count = 0;
    else if (slice->ref_idc == 0)
        count--;
    return (counts){count, count};
}

int64_t agora_order_count(agora_order *order, const agora_sps *sps, const agora_slice *slice)
{
    counts out = sps->poc_type == 0   ? order_0(order, sps, slice)
                 : sps->poc_type == 1 ? order_1(order, sps, slice)
                                      : order_2(order, sps, slice);
    if (slice->resets)
        return 0; /* tempPicOrderCnt is taken away from both */
    return out.top < out.bottom ? out.top : out.bottom;
}
