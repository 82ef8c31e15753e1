/* level.c - loudness of PCM, and the range of 8-bit video planes.
 *
 * Sizes: agora_level is 16 bytes; no allocation; linear in the input.
 */
#include <math.h>
#include <string.h>

#include "core.h"

void agora_level_s16(const void *samples, size_t count, agora_level *out)
{
    const unsigned char *bytes = samples;
    uint64_t sum = 0; /* 2^30 per sample at most: room for 2^34 samples */
    int32_t peak = 0;
    for (size_t i = 0; i < count; i++) {
        int16_t sample;
        memcpy(&sample, bytes + 2 * i, sizeof sample);
        int32_t wide = sample;
        int32_t magnitude = wide < 0 ? -wide : wide;
        sum += (uint64_t)(magnitude * (int64_t)magnitude);
        peak = magnitude > peak ? magnitude : peak;
    }
    out->mean_square = count ? (double)sum / (double)count / 1073741824.0 : 0.0;
    out->peak = peak / 32768.0;
}

int agora_level_dbov(double mean_square)
{
    if (!(mean_square > 0.0))
        return 127;
    double dbov = -10.0 * log10(mean_square);
    if (dbov <= 0.0)
        return 0;
    return dbov >= 127.0 ? 127 : (int)(dbov + 0.5);
}

/* Both: the rounded quotient by 255 in integers, halves cannot occur as 255 is odd. */
void agora_level_limit_luma(uint8_t *plane, size_t count)
{
    for (size_t i = 0; i < count; i++)
        plane[i] = (uint8_t)(16 + (plane[i] * 2 * 219 + 255) / 510);
}

void agora_level_limit_chroma(uint8_t *plane, size_t count)
{
    for (size_t i = 0; i < count; i++) /* 128 * 510 keeps the dividend positive and adds the offset of 128 */
        plane[i] = (uint8_t)(((plane[i] - 128) * 2 * 224 + 255 + 128 * 510) / 510);
}
