/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/bench_send.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/cli/complain.h"
#include "tools/cli/stop.h"
#include "tools/cli/values.h"

enum {
	USUAL_IN_FLIGHT = 1000,
	USUAL_SIZE = 128,
	SIZE_MAX_BYTES = 16 * 1000 * 1000,
	CLOSE_MS = 10000,
	LOOK_MS = 100,
	LATE_MAX = 1000 /* looks at the clock are spared by no more than so many messages */
};

struct flight {
	struct bench_send *send;
	struct flight *next; /* of those that are free */
	int64_t from_us;
	size_t bytes;
};

/* --- Open ----------------------------------------------------------------------------------------------- */

/* "N" or "LO..HI". */
static int read_size(struct bench_send *s, const char *text)
{
	char low[32];
	int64_t least = USUAL_SIZE, most = USUAL_SIZE;
	const char *dots = text ? strstr(text, "..") : NULL;
	size_t len = text ? (dots ? (size_t)(dots - text) : strlen(text)) : 0;

	if (text) {
		snprintf(low, sizeof(low), "%.*s", (int)(len < sizeof(low) ? len : sizeof(low) - 1), text);
		if (!value_number(low, 1, SIZE_MAX_BYTES, &least))
			return wrong_usage("--size: '%s' is neither N nor LO..HI, of 1 to %d bytes", text,
					   SIZE_MAX_BYTES);
		most = least;
		if (dots && !value_number(dots + 2, least, SIZE_MAX_BYTES, &most))
			return wrong_usage("--size: '%s' is neither N nor LO..HI, of 1 to %d bytes", text,
					   SIZE_MAX_BYTES);
	}
	s->least = (size_t)least;
	s->most = (size_t)most;
	return CLI_OK;
}

static uint64_t next_random(struct bench_send *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random;
}

/* Text that a compressor makes small, or bytes that it cannot. */
static void fill_body(struct bench_send *s, bool is_random)
{
	for (size_t i = 0; i < s->most; i++)
		s->body[i] = is_random ? (uint8_t)(next_random(s) >> 32) : (uint8_t)('a' + i % 26);
}

static bool have_flights(struct bench_send *s, size_t count)
{
	s->flights = calloc(count, sizeof(*s->flights));
	for (size_t i = 0; s->flights && i < count; i++) {
		s->flights[i] = (struct flight){.send = s, .next = s->free_one};
		s->free_one = &s->flights[i];
	}
	return s->flights != NULL;
}

static int start(struct bench_send *s, const struct args *a, rmq_config *config)
{
	const char *group = args_text(a, OPTION_producer_group);
	const char *compress = args_text(a, OPTION_compress);
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_OK;

	if (compress && strcmp(compress, "none") == 0)
		err = rmq_config_set(config, "compressMsgBodyOverHowmuch", "2147483647", &detail);
	else if (compress)
		err = rmq_config_set(config, "compressType", compress, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_new(config, group ? group : "rmq-cli", &s->producer, &detail);
	if (err == RMQ_OK)
		err = rmq_producer_start(s->producer, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of(s->bench->topic, err, detail);
}

int bench_send_open(struct bench_send *s, struct bench *b, rmq_config *config, uint64_t run)
{
	const struct args *a = b->args;
	int64_t in_flight = args_number(a, OPTION_in_flight, USUAL_IN_FLIGHT);
	int status;

	*s = (struct bench_send){.bench = b,
				 .run = run,
				 .random = (uint64_t)bench_now_us() | 1,
				 .is_oneway = args_has(a, OPTION_oneway)};
	pthread_cond_init(&s->room, NULL);
	if (!args_within(a, OPTION_in_flight, 1, 1000 * 1000))
		return CLI_USAGE;
	status = read_size(s, args_text(a, OPTION_size));
	if (status != CLI_OK)
		return status;
	if (run && s->least < sizeof(struct bench_mark))
		return wrong_usage("--size: a body of bench latency has at least %zu bytes",
				   sizeof(struct bench_mark));
	s->body = malloc(s->most);
	if (!s->body || !have_flights(s, (size_t)in_flight)) {
		complain("out of memory");
		return CLI_FAILED;
	}
	fill_body(s, args_has(a, OPTION_random));
	return start(s, a, config);
}

/* --- Send ----------------------------------------------------------------------------------------------- */

static void give_back(struct flight *f)
{
	struct bench_send *s = f->send;

	pthread_mutex_lock(&s->bench->mutex);
	f->next = s->free_one;
	s->free_one = f;
	pthread_cond_signal(&s->room);
	pthread_mutex_unlock(&s->bench->mutex);
}

static void sent(enum rmq_error error, const rmq_send_result *result, const rmq_error_detail *detail,
		 void *arg)
{
	struct flight *f = arg;
	struct bench *b = f->send->bench;

	(void)result;
	if (error != RMQ_OK)
		bench_fail(b, error, detail);
	else if (!f->send->run)
		bench_note(b, bench_now_us() - f->from_us, f->bytes);
	give_back(f);
}

/* NULL: it is to stop. */
static struct flight *take(struct bench_send *s)
{
	struct bench *b = s->bench;
	struct flight *f;

	pthread_mutex_lock(&b->mutex);
	while (!s->free_one && !stop_wanted()) {
		struct timespec until;

		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_MS * 1000 * 1000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(&s->room, &b->mutex, &until);
	}
	f = stop_wanted() ? NULL : s->free_one;
	if (f)
		s->free_one = f->next;
	pthread_mutex_unlock(&b->mutex);
	return f;
}

static rmq_message *make(struct bench_send *s, int64_t due_us, size_t *bytes)
{
	const struct bench_mark mark = {s->run, due_us};

	*bytes = s->least;
	if (s->most > s->least)
		*bytes += (size_t)(next_random(s) % (s->most - s->least + 1));
	if (s->run)
		memcpy(s->body, &mark, sizeof(mark));
	return rmq_message_new(s->bench->topic, s->body, *bytes);
}

static void send_one(struct bench_send *s, struct flight *f, int64_t due_us)
{
	rmq_error_detail *detail = NULL;
	rmq_message *m = make(s, due_us, &f->bytes);
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	f->from_us = s->bench->rate ? due_us : bench_now_us();
	if (m && s->is_oneway)
		err = rmq_producer_send_oneway(s->producer, m, NULL, &detail);
	else if (m)
		err = rmq_producer_send_async(s->producer, m, NULL, sent, f, &detail);
	if (err != RMQ_OK || s->is_oneway)
		sent(err, NULL, detail, f);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
}

void bench_send_run(struct bench_send *s)
{
	struct bench *b = s->bench;
	int64_t due = b->started_us;

	for (; s->sent < b->count; s->sent++) {
		struct flight *f;

		if (b->rate) {
			due = bench_due_us(b->started_us, b->rate, s->sent);
			if (bench_wait_us(b, due))
				return;
		} else if (s->sent % LATE_MAX == 0) {
			bench_tick(b);
		}
		f = take(s);
		if (!f)
			return;
		send_one(s, f, b->rate ? due : bench_now_us());
	}
}

void bench_send_close(struct bench_send *s)
{
	rmq_error_detail *detail = NULL;

	if (s->producer && rmq_producer_close(s->producer, CLOSE_MS, &detail) != RMQ_OK)
		warn("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_producer_free(s->producer);
	free(s->flights);
	free(s->body);
	pthread_cond_destroy(&s->room);
}
