/* hevc_sps.c - sequence parameter sets of H.265, up to the picture order fields (ITU-T H.265 7.3.2.2 and 7.3.3).
 *
 * H.265 is only received, so what a recorder needs is read: size, profile, level, depth, reordering. The VUI lies
 * behind the scaling lists and reference picture sets and is not read.
 * Sizes: no allocation, linear in the NAL unit.
 */
#include "hevc_sps.h"

#include "bits.h"

/* profile_tier_level(1, sub_layers - 1) of 7.3.3; the general part is kept as coded. */
static void read_profile_tier_level(agora_bits *bits, agora_sps *out)
{
    int profile_present[8] = {0}, level_present[8] = {0}, below = out->max_sub_layers - 1;
    for (size_t i = 0; i < sizeof out->profile_tier_level; i++)
        out->profile_tier_level[i] = (uint8_t)agora_bits_u(bits, 8);
    out->profile_idc = out->profile_tier_level[0] & 0x1f;
    out->level_idc = out->profile_tier_level[11];
    for (int i = 0; i < below; i++) {
        profile_present[i] = (int)agora_bits_u(bits, 1);
        level_present[i] = (int)agora_bits_u(bits, 1);
    }
    for (int i = below; below > 0 && i < 8; i++)
        agora_bits_u(bits, 2); /* reserved_zero_2bits */
    for (int i = 0; i < below; i++) {
        for (int byte = 0; byte < 11 * profile_present[i] + level_present[i]; byte++)
            agora_bits_u(bits, 8);
    }
}

static void read_size(agora_bits *bits, agora_sps *out)
{
    out->chroma_format_idc = (int32_t)agora_bits_ue_to(bits, 3);
    if (out->chroma_format_idc == 3)
        out->separate_colour_plane = (int32_t)agora_bits_u(bits, 1);
    out->coded_width = out->width = (int32_t)agora_bits_ue_to(bits, 65536);
    out->coded_height = out->height = (int32_t)agora_bits_ue_to(bits, 65536);
    int64_t cut_x = 0, cut_y = 0;
    if (agora_bits_u(bits, 1)) { /* conformance window, in chroma samples (7.4.3.2.1) */
        int chroma = out->chroma_format_idc;
        cut_x = ((int64_t)agora_bits_ue(bits) + agora_bits_ue(bits)) * (chroma == 1 || chroma == 2 ? 2 : 1);
        cut_y = ((int64_t)agora_bits_ue(bits) + agora_bits_ue(bits)) * (chroma == 1 ? 2 : 1);
    }
    if (cut_x >= out->coded_width || cut_y >= out->coded_height) {
        agora_bits_fail(bits, AGORA_E_SYNTAX);
        return;
    }
    out->width -= (int32_t)cut_x;
    out->height -= (int32_t)cut_y;
}

int agora_hevc_sps_parse(const uint8_t *nal, size_t size, agora_sps *out, size_t *where)
{
    agora_bits bits = agora_bits_of(nal, size, 2);
    agora_bits_u(&bits, 4); /* sps_video_parameter_set_id */
    out->max_sub_layers = 1 + (int32_t)agora_bits_u(&bits, 3);
    if (out->max_sub_layers > 7)
        agora_bits_fail(&bits, AGORA_E_SYNTAX);
    out->temporal_id_nested = (int32_t)agora_bits_u(&bits, 1);
    if (bits.status == AGORA_OK)
        read_profile_tier_level(&bits, out);
    out->id = (int32_t)agora_bits_ue_to(&bits, 15);
    read_size(&bits, out);
    out->bit_depth_luma = 8 + (int32_t)agora_bits_ue_to(&bits, 8);
    out->bit_depth_chroma = 8 + (int32_t)agora_bits_ue_to(&bits, 8);
    out->log2_max_poc_lsb = 4 + (int32_t)agora_bits_ue_to(&bits, 12);
    uint32_t each = agora_bits_u(&bits, 1); /* sps_sub_layer_ordering_info_present_flag */
    for (int i = each ? 0 : out->max_sub_layers - 1; i < out->max_sub_layers; i++) {
        out->max_num_ref_frames = (int32_t)agora_bits_ue_to(&bits, 15);
        out->reorder_frames = out->reorder_most = (int32_t)agora_bits_ue_to(&bits, 15);
        agora_bits_ue(&bits); /* sps_max_latency_increase_plus1 */
    }
    *where = agora_bits_offset(&bits);
    return bits.status;
}
