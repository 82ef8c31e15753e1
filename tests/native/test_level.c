/* level.c: known levels, silence, and every value of both range squeezes. */
#include <assert.h>
#include <math.h>
#include <stdio.h>

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
    puts("test_level: ok");
    return 0;
}
