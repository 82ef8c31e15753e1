/* level.c: known levels, silence, every value of both range squeezes, and packed planes. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core.h"

int main(void)
{
    int16_t square[] = {-32768, 32767, -32768, 32767};
    agora_level level;
    agora_level_s16(square, 4, &level);
    assert(level.peak == 1.0);
    assert(fabs(level.mean_square - 1.0) < 1e-4);
    assert(agora_level_dbov(level.mean_square) == 0);

    agora_level_s16(square, 0, &level);
    assert(level.mean_square == 0.0 && level.peak == 0.0);
    assert(agora_level_dbov(0.0) == 127);
    assert(agora_level_dbov(1e-30) == 127);
    assert(agora_level_dbov(0.01) == 20);

    for (int x = 0; x < 256; x++) {
        uint8_t luma = (uint8_t)x, chroma = (uint8_t)x;
        agora_level_limit_luma(&luma, 1);
        agora_level_limit_chroma(&chroma, 1);
        assert(luma == (int)floor(16 + x * 219 / 255.0 + 0.5));
        assert(chroma == (int)floor(128 + (x - 128) * 224 / 255.0 + 0.5));
    }

    /* 3 x 2 of a padded plane into 5 x 4: the edge is repeated, the padding is not read. */
    const uint8_t from[] = {0, 128, 255, 99, 10, 20, 30};
    uint8_t to[5 * 4];
    assert(agora_level_pack(to, 5, 4, from, sizeof from, 4, 3, 2, AGORA_RANGE_KEEP) == AGORA_OK);
    const uint8_t kept[] = {0, 128, 255, 255, 255, 10, 20, 30, 30, 30, 10, 20, 30, 30, 30, 10, 20, 30, 30, 30};
    assert(memcmp(to, kept, sizeof kept) == 0);
    assert(agora_level_pack(to, 3, 1, from, 3, 3, 3, 1, AGORA_RANGE_LUMA) == AGORA_OK);
    assert(to[0] == 16 && to[1] == 126 && to[2] == 235);
    assert(agora_level_pack(to, 3, 1, from, 3, 3, 3, 1, AGORA_RANGE_CHROMA) == AGORA_OK);
    assert(to[0] == 16 && to[1] == 128 && to[2] == 240);
    assert(agora_level_pack(to, 5, 4, from, 6, 4, 3, 2, AGORA_RANGE_KEEP) == AGORA_E_TRUNCATED);
    assert(agora_level_pack(to, 5, 4, from, 2, 4, 3, 1, AGORA_RANGE_KEEP) == AGORA_E_TRUNCATED);
    assert(agora_level_pack(to, 2, 4, from, 7, 4, 3, 2, AGORA_RANGE_KEEP) == AGORA_E_ARGUMENT);
    assert(agora_level_pack(to, 5, 1, from, 7, 4, 3, 2, AGORA_RANGE_KEEP) == AGORA_E_ARGUMENT);
    assert(agora_level_pack(to, 5, 4, from, 7, 2, 3, 2, AGORA_RANGE_KEEP) == AGORA_E_ARGUMENT);
    assert(agora_level_pack(to, 5, 4, from, 7, 4, 0, 2, AGORA_RANGE_KEEP) == AGORA_E_ARGUMENT);
    assert(agora_level_pack(to, 5, 4, from, 7, SIZE_MAX, 3, SIZE_MAX, AGORA_RANGE_KEEP) == AGORA_E_ARGUMENT);
    puts("test_level: ok");
    return 0;
}
