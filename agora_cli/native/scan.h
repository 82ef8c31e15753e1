/* scan.h - start codes and NAL units of an Annex-B byte stream (ITU-T H.264 and H.265, annex B). */
#ifndef AGORA_SCAN_H
#define AGORA_SCAN_H

enum agora_nal_codec {
    AGORA_NAL_H264 = 0,
    AGORA_NAL_H265 = 1
};

/* One NAL unit inside a caller's buffer. */
typedef struct {
    size_t offset; /* of its first byte, the NAL header: behind the start code */
    size_t length; /* bytes, at least 1, trailing zeros not counted: a NAL unit never ends in 00 */
    int32_t type;  /* nal_unit_type: 0..31 for H.264, 0..63 for H.265 */
} agora_nal;

/* Offset of the first 00 00 01 at or after `from`, or `size` when there is none. O(size). */
size_t agora_scan_start_code(const uint8_t *data, size_t size, size_t from);

/* The same, byte by byte: the fast one's twin and its tail. */
size_t agora_scan_start_code_portable(const uint8_t *data, size_t size, size_t from);

/* Which instructions agora_scan_start_code uses: "sse2", "neon" or "portable". */
const char *agora_scan_path(void);

/* nal_unit_type of a NAL unit that begins with the byte `header`. */
int agora_nal_type(int codec, uint8_t header);

/* Read the next NAL unit from `*position` on and move `*position` behind it; 1 when there was one, 0 at the end.
 * Bytes before the first start code are skipped, and so is an empty unit between two start codes. */
int agora_nal_next(int codec, const uint8_t *data, size_t size, size_t *position, agora_nal *out);

/* As many NAL units as `capacity` holds; returns their number, less than `capacity` at the end of the data. */
size_t agora_nal_list(int codec, const uint8_t *data, size_t size, size_t *position, agora_nal *out, size_t capacity);

/* Whether a SEI NAL unit has a recovery point message (H.264 D.1.8, H.265 D.2.8: payload type 6), and its
 * recovery_frame_cnt or recovery_poc_cnt in `*count`. A damaged SEI has none. O(size). */
int agora_nal_recovery_point(int codec, const uint8_t *nal, size_t size, int32_t *count);

#endif
