/* SPDX-License-Identifier: Apache-2.0 */
#include "net/spin.h"

#include <sched.h>

enum {
	FAILURES_MAX = 8, /* what doubles no further: 255 waits of rest */
	RUN = 16,         /* successes in a row that count as one */
	RELAX = 16        /* pauses: together as long as a look */
};

static bool has_one_core(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) < 2;
}

void rmqi_spin_init(struct rmqi_spin *s, int64_t most_us)
{
	*s = (struct rmqi_spin){.most_us = most_us > 0 && !has_one_core() ? most_us : 0};
}

bool rmqi_spin_may(struct rmqi_spin *s)
{
	if (s->most_us == 0)
		return false;
	if (s->rest == 0)
		return true;
	s->rest--;
	return false;
}

void rmqi_spin_ended(struct rmqi_spin *s, bool has_come)
{
	if (has_come) {
		if (++s->successes >= RUN)
			s->failures = 0;
		return;
	}
	s->successes = 0;
	if (s->failures < FAILURES_MAX)
		s->failures++;
	s->rest = (1u << s->failures) - 1;
}

void rmqi_spin_relax(void)
{
	for (int i = 0; i < RELAX; i++) {
#if defined(__x86_64__) || defined(__i386__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#endif
	}
}
