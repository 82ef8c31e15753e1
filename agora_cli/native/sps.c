/* sps.c - sequence parameter sets of H.264.
 *
 * Sizes: one agora_sps of the caller's, no allocation, linear in the NAL unit. Every loop is bounded by a checked
 * count or stops at the first failure of the bit reader.
 */
#include <string.h>

#include "bits.h"
#include "hevc_sps.h"

#define MACROBLOCKS_MOST 4096 /* a side: 65536 pixels, far above level 6.2 (1055), far below any overflow */

static int has_chroma_fields(int profile)
{
    static const uint8_t profiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
    return memchr(profiles, profile, sizeof profiles) != NULL;
}

/* scaling_list() of 7.3.2.1.1.1, read past. */
static void skip_scaling_list(agora_bits *bits, int size)
{
    int last = 8, next = 8;
    for (int i = 0; i < size && next != 0 && bits->status == AGORA_OK; i++) {
        int32_t delta = agora_bits_se(bits);
        if (delta < -128 || delta > 127)
            agora_bits_fail(bits, AGORA_E_SYNTAX);
        else
            next = (last + delta + 256) % 256;
        last = next;
    }
}

static void read_chroma_fields(agora_bits *bits, agora_sps *out)
{
    out->chroma_format_idc = (int32_t)agora_bits_ue_to(bits, 3);
    if (out->chroma_format_idc == 3)
        out->separate_colour_plane = (int32_t)agora_bits_u(bits, 1);
    out->bit_depth_luma = 8 + (int32_t)agora_bits_ue_to(bits, 6);
    out->bit_depth_chroma = 8 + (int32_t)agora_bits_ue_to(bits, 6);
    agora_bits_u(bits, 1); /* qpprime_y_zero_transform_bypass_flag */
    if (agora_bits_u(bits, 1))
        for (int i = 0; i < (out->chroma_format_idc == 3 ? 12 : 8); i++)
            if (agora_bits_u(bits, 1))
                skip_scaling_list(bits, i < 6 ? 16 : 64);
}

static void read_poc_fields(agora_bits *bits, agora_sps *out)
{
    out->poc_type = (int32_t)agora_bits_ue_to(bits, 2);
    if (out->poc_type == 0)
        out->log2_max_poc_lsb = 4 + (int32_t)agora_bits_ue_to(bits, 12);
    if (out->poc_type != 1)
        return;
    out->delta_pic_order_always_zero = (int32_t)agora_bits_u(bits, 1);
    out->offset_for_non_ref_pic = agora_bits_se(bits);
    out->offset_for_top_to_bottom_field = agora_bits_se(bits);
    out->poc_cycle = (int32_t)agora_bits_ue_to(bits, AGORA_SPS_POC_CYCLE);
    for (int i = 0; i < out->poc_cycle; i++)
        out->offset_for_ref_frame[i] = agora_bits_se(bits);
}

static void read_size(agora_bits *bits, agora_sps *out)
{
    int32_t columns = 1 + (int32_t)agora_bits_ue_to(bits, MACROBLOCKS_MOST - 1);
    int32_t rows = 1 + (int32_t)agora_bits_ue_to(bits, MACROBLOCKS_MOST - 1);
    out->frame_mbs_only = (int32_t)agora_bits_u(bits, 1);
    if (!out->frame_mbs_only)
        agora_bits_u(bits, 1); /* mb_adaptive_frame_field_flag */
    agora_bits_u(bits, 1);     /* direct_8x8_inference_flag */
    out->coded_width = out->width = 16 * columns;
    out->coded_height = out->height = 16 * rows * (2 - out->frame_mbs_only);
    if (!agora_bits_u(bits, 1))
        return;
    int chroma = out->separate_colour_plane ? 0 : out->chroma_format_idc;
    int32_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;                      /* CropUnitX, 7-19 and 7-21 */
    int32_t unit_y = (chroma == 1 ? 2 : 1) * (2 - out->frame_mbs_only);       /* CropUnitY, 7-20 and 7-22 */
    int64_t cut_x = ((int64_t)agora_bits_ue(bits) + agora_bits_ue(bits)) * unit_x;
    int64_t cut_y = ((int64_t)agora_bits_ue(bits) + agora_bits_ue(bits)) * unit_y;
    if (cut_x >= out->coded_width || cut_y >= out->coded_height) {
        agora_bits_fail(bits, AGORA_E_SYNTAX);
        return;
    }
    out->width -= (int32_t)cut_x;
    out->height -= (int32_t)cut_y;
}

/* hrd_parameters() of E.1.2, read past. */
static void skip_hrd(agora_bits *bits)
{
    uint32_t count = 1 + agora_bits_ue_to(bits, 31);
    agora_bits_u(bits, 8); /* bit_rate_scale, cpb_size_scale */
    for (uint32_t i = 0; i < count; i++) {
        agora_bits_ue(bits);
        agora_bits_ue(bits);
        agora_bits_u(bits, 1);
    }
    agora_bits_u(bits, 20); /* three delay lengths and time_offset_length */
}

/* The sample aspect ratio, table E-1. */
static void read_aspect(agora_bits *bits, agora_sps *out)
{
    static const uint8_t table[17][2] = {{0, 0},   {1, 1},   {12, 11}, {10, 11}, {16, 11}, {40, 33},
                                         {24, 11}, {20, 11}, {32, 11}, {80, 33}, {18, 11}, {15, 11},
                                         {64, 33}, {160, 99}, {4, 3},  {3, 2},   {2, 1}};
    uint32_t idc = agora_bits_u(bits, 8);
    if (idc == 255) {
        out->sar_width = (int32_t)agora_bits_u(bits, 16);
        out->sar_height = (int32_t)agora_bits_u(bits, 16);
    } else if (idc < 17) {
        out->sar_width = table[idc][0];
        out->sar_height = table[idc][1];
    }
}

/* vui_parameters() of E.1.1. */
static void read_vui(agora_bits *bits, agora_sps *out)
{
    if (agora_bits_u(bits, 1))
        read_aspect(bits, out);
    if (agora_bits_u(bits, 1))
        agora_bits_u(bits, 1); /* overscan_appropriate_flag */
    if (agora_bits_u(bits, 1)) {
        agora_bits_u(bits, 3); /* video_format */
        out->full_range = (int32_t)agora_bits_u(bits, 1);
        if (agora_bits_u(bits, 1)) {
            agora_bits_u(bits, 16); /* colour_primaries, transfer_characteristics */
            out->matrix_coefficients = (int32_t)agora_bits_u(bits, 8);
        }
    }
    if (agora_bits_u(bits, 1)) {
        agora_bits_ue_to(bits, 5); /* chroma_sample_loc_type */
        agora_bits_ue_to(bits, 5);
    }
    if (agora_bits_u(bits, 1)) {
        out->num_units_in_tick = agora_bits_u(bits, 32);
        out->time_scale = agora_bits_u(bits, 32);
        out->fixed_frame_rate = (int32_t)agora_bits_u(bits, 1);
    }
    uint32_t nal_hrd = agora_bits_u(bits, 1);
    if (nal_hrd)
        skip_hrd(bits);
    uint32_t vcl_hrd = agora_bits_u(bits, 1);
    if (vcl_hrd)
        skip_hrd(bits);
    if (nal_hrd || vcl_hrd)
        agora_bits_u(bits, 1); /* low_delay_hrd_flag */
    agora_bits_u(bits, 1);     /* pic_struct_present_flag */
    if (!agora_bits_u(bits, 1))
        return;
    agora_bits_u(bits, 1); /* motion_vectors_over_pic_boundaries_flag */
    for (int i = 0; i < 4; i++)
        agora_bits_ue(bits); /* max_bytes_per_pic_denom .. log2_max_mv_length_vertical */
    uint32_t reorder = agora_bits_ue_to(bits, 16);
    agora_bits_ue_to(bits, 16); /* max_dec_frame_buffering */
    if (bits->status == AGORA_OK)
        out->reorder_frames = (int32_t)reorder;
}

/* MaxDpbFrames of A.3.1: how many frames the level lets a decoder hold back. */
static int32_t dpb_frames(const agora_sps *sps)
{
    static const struct {
        int32_t level, macroblocks;
    } table[] = {{10, 396},   {11, 900},   {20, 2376},   {21, 4752},   {30, 8100},  {31, 18000},
                 {32, 20480}, {41, 32768}, {42, 34816},  {50, 110400}, {52, 184320}};
    int32_t most = 696320, frame = sps->coded_width / 16 * (sps->coded_height / 16);
    int is_1b = sps->level_idc == 11 && sps->constraint_flags & 0x10 && sps->profile_idc <= 88;
    for (size_t i = sizeof table / sizeof *table; i-- > 0;)
        if ((is_1b ? 9 : sps->level_idc) <= table[i].level)
            most = table[i].macroblocks;
    int32_t frames = most / frame;
    return frames > 16 ? 16 : frames < 1 ? 1 : frames;
}

/* max_num_reorder_frames as E.2.1 infers it when the VUI is silent; POC type 2 forbids reordering (8.2.1.3). */
static int32_t reorder_bound(const agora_sps *sps)
{
    int intra_only = sps->constraint_flags & 0x10 && (sps->profile_idc == 44 || sps->profile_idc >= 86);
    if (sps->reorder_frames >= 0)
        return sps->reorder_frames;
    return intra_only || sps->poc_type == 2 ? 0 : dpb_frames(sps);
}

static int parse_h264(const uint8_t *nal, size_t size, agora_sps *out, size_t *where)
{
    agora_bits bits = agora_bits_of(nal, size, 1);
    out->profile_idc = (int32_t)agora_bits_u(&bits, 8);
    out->constraint_flags = (int32_t)agora_bits_u(&bits, 8);
    out->level_idc = (int32_t)agora_bits_u(&bits, 8);
    out->id = (int32_t)agora_bits_ue_to(&bits, 31);
    out->chroma_format_idc = 1;
    out->bit_depth_luma = out->bit_depth_chroma = 8;
    if (has_chroma_fields(out->profile_idc))
        read_chroma_fields(&bits, out);
    out->log2_max_frame_num = 4 + (int32_t)agora_bits_ue_to(&bits, 12);
    read_poc_fields(&bits, out);
    out->max_num_ref_frames = (int32_t)agora_bits_ue_to(&bits, 16);
    agora_bits_u(&bits, 1); /* gaps_in_frame_num_value_allowed_flag */
    read_size(&bits, out);
    uint32_t vui = agora_bits_u(&bits, 1);
    *where = agora_bits_offset(&bits);
    if (bits.status < 0)
        return bits.status;
    if (vui) {
        read_vui(&bits, out);
        out->vui = bits.status == AGORA_OK ? 1 : -1;
    }
    if (out->num_units_in_tick == 0 || out->time_scale == 0 || out->vui < 0)
        out->num_units_in_tick = out->time_scale = 0;
    out->reorder_most = reorder_bound(out);
    return AGORA_OK;
}

int agora_sps_parse(int codec, const uint8_t *nal, size_t size, agora_sps *out, size_t *where)
{
    memset(out, 0, sizeof *out);
    out->codec = codec;
    out->reorder_frames = out->full_range = -1;
    out->matrix_coefficients = 2;
    *where = 0;
    if (size == 0)
        return AGORA_E_TRUNCATED;
    int type = agora_nal_type(codec, nal[0]);
    if (codec == AGORA_NAL_H265)
        return type == 33 ? agora_hevc_sps_parse(nal, size, out, where) : AGORA_E_ARGUMENT;
    return type == 7 || type == 15 ? parse_h264(nal, size, out, where) : AGORA_E_ARGUMENT;
}
