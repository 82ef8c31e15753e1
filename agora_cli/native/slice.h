/* slice.h - what tells H.264 pictures apart: picture parameter sets and slice headers (ITU-T H.264 7.3.2.2, 7.3.3). */
#ifndef AGORA_SLICE_H
#define AGORA_SLICE_H

/* The part of a PPS that the way through a slice header depends on. */
typedef struct {
    uint8_t known; /* 1 once read */
    uint8_t sps_id;
    uint8_t pic_order_present; /* bottom_field_pic_order_in_frame_present_flag */
    uint8_t redundant_pic_cnt_present;
    uint8_t references[2]; /* num_ref_idx_l0 and l1_default_active */
    uint8_t weighted_pred, weighted_bipred_idc;
} agora_pps;

/* The sets that slices refer to, by id. About 43 KB; sps[i] counts when sps_known[i] is 1. */
typedef struct {
    agora_sps sps[32];
    uint8_t sps_known[32];
    agora_pps pps[256];
} agora_active;

/* A slice header. */
typedef struct {
    uint32_t first_mb, slice_type, pps_id;
    int32_t nal_type, ref_idc, sps_id;
    int32_t idr, idr_pic_id;
    int32_t frame_num;
    int32_t field; /* 0 frame, 1 top field, 2 bottom field */
    int32_t poc_lsb, delta_bottom, delta[2];
    int32_t redundant_pic_cnt;
    int32_t resets; /* memory_management_control_operation 5: the picture order starts anew, as after an IDR */
} agora_slice;

/* Read a PPS into `*out` and its id into `*id`. A failure leaves `*out` unspecified. */
int agora_pps_parse(const uint8_t *nal, size_t size, agora_pps *out, int *id);

/* Read the header of a slice (NAL unit type 1, 2 or 5) up to redundant_pic_cnt: all that 7.4.1.2.4 compares.
 * AGORA_E_ARGUMENT when its PPS or SPS is not known: first_mb, slice_type and pps_id are read all the same. */
int agora_slice_parse(const agora_active *active, const uint8_t *nal, size_t size, agora_slice *out);

/* Read the whole header, for `resets`. */
int agora_slice_parse_marking(const agora_active *active, const uint8_t *nal, size_t size, agora_slice *out);

/* Whether `next` is the first slice of another primary coded picture than `slice`'s (7.4.1.2.4). */
int agora_slice_differs(const agora_slice *slice, const agora_slice *next, int poc_type);

#endif
