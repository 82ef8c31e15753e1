/* vad.c and vaddump.c under the sanitizers: the published timings, the edges of every queue, and a dump. */
#define _POSIX_C_SOURCE 200809L
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core.h"

static const agora_vad_config DEFAULTS = {16, 30, 50, 0.7, 0.5, 70, 70, -50, -50, 1, 0.67};

/* Return the number of the first frame after `from` whose state is `state`; frames on..off-1 are voiced. */
static int first(int rules, int state, int from, int on, int off, int end)
{
    agora_vad vad;
    int found = -1;
    assert(agora_vad_init(&vad, rules, &DEFAULTS) == AGORA_OK);
    for (int i = 0; i < end; i++) {
        int voiced = on <= i && i < off;
        agora_vad_frame frame = {1, voiced ? (rules == AGORA_VAD_2_4 ? 1 : 100) : 0, voiced ? 100 : 20, 0, 0};
        agora_vad_step step;
        agora_vad_process(&vad, &frame, &step);
        assert(step.state >= 0 && step.state <= 3 && step.queued <= step.queue_size);
        if (found < 0 && i > from && step.state == state)
            found = i;
    }
    return found;
}

static void check_timings(void)
{
    assert(first(AGORA_VAD_2_1, AGORA_VAD_START, 0, 100, 300, 400) == 119);
    assert(first(AGORA_VAD_2_1, AGORA_VAD_STOP, 0, 100, 300, 400) == 324);
    assert(first(AGORA_VAD_2_4, AGORA_VAD_START, 0, 100, 300, 400) == 129);
    assert(first(AGORA_VAD_2_4, AGORA_VAD_STOP, 0, 100, 300, 400) == 349);
    assert(first(AGORA_VAD_DOCUMENTED, AGORA_VAD_START, 0, 100, 300, 400) == 120);
    assert(first(AGORA_VAD_DOCUMENTED, AGORA_VAD_STOP, 0, 100, 300, 400) == 324);
    assert(first(AGORA_VAD_2_1, AGORA_VAD_START, 0, 0, 400, 400) == 45);
}

static void check_every_small_queue(void)
{
    for (int rules = 0; rules < 3; rules++)
        for (int pre = 0; pre < 4; pre++)
            for (int start = 1; start < 5; start++)
                for (int stop = 1; stop < 5; stop++) {
                    agora_vad_config config = DEFAULTS;
                    agora_vad vad;
                    config.pre_start_recognize_count = pre;
                    config.start_recognize_count = start;
                    config.stop_recognize_count = stop;
                    assert(agora_vad_init(&vad, rules, &config) == AGORA_OK);
                    for (unsigned i = 0; i < 4000; i++) {
                        unsigned noise = i * 2654435761u >> 16;
                        agora_vad_frame frame = {1, noise % 3 ? (noise % 2 ? 1 : 100) : 0, noise % 128, 0, 0};
                        agora_vad_step step;
                        agora_vad_process(&vad, &frame, &step);
                        assert(step.emit_frames <= pre + start && step.counted <= step.window);
                    }
                }
}

static void check_ranges(void)
{
    agora_vad vad;
    agora_vad_config config = DEFAULTS;
    assert(agora_vad_init(&vad, 3, &config) == AGORA_E_ARGUMENT);
    assert(agora_vad_init(&vad, -1, &config) == AGORA_E_ARGUMENT);
    config.active_percent = 0.0;
    assert(agora_vad_init(&vad, 0, &config) == AGORA_E_ARGUMENT);
    config = DEFAULTS;
    config.stop_recognize_count = AGORA_VAD_MAX_COUNT;
    assert(agora_vad_init(&vad, 0, &config) == AGORA_OK);
    config.stop_recognize_count++;
    assert(agora_vad_init(&vad, 0, &config) == AGORA_E_ARGUMENT);
}

static long size_of(const char *folder, const char *name)
{
    char path[AGORA_VADDUMP_PATH + 32];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int missing = stat(path, &status);
    unlink(path);
    return missing ? -1 : (long)status.st_size;
}

static void check_dump(void)
{
    enum { FRAMES = 400, BYTES = 320 };
    static agora_vad_frame frames[FRAMES];
    static agora_vad_step steps[FRAMES];
    static uint8_t pcm[FRAMES * BYTES];
    static agora_vaddump dump;
    char parent[] = "/tmp/agora-vaddump-XXXXXX";
    agora_vad vad;

    for (int i = 0; i < FRAMES; i++)
        frames[i] = (agora_vad_frame){INT32_MIN, 100 <= i && i < 300 ? 100 : 0, INT32_MIN, INT32_MAX, INT32_MIN};
    assert(agora_vad_init(&vad, AGORA_VAD_2_1, &DEFAULTS) == AGORA_OK);
    for (int i = 0; i < FRAMES; i++)
        frames[i].far_field = 1, frames[i].rms = 0;
    agora_vad_run(&vad, frames, FRAMES, steps);
    assert(mkdtemp(parent));
    assert(agora_vaddump_open(&dump, parent, "20300102030405", BYTES, 327) == AGORA_OK);
    assert(agora_vaddump_write(&dump, pcm, frames, steps, FRAMES) == AGORA_OK);
    assert(agora_vaddump_close(&dump) == AGORA_OK && agora_vaddump_close(&dump) == AGORA_OK);
    assert(size_of(dump.path, "source.pcm") == FRAMES * BYTES);
    assert(size_of(dump.path, "rms.pcm") == FRAMES * BYTES);
    assert(size_of(dump.path, "pitch.pcm") == FRAMES * BYTES);
    assert(size_of(dump.path, "voice_prob.pcm") == FRAMES * BYTES);
    assert(size_of(dump.path, "vad_0.pcm") == (46 + 324 - 119) * BYTES);
    assert(size_of(dump.path, "vad_1.pcm") == -1);
    assert(size_of(dump.path, "label.txt") > FRAMES * 40);
    assert(rmdir(dump.path) == 0 && rmdir(parent) == 0);
    assert(agora_vaddump_open(&dump, parent, "20300102030405", BYTES, 327) == AGORA_E_IO && dump.failure);
    assert(agora_vaddump_open(&dump, parent, "x", AGORA_VADDUMP_MAX_FRAME + 2, 1) == AGORA_E_ARGUMENT);
}

int main(void)
{
    check_timings();
    check_every_small_queue();
    check_ranges();
    check_dump();
    puts("test_vad: ok");
    return 0;
}
