/* slice.c - what tells H.264 pictures apart: picture parameter sets and slice headers.
 *
 * Sizes: no allocation; a header is some 10 bytes, at most some hundred with explicit weights. Loops stop at the first
 * failure of the bit reader.
 */
#include <string.h>

#include "bits.h"

#define SLICE_B 1
#define SLICE_I 2
#define SLICE_SI 4

/* The slice groups of a PPS (flexible macroblock ordering), read past. */
static void skip_slice_groups(agora_bits *bits, uint32_t groups)
{
    uint32_t type = agora_bits_ue_to(bits, 6), width = groups > 4 ? 3 : groups > 2 ? 2 : 1;
    if (type == 0) {
        for (uint32_t i = 0; i < groups; i++)
            agora_bits_ue(bits); /* run_length_minus1 */
    } else if (type == 2) {
        for (uint32_t i = 0; i < 2 * (groups - 1); i++)
            agora_bits_ue(bits); /* top_left, bottom_right */
    } else if (type >= 3 && type <= 5) {
        agora_bits_u(bits, 1); /* slice_group_change_direction_flag */
        agora_bits_ue(bits);
    } else if (type == 6) {
        uint32_t units = agora_bits_ue(bits);
        for (uint32_t i = 0; i <= units && bits->status == AGORA_OK; i++)
            agora_bits_u(bits, (int)width);
    }
}

int agora_pps_parse(const uint8_t *nal, size_t size, agora_pps *out, int *id)
{
    agora_bits bits = agora_bits_of(nal, size, 1);
    *id = (int)agora_bits_ue_to(&bits, 255);
    out->sps_id = (uint8_t)agora_bits_ue_to(&bits, 31);
    agora_bits_u(&bits, 1); /* entropy_coding_mode_flag */
    out->pic_order_present = (uint8_t)agora_bits_u(&bits, 1);
    uint32_t groups = 1 + agora_bits_ue_to(&bits, 7);
    if (groups > 1)
        skip_slice_groups(&bits, groups);
    out->references[0] = (uint8_t)(1 + agora_bits_ue_to(&bits, 31));
    out->references[1] = (uint8_t)(1 + agora_bits_ue_to(&bits, 31));
    out->weighted_pred = (uint8_t)agora_bits_u(&bits, 1);
    out->weighted_bipred_idc = (uint8_t)agora_bits_u(&bits, 2);
    agora_bits_se(&bits);   /* pic_init_qp_minus26 */
    agora_bits_se(&bits);   /* pic_init_qs_minus26 */
    agora_bits_se(&bits);   /* chroma_qp_index_offset */
    agora_bits_u(&bits, 2); /* deblocking_filter_control_present_flag, constrained_intra_pred_flag */
    out->redundant_pic_cnt_present = (uint8_t)agora_bits_u(&bits, 1);
    out->known = bits.status == AGORA_OK;
    return bits.status;
}

/* The fields of picture order: 7.3.3 from idr_pic_id on. */
static void read_order(agora_bits *bits, const agora_sps *sps, const agora_pps *pps, agora_slice *out)
{
    out->frame_num = (int32_t)agora_bits_u(bits, sps->log2_max_frame_num);
    if (!sps->frame_mbs_only && agora_bits_u(bits, 1))
        out->field = 1 + (int32_t)agora_bits_u(bits, 1);
    int both = pps->pic_order_present && out->field == 0;
    if (out->idr)
        out->idr_pic_id = (int32_t)agora_bits_ue_to(bits, 65535);
    if (sps->poc_type == 0) {
        out->poc_lsb = (int32_t)agora_bits_u(bits, sps->log2_max_poc_lsb);
        if (both)
            out->delta_bottom = agora_bits_se(bits);
    }
    if (sps->poc_type == 1 && !sps->delta_pic_order_always_zero) {
        out->delta[0] = agora_bits_se(bits);
        if (both)
            out->delta[1] = agora_bits_se(bits);
    }
    if (pps->redundant_pic_cnt_present)
        out->redundant_pic_cnt = (int32_t)agora_bits_ue_to(bits, 127);
}

/* The header up to redundant_pic_cnt, `bits` left behind it. */
static int read_header(const agora_active *active, agora_bits *bits, const uint8_t *nal, agora_slice *out)
{
    memset(out, 0, sizeof *out);
    out->nal_type = nal[0] & 0x1f;
    out->ref_idc = nal[0] >> 5 & 3;
    out->idr = out->nal_type == 5;
    out->first_mb = agora_bits_ue(bits);
    out->slice_type = agora_bits_ue_to(bits, 9) % 5;
    out->pps_id = agora_bits_ue_to(bits, 255);
    const agora_pps *pps = &active->pps[out->pps_id];
    out->sps_id = pps->sps_id;
    if (bits->status < 0)
        return bits->status;
    if (!pps->known || !active->sps_known[pps->sps_id])
        return AGORA_E_ARGUMENT;
    const agora_sps *sps = &active->sps[pps->sps_id];
    if (sps->separate_colour_plane)
        agora_bits_u(bits, 2);
    read_order(bits, sps, pps, out);
    return bits->status;
}

/* ref_pic_list_modification() of 7.3.3.1 for one list, read past. */
static void skip_modification(agora_bits *bits)
{
    if (!agora_bits_u(bits, 1))
        return;
    while (bits->status == AGORA_OK && agora_bits_ue_to(bits, 3) != 3)
        agora_bits_ue(bits);
}

/* pred_weight_table() of 7.3.3.2, read past. */
static void skip_weights(agora_bits *bits, int has_chroma, const uint32_t references[2])
{
    agora_bits_ue(bits);
    if (has_chroma)
        agora_bits_ue(bits);
    for (int list = 0; list < 2; list++)
        for (uint32_t i = 0; i < references[list] && bits->status == AGORA_OK; i++)
            for (int plane = 0; plane <= has_chroma; plane++)
                if (agora_bits_u(bits, 1))
                    for (int n = 0; n < 2 << plane; n++)
                        agora_bits_se(bits);
}

/* The reference lists of a P, SP or B slice, read past. */
static void skip_lists(agora_bits *bits, const agora_sps *sps, const agora_pps *pps, uint32_t type)
{
    uint32_t references[2] = {pps->references[0], type == SLICE_B ? pps->references[1] : 0};
    if (type == SLICE_B)
        agora_bits_u(bits, 1); /* direct_spatial_mv_pred_flag */
    if (agora_bits_u(bits, 1)) { /* num_ref_idx_active_override_flag */
        references[0] = 1 + agora_bits_ue_to(bits, 31);
        if (type == SLICE_B)
            references[1] = 1 + agora_bits_ue_to(bits, 31);
    }
    skip_modification(bits);
    if (type == SLICE_B)
        skip_modification(bits);
    if (type == SLICE_B ? pps->weighted_bipred_idc == 1 : pps->weighted_pred)
        skip_weights(bits, sps->chroma_format_idc != 0 && !sps->separate_colour_plane, references);
}

/* dec_ref_pic_marking() of 7.3.3.3 of a picture that is not IDR: whether it has operation 5. */
static int marking_resets(agora_bits *bits)
{
    int resets = 0;
    if (!agora_bits_u(bits, 1))
        return 0;
    while (bits->status == AGORA_OK) {
        uint32_t operation = agora_bits_ue_to(bits, 6);
        if (operation == 0)
            break;
        resets |= operation == 5;
        if (operation != 5)
            agora_bits_ue(bits);
        if (operation == 3)
            agora_bits_ue(bits);
    }
    return resets && bits->status == AGORA_OK;
}

int agora_slice_parse(const agora_active *active, const uint8_t *nal, size_t size, agora_slice *out)
{
    agora_bits bits = agora_bits_of(nal, size, 1);
    return read_header(active, &bits, nal, out);
}

int agora_slice_parse_marking(const agora_active *active, const uint8_t *nal, size_t size, agora_slice *out)
{
    agora_bits bits = agora_bits_of(nal, size, 1);
    int status = read_header(active, &bits, nal, out);
    if (status < 0 || out->idr || out->ref_idc == 0)
        return status;
    const agora_pps *pps = &active->pps[out->pps_id];
    if (out->slice_type != SLICE_I && out->slice_type != SLICE_SI)
        skip_lists(&bits, &active->sps[pps->sps_id], pps, out->slice_type);
    out->resets = marking_resets(&bits);
    return bits.status;
}

int agora_slice_differs(const agora_slice *slice, const agora_slice *next, int poc_type)
{
    return slice->frame_num != next->frame_num || slice->pps_id != next->pps_id || slice->sps_id != next->sps_id
           || slice->field != next->field || (slice->ref_idc == 0) != (next->ref_idc == 0)
           || slice->idr != next->idr || (slice->idr && slice->idr_pic_id != next->idr_pic_id)
           || (poc_type == 0 && (slice->poc_lsb != next->poc_lsb || slice->delta_bottom != next->delta_bottom))
           || (poc_type == 1 && (slice->delta[0] != next->delta[0] || slice->delta[1] != next->delta[1]));
}
