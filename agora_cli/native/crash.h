/* crash.h - last words of a process whose native code dies. */
#ifndef AGORA_CRASH_H
#define AGORA_CRASH_H

#define AGORA_CRASH_TEXT_MAX 2048

/* From now on SIGABRT, SIGSEGV, SIGBUS, SIGILL and SIGFPE write to stderr
 *   <before><name of the signal><after>
 * and, where `document_length` is not 0, the same with the document's two halves to stdout, and end the process
 * with `status`, without running anything else. The texts are copied; each is at most AGORA_CRASH_TEXT_MAX
 * bytes. Returns AGORA_OK, AGORA_E_CAPACITY for a longer text, AGORA_E_UNSUPPORTED on systems without
 * sigaction. Arming an armed guard replaces its texts. */
int agora_crash_arm(int status, const char *before, size_t before_length, const char *after, size_t after_length,
                    const char *document_before, size_t document_before_length, const char *document_after,
                    size_t document_after_length);

/* Put back the handlers that agora_crash_arm() found; does nothing when not armed. */
void agora_crash_disarm(void);

#endif
