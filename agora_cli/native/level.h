/* level.h - loudness of PCM, and the range of 8-bit video planes, in place or while they are packed. */
#ifndef AGORA_LEVEL_H
#define AGORA_LEVEL_H

/* Mean square and peak of interleaved s16 samples, both relative to full scale (32768). */
typedef struct {
    double mean_square; /* 0..1: mean of (sample / 32768)^2; 0 for no samples */
    double peak;        /* 0..1: max |sample| / 32768 */
} agora_level;

/* Measure `count` samples at `samples` (alignment not needed). O(count). */
void agora_level_s16(const void *samples, size_t count, agora_level *out);

/* Level in -dBov as RFC 6464 section 3 has it: 0 is full scale, 127 is silence. */
int agora_level_dbov(double mean_square);

/* Squeeze `count` bytes of a full-range plane to limited range, in place (ITU-R BT.601 / BT.709 8-bit):
 * luma 0..255 -> 16..235, chroma 0..255 -> 16..240 around 128, rounded to nearest. O(count). */
void agora_level_limit_luma(uint8_t *plane, size_t count);
void agora_level_limit_chroma(uint8_t *plane, size_t count);

enum agora_range {
    AGORA_RANGE_KEEP = 0,   /* the bytes as they are */
    AGORA_RANGE_LUMA = 1,   /* full-range luma to limited range, as above */
    AGORA_RANGE_CHROMA = 2  /* full-range chroma to limited range */
};

/* Copy a plane of `width` x `height` bytes, whose lines start every `stride` bytes of `from`, into a packed
 * one of `to_width` x `to_height`, at least as large: the last column and line are repeated into the rest.
 * The two must not overlap; `to` has room for to_width * to_height bytes. Returns AGORA_E_ARGUMENT for sizes
 * that do not fit each other, AGORA_E_TRUNCATED when `from` is shorter than its lines need. O(bytes). */
int agora_level_pack(uint8_t *to, size_t to_width, size_t to_height, const uint8_t *from, size_t from_size,
                     size_t stride, size_t width, size_t height, int range);

#endif
