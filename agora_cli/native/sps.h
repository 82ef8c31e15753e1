/* sps.h - sequence parameter sets of H.264 (ITU-T H.264 7.3.2.1.1 and annex E) and H.265 (7.3.2.2, without VUI). */
#ifndef AGORA_SPS_H
#define AGORA_SPS_H

#define AGORA_SPS_POC_CYCLE 255

/* What a sequence parameter set says; what the codec does not have is 0. About 1.2 KB. */
typedef struct {
    int32_t codec; /* enum agora_nal_codec */
    int32_t id;    /* 0..31 (H.265: 0..15) */
    int32_t profile_idc, level_idc;
    int32_t constraint_flags; /* H.264: the byte with constraint_set0_flag on top */
    int32_t chroma_format_idc, separate_colour_plane;
    int32_t bit_depth_luma, bit_depth_chroma;
    int32_t width, height;             /* pixels shown: after cropping */
    int32_t coded_width, coded_height; /* pixels coded */
    int32_t frame_mbs_only;            /* H.264: 0 when fields or field macroblocks may occur */
    int32_t log2_max_frame_num;
    int32_t poc_type, log2_max_poc_lsb;
    int32_t delta_pic_order_always_zero, offset_for_non_ref_pic, offset_for_top_to_bottom_field;
    int32_t poc_cycle; /* how many of offset_for_ref_frame are used */
    int32_t offset_for_ref_frame[AGORA_SPS_POC_CYCLE];
    int32_t max_num_ref_frames;
    int32_t reorder_frames;  /* pictures that precede one in decoding order and follow it in output; -1: not said */
    int32_t reorder_most;    /* the same as a bound that always holds: A.3.1, E.2.1 inference */
    int32_t vui;             /* 0 no VUI, 1 read, -1 damaged: what stood before the damage is kept */
    int32_t sar_width, sar_height; /* sample aspect ratio, 0:0 when not said */
    int32_t full_range;      /* 1 full, 0 limited, -1 not said */
    int32_t matrix_coefficients; /* table E-5, 2 when not said */
    int32_t fixed_frame_rate;
    uint32_t num_units_in_tick, time_scale; /* frame rate = time_scale / (2 * num_units_in_tick); 0: not said */
    int32_t max_sub_layers, temporal_id_nested; /* H.265 */
    uint8_t profile_tier_level[12]; /* H.265: general_profile_space .. general_level_idc as coded */
} agora_sps;

/* Read the SPS in `nal` (with its header, without start code). On failure `*where` is the byte of the NAL unit near
 * which it stopped, and `*out` must not be used. Damage inside the VUI is not a failure: see `vui`. */
int agora_sps_parse(int codec, const uint8_t *nal, size_t size, agora_sps *out, size_t *where);

#endif
