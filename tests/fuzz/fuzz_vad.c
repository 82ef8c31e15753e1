/* Any configuration, valid or not, and any frames: what a step says must hold, and a cut stream must say the same. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define MUST(truth) ((truth) ? (void)0 : abort())
#define FRAMES 512

static agora_vad whole, cut;
static agora_vad_frame frames[FRAMES];
static agora_vad_step steps[FRAMES], again[FRAMES];

/* Small queues for half of the inputs, so that transitions are reached; raw bytes for the others. */
static agora_vad_config read_config(const uint8_t *bytes)
{
    agora_vad_config config;
    memcpy(&config, bytes, sizeof config);
    if (bytes[0] & 1) {
        config.pre_start_recognize_count = bytes[1] % 8;
        config.start_recognize_count = 1 + bytes[2] % 8;
        config.stop_recognize_count = 1 + bytes[3] % 8;
        config.active_percent = (1 + bytes[4]) / 256.0;
        config.inactive_percent = (1 + bytes[5]) / 256.0;
        config.start_voice_prob = bytes[6] % 101;
        config.stop_voice_prob = bytes[7] % 101;
        config.start_rms_threshold = -(bytes[8] % 101);
        config.stop_rms_threshold = -(bytes[9] % 101);
        config.adaptive_rms_threshold = bytes[10] & 1;
        config.adaptive_rms_factor = (1 + bytes[11]) / 26.0;
    }
    return config;
}

static void check(const agora_vad_config *config, size_t count)
{
    int speaking = 0;
    for (size_t i = 0; i < count; i++) {
        const agora_vad_step *step = steps + i;
        MUST(step->state / 2 == speaking && step->state <= AGORA_VAD_STOP);
        MUST(step->queued >= 1 && step->queued <= step->queue_size);
        MUST(step->counted >= 0 && step->counted <= step->window && step->window <= step->queue_size);
        MUST(step->emit_frames >= 0 && (size_t)step->emit_frames <= i + 1);
        MUST(step->emit_frames <= config->pre_start_recognize_count + config->start_recognize_count);
        MUST((step->emit_frames == 0) == (step->state == AGORA_VAD_SILENT));
        if (step->state == AGORA_VAD_START || step->state == AGORA_VAD_STOP)
            speaking = !speaking;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 + sizeof(agora_vad_config))
        return 0;
    int rules = data[0] % 4;
    agora_vad_config config = read_config(data + 1);
    data += 1 + sizeof config;
    size -= 1 + sizeof config;
    if (agora_vad_init(&whole, rules, &config) != AGORA_OK)
        return 0;
    size_t count = size / 4 < FRAMES ? size / 4 : FRAMES;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = data + 4 * i;
        int32_t wild;
        memcpy(&wild, at, 4);
        frames[i] = (agora_vad_frame){at[0] & 1, at[0] & 128 ? wild : at[1] % 101, at[0] & 64 ? wild : at[2] % 128, at[3], 0};
    }
    MUST(agora_vad_init(&cut, rules, &config) == AGORA_OK);
    agora_vad_run(&whole, frames, count, steps);
    size_t half = count ? data[0] % count : 0;
    agora_vad_run(&cut, frames, half, again);
    agora_vad_run(&cut, frames + half, count - half, again + half);
    MUST(memcmp(steps, again, count * sizeof *steps) == 0);
    check(&config, count);
    return 0;
}
