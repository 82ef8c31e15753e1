/* vad.c - the voice activity state machine of Agora's server SDK, in three rule sets.
 *
 * The machine hears 10 ms frames and is either silent or speaking. While silent, frames gather in a start
 * queue of preStartRecognizeCount + startRecognizeCount; while speaking, in a stop queue of
 * stopRecognizeCount. Each frame is judged active or inactive the moment it comes, and that judgement is
 * never revised. When the queue of the moment satisfies the rule, the machine changes sides and the queue is
 * emptied:
 *
 *     state of the frame   emitted                               next
 *     0 silent             nothing                               silent
 *     1 start              the whole start queue, oldest first   speaking
 *     2 speaking           the frame                             speaking
 *     3 stop               the frame                             silent
 *
 * Nothing is emitted at the end of the input. As frames enter the start queue only while silent, and a
 * transition empties it, the queue is always an unbroken stretch of input that ends with the newest frame:
 * "emit the newest n frames" says it all, and the machine needs no sound, only one bit a frame. For the same
 * reason pre-roll never reaches back before a stop, and after one the start queue has to fill up anew.
 *
 * Both sides are the same machine with "hit" read as active while silent and as inactive while speaking:
 *
 *     rule set     active frame                          start                     stop
 *     documented   prob > P and rms > 127 + R            hits >= activePercent     hits >= inactivePercent
 *                                                        of the newest start       of the newest stop
 *     2.1          far == 1 and prob > P and rms > R     the same, but the whole queue is wanted and the
 *                                                        oldest frame of the window is passed over
 *     2.4          prob == 1 or rms > T                  start hits in a row, in   stop hits in a row
 *                                                        a full queue
 *
 * P and R are the stop pair while speaking, else the start pair. 2.1 compares rms, which is 0..127, with R,
 * which is -100..0 dB, as it stands: its rms test always passes. "Passed over" is the SDK's own off-by-one
 * (it counts indices greater than the limit): 29 frames are looked at, the share is taken of 30, and the
 * unseen frame counts as not inactive. So a start needs 20 of 29 active, a stop 25 of 49 inactive at the
 * defaults, inactivePercent above 0.98 never stops, and startRecognizeCount 1 starts on silence.
 *
 * T of 2.4 is 127 + startRmsThreshold until the first start; later, while adaptive_rms_threshold is on, it
 * is factor * the mean rms of the run that fired the last start, cut to an integer, and it outlives the
 * stop. The SDK adds 127 to a configuration that its instances share, so a second instance compares with
 * 204 and a third with 331; that is a fault of sharing, not a rule, and not done here.
 *
 * Sizes: agora_vad is 6 KiB; O(1) a frame; nothing is allocated. Identical, state for state and byte for
 * byte, to voice_detection.py of the published SDKs: tests/unit/native/test_vad_sdk.py.
 */
#include <string.h>

#include "core.h"

#define SILENT_RMS 127 /* what is added to a threshold in dB to compare it with a frame's rms */

typedef struct {
    int rms_offset;   /* added to R */
    int wants_far;    /* an active frame has the far-field flag */
    int either;       /* 1: voice flag or rms suffices, 0: probability and rms are both wanted */
    int in_a_row;     /* 1: consecutive hits, 0: a share of the newest frames */
    int whole_queue;  /* 1: a start needs pre-roll and window, 0: the window */
    int passed_over;  /* oldest frames of a window that are not looked at */
} rule_set;

static const rule_set RULES[] = {
    [AGORA_VAD_DOCUMENTED] = {SILENT_RMS, 0, 0, 0, 0, 0},
    [AGORA_VAD_2_1] = {0, 1, 0, 0, 1, 1},
    [AGORA_VAD_2_4] = {SILENT_RMS, 0, 1, 1, 1, 0},
};

static int within(int32_t value, int32_t low, int32_t high)
{
    return low <= value && value <= high;
}

static int is_share(double value, double high)
{
    return value > 0.0 && value <= high; /* false for NaN */
}

int agora_vad_init(agora_vad *vad, int rules, const agora_vad_config *config)
{
    if (!within(rules, AGORA_VAD_DOCUMENTED, AGORA_VAD_2_4) ||
        !within(config->pre_start_recognize_count, 0, AGORA_VAD_MAX_COUNT) ||
        !within(config->start_recognize_count, 1, AGORA_VAD_MAX_COUNT) ||
        !within(config->stop_recognize_count, 1, AGORA_VAD_MAX_COUNT) ||
        !is_share(config->active_percent, 1.0) || !is_share(config->inactive_percent, 1.0) ||
        !within(config->start_voice_prob, 0, 100) || !within(config->stop_voice_prob, 0, 100) ||
        !within(config->start_rms_threshold, -100, 0) || !within(config->stop_rms_threshold, -100, 0) ||
        !within(config->adaptive_rms_threshold, 0, 1) || !is_share(config->adaptive_rms_factor, 10.0))
        return AGORA_E_ARGUMENT;
    memset(vad, 0, sizeof *vad);
    vad->config = *config;
    vad->rules = rules;
    return AGORA_OK;
}

static int64_t rms_threshold(const agora_vad *vad, const rule_set *rules)
{
    const agora_vad_config *config = &vad->config;
    if (rules->either && config->adaptive_rms_threshold && vad->reference_rms > 0)
        return (int64_t)((double)vad->reference_rms * config->adaptive_rms_factor);
    return rules->rms_offset +
           (vad->speaking && !rules->either ? config->stop_rms_threshold : config->start_rms_threshold);
}

static int is_active(const agora_vad *vad, const rule_set *rules, const agora_vad_frame *frame, int64_t threshold)
{
    int loud = frame->rms > threshold;
    if (rules->either)
        return frame->voice_prob == 1 || loud;
    int probable =
        frame->voice_prob > (vad->speaking ? vad->config.stop_voice_prob : vad->config.start_voice_prob);
    return probable && loud && (!rules->wants_far || frame->far_field == 1);
}

/* Slide the window of `window` newest frames on by one, and the run with it. */
static void take(agora_vad *vad, int hit, int32_t window, int32_t queue_size)
{
    if (window > 0) {
        if (vad->queued >= window)
            vad->hits -= vad->history[vad->head];
        vad->history[vad->head] = (uint8_t)hit;
        vad->hits += hit;
        vad->head = vad->head + 1 == window ? 0 : vad->head + 1;
    }
    vad->run = hit ? (vad->run < INT32_MAX ? vad->run + 1 : vad->run) : 0;
    vad->queued += vad->queued < queue_size;
}

static void change_sides(agora_vad *vad)
{
    if (!vad->speaking && vad->run > 0) /* Python's int(sum / count): divided as doubles, then cut */
        vad->reference_rms = (int64_t)((double)vad->run_rms / (double)vad->run);
    vad->speaking = !vad->speaking;
    vad->queued = vad->hits = vad->run = vad->head = 0;
    vad->run_rms = 0;
}

void agora_vad_process(agora_vad *vad, const agora_vad_frame *frame, agora_vad_step *step)
{
    const rule_set *rules = &RULES[vad->rules];
    const agora_vad_config *config = &vad->config;
    const int speaking = vad->speaking;
    const int32_t count = speaking ? config->stop_recognize_count : config->start_recognize_count;
    const int32_t window = count - rules->passed_over;
    const int32_t queue_size = speaking ? count : config->pre_start_recognize_count + count;
    const int64_t threshold = rms_threshold(vad, rules);
    const int active = is_active(vad, rules, frame, threshold);

    take(vad, active != speaking, window, queue_size);
    vad->run_rms = active && !speaking ? vad->run_rms + frame->rms : 0;

    const int enough = vad->queued >= (rules->whole_queue ? queue_size : count);
    const int32_t unseen = speaking ? 0 : rules->passed_over;
    const double share = (double)(vad->hits + unseen) / (double)count;
    const int fires = enough && (rules->in_a_row
                                     ? vad->run >= count
                                     : share >= (speaking ? config->inactive_percent : config->active_percent));

    step->state = (speaking ? AGORA_VAD_SPEAKING : AGORA_VAD_SILENT) + fires;
    step->active = active;
    step->emit_frames = speaking ? 1 : fires ? vad->queued : 0;
    step->counted = rules->in_a_row ? (vad->run < count ? vad->run : count) : vad->hits;
    step->window = rules->in_a_row ? count : window;
    step->queued = vad->queued;
    step->queue_size = queue_size;
    step->rms_threshold = (int32_t)(threshold < INT32_MAX ? threshold : INT32_MAX);
    if (fires)
        change_sides(vad);
}

void agora_vad_run(agora_vad *vad, const agora_vad_frame *frames, size_t count, agora_vad_step *steps)
{
    for (size_t i = 0; i < count; i++)
        agora_vad_process(vad, frames + i, steps + i);
}
