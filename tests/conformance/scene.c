/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/scene.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/sink.h"

enum { THINGS_MAX = 4096, SHOW_S = 10 /* for the last requests */ };

struct scene scene;

/* What is freed at the end, in the reverse order of its making. */
enum kind { NAME, CONFIG, PRODUCER, ADMIN, RESULT };
static struct thing {
	enum kind kind;
	void *it;
} things[THINGS_MAX];
static size_t thing_count;

static void keep(enum kind kind, void *it)
{
	if (!it)
		fail("out of memory");
	if (thing_count == THINGS_MAX)
		fail("too many things in one scene");
	things[thing_count++] = (struct thing){kind, it};
}

static void free_thing(const struct thing *t)
{
	switch (t->kind) {
	case NAME:
		free(t->it);
		break;
	case CONFIG:
		rmq_config_free(t->it);
		break;
	case PRODUCER:
		rmq_producer_free(t->it);
		break;
	case ADMIN:
		rmq_admin_free(t->it);
		break;
	case RESULT:
		rmq_send_result_free(t->it);
		break;
	}
}

static rmq_admin *admin;

void scene_enter(const struct target *target, const struct sink_kind *kind, const char *behaviour,
		 unsigned needs, const char *scratch, uint64_t seed)
{
	scene = (struct scene){target, kind, behaviour, scratch, seed};
	target->enter(needs | kind->needs, scratch, seed);
}

void scene_leave(void)
{
	sinks_free();
	audits_free();
	while (thing_count > 0)
		free_thing(&things[--thing_count]);
	admin = NULL;
	scene.target->leave();
}

/* --- Verdicts ------------------------------------------------------------------ */

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* A cluster that cannot answer does not hold up the end. */
static void show_requests(void)
{
	if (!scene.target || !scene.target->show_requests)
		return;
	alarm(SHOW_S);
	scene.target->show_requests();
}

/* Ends at once: other threads may be in the middle of anything. */
void scene_fail(const char *file, int line, const char *format, ...)
{
	const char *name = strrchr(file, '/');
	va_list args;

	printf("%s:%d: ", name ? name + 1 : file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	show_requests();
	_exit(BEHAVIOUR_FAILED);
}

void scene_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(BEHAVIOUR_SKIPPED);
}

void scene_ok(const char *file, int line, const char *call, enum rmq_error error,
	      rmq_error_detail **detail)
{
	const rmq_attempt *a;

	if (error != RMQ_OK && *detail)
		for (size_t i = 0; (a = rmq_error_detail_attempt_at(*detail, i)); i++)
			note("attempt %zu: %s, %s: %s (%d), %lld ms", i, rmq_attempt_address(a),
			     rmq_phase_text(rmq_attempt_phase(a)),
			     rmq_error_text(rmq_attempt_code(a)), rmq_attempt_broker_code(a),
			     (long long)rmq_attempt_elapsed_ms(a));
	if (error != RMQ_OK)
		scene_fail(file, line, "%s: %s: %s", call, rmq_error_text(error),
			   *detail ? rmq_error_detail_message(*detail) : "(no detail)");
	if (*detail)
		scene_fail(file, line, "%s: success with a detail", call);
}

bool scene_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* --- Waiting ------------------------------------------------------------------- */

struct look {
	int (*done)(void *arg);
	void *arg;
};

static int pump_and_look(void *arg)
{
	struct look *l = arg;

	sinks_pump();
	return l->done(l->arg);
}

bool wait_until(int (*done)(void *arg), void *arg, int64_t max_ms)
{
	struct look l = {done, arg};

	return scene.target->wait_until(pump_and_look, &l, max_ms);
}

static int never(void *arg)
{
	(void)arg;
	return 0;
}

void let_pass(int64_t ms)
{
	wait_until(never, NULL, ms);
}

int64_t now_ms(void)
{
	return scene.target->now_ms();
}

/* --- Names --------------------------------------------------------------------- */

const char *new_name(const char *hint)
{
	static unsigned number;
	struct timespec t;
	char *name = malloc(128);

	keep(NAME, name);
	clock_gettime(CLOCK_REALTIME, &t);
	snprintf(name, 128, "c%llx-%ld-%u-%s", (unsigned long long)t.tv_sec, (long)getpid(),
		 ++number, hint);
	return name;
}

/* --- Clients ------------------------------------------------------------------- */

static void apply(rmq_config *c, const char *settings)
{
	rmq_error_detail *detail = NULL;
	char text[1024], *rest = text, *pair, *value;

	snprintf(text, sizeof(text), "%s", settings);
	while ((pair = strtok_r(rest, " ", &rest))) {
		value = strchr(pair, '=');
		if (!value)
			fail("a setting without '=': %s", pair);
		*value++ = '\0';
		if (rmq_config_set(c, pair, value, &detail) != RMQ_OK)
			fail("%s=%s: %s", pair, value, rmq_error_detail_message(detail));
	}
}

/* RMQ_CONFORMANCE_LOG=1..4 puts the clients' lines into the report. */
static void log_line(enum rmq_log_level level, const char *text, void *arg)
{
	(void)arg;
	note("%lld %d %s", (long long)now_ms() % 100000000, (int)level, text);
}

static void set_log(rmq_config *c)
{
	const char *level = getenv("RMQ_CONFORMANCE_LOG");
	int n = level ? *level - '0' : 0;

	if (n >= RMQ_LOG_ERROR && n <= RMQ_LOG_DEBUG)
		rmq_config_set_log(c, log_line, (enum rmq_log_level)n, NULL);
}

bool account_is_given(void)
{
	return getenv("RMQ_ACCESS_KEY") && getenv("RMQ_SECRET_KEY");
}

const char *account_access_key(void)
{
	return account_is_given() ? getenv("RMQ_ACCESS_KEY") : "conformance";
}

const char *account_secret_key(void)
{
	return account_is_given() ? getenv("RMQ_SECRET_KEY") : "of the house";
}

void set_account(rmq_config *c)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_config_set(c, "accessKey", account_access_key(), &detail), detail);
	expect_ok(rmq_config_set(c, "secretKey", account_secret_key(), &detail), detail);
}

void be_patient(rmq_config *c)
{
	static const char *const keys[] = {"connectTimeout", "mqClientApiTimeout", "sendMsgTimeout"};
	rmq_error_detail *detail = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		expect_ok(rmq_config_set(c, keys[i], PATIENT_TEXT, &detail), detail);
}

rmq_config *new_config(const char *settings)
{
	rmq_config *c = rmq_config_new();
	rmq_error_detail *detail = NULL;

	keep(CONFIG, c);
	if (scene.target != &target_mock)
		be_patient(c);
	expect_ok(rmq_config_set(c, "namesrvAddr", scene.target->namesrv(), &detail), detail);
	scene.target->configure(c);
	set_log(c);
	/* A message that is sent while a new group asks where to start would be before its LAST. */
	expect_ok(rmq_config_set(c, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail),
		  detail);
	if (settings)
		apply(c, settings);
	return c;
}

rmq_producer *new_producer_of(const char *group, const char *settings)
{
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_new(new_config(settings), group, &p, &detail), detail);
	keep(PRODUCER, p);
	return p;
}

rmq_producer *new_producer(const char *settings)
{
	rmq_producer *p = new_producer_of(new_name("P"), settings);
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_start(p, &detail), detail);
	return p;
}

rmq_producer *new_even_producer(void)
{
	return new_producer("sendLatencyFaultEnable=false");
}

rmq_admin *the_admin(void)
{
	rmq_error_detail *detail = NULL;

	if (!admin) {
		rmq_config *c = new_config(NULL);
		const char *(*namesrv)(void) = scene.target->admin_namesrv;

		if (namesrv)
			expect_ok(rmq_config_set(c, "namesrvAddr", namesrv(), &detail), detail);
		expect_ok(rmq_admin_new(c, &admin, &detail), detail);
		keep(ADMIN, admin);
	}
	return admin;
}

void drop_producer(rmq_producer *p)
{
	for (size_t i = 0; i < thing_count; i++)
		if (things[i].kind == PRODUCER && things[i].it == p)
			things[i].it = NULL;
	rmq_producer_free(p);
}

void close_producer(rmq_producer *p)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_producer_close(p, PATIENT_MS, &detail), detail);
	drop_producer(p);
}

enum rmq_error send_within(rmq_producer *p, const rmq_message *m, int64_t timeout_ms,
			   rmq_send_result **result, rmq_error_detail **detail)
{
	rmq_send_options *options = rmq_send_options_new();
	enum rmq_error error = rmq_send_options_set_timeout(options, timeout_ms, detail);

	if (error == RMQ_OK)
		error = rmq_producer_send(p, m, options, result, detail);
	rmq_send_options_free(options);
	return error;
}

const rmq_send_result *send_message(rmq_producer *p, rmq_message *m)
{
	rmq_send_result *r = NULL;
	rmq_error_detail *detail = NULL;

	if (!m)
		fail("out of memory");
	expect_ok(send_within(p, m, PATIENT_MS, &r, &detail), detail);
	rmq_message_free(m);
	if (!r)
		fail("a success without a result");
	keep(RESULT, r);
	expect_int(rmq_send_result_status(r), RMQ_SEND_OK);
	return r;
}

const rmq_send_result *send_text(rmq_producer *p, const char *topic, const char *tag,
				 const char *body)
{
	rmq_message *m = rmq_message_new(topic, body, strlen(body));

	if (m && tag)
		expect_int(rmq_message_set_tag(m, tag, NULL), RMQ_OK);
	return send_message(p, m);
}

/* --- Nodes ---------------------------------------------------------------------- */

static void each_broker(void (*act)(const char *name))
{
	if (scene.target == &target_external) {
		act("broker-a broker-b");
		return;
	}
	act("broker-a");
	act("broker-b");
}

void brokers_stop(void)
{
	each_broker(scene.target->broker_stop);
}

void brokers_kill(void)
{
	each_broker(scene.target->broker_kill);
}

void brokers_start(void)
{
	each_broker(scene.target->broker_start);
}

/* --- Random -------------------------------------------------------------------- */

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15u);

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

void random_bytes(uint64_t stream, void *out, size_t len)
{
	uint64_t state = scene.seed * 0x100000001B3u ^ stream;
	unsigned char *to = out;
	uint64_t word;

	for (size_t i = 0; i < len; i += sizeof(word)) {
		word = next_random(&state);
		memcpy(to + i, &word, len - i < sizeof(word) ? len - i : sizeof(word));
	}
}

/* 0: the newest. */
static int number_of(const char *version)
{
	int major = 0, minor = 0;

	if (sscanf(version, "%d.%d", &major, &minor) < 1)
		return 0;
	return major * 100 + minor;
}

const char *version_cannot(const char *version, unsigned needs)
{
	int number = number_of(version);

	if (needs & (NEED_TIMERS | NEED_POP) && number > 0 && number < 500)
		return "timed messages and POP came with 5.0.0";
	if (needs & NEED_ACCOUNTS && (number == 0 || number >= 500))
		return "these brokers have no accounts of a file, of 4.9";
	if (needs & NEED_USERS && number > 0 && number < 503)
		return "these brokers have no users, they came with 5.3";
	if (needs & NEED_PLACES && number > 0 && number < 505)
		return "priorities and lite topics came with 5.5.0";
	if (needs & NEED_LITE && number > 0 && number < 505)
		return "lite topics came with 5.5.0";
	return NULL;
}
