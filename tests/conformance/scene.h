/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - the words in which behaviours are written.
 *
 * There is one scene a process. Whatever goes wrong in a helper ends the process with the place
 * and the cause, so helpers need no error results. Topics and groups get names that no other run
 * has used, so that a cluster may be used for ever. What a helper makes is freed by scene_leave.
 *
 * Thread: new_... and the like: the test's; fail and expect: any.
 */
#ifndef TESTS_CONFORMANCE_SCENE_H
#define TESTS_CONFORMANCE_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

#include "tests/conformance/sink_kind.h"
#include "tests/conformance/target.h"

enum {
	BROKERS = 2,
	QUEUES = 4, /* a broker, of a new_topic */
	ALL_QUEUES = BROKERS * QUEUES,
	/* Of a send: an attempt that times out on a slow machine is made again, and stored twice. */
	PATIENT_MS = 120 * 1000, /* as PATIENT_TEXT */
	SOON_MS = 90 * 1000, /* "it arrives": generous, a slow machine only waits longer */
	QUIET_MS = 2 * 1000, /* "nothing arrives": this long */
	READ_AND_WRITE = RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE
};

#define PATIENT_TEXT "120000"

struct scene {
	const struct target *target;
	const struct sink_kind *kind; /* of the consumers that are called sinks */
	const char *behaviour;        /* its name */
	const char *scratch;
	uint64_t seed;
};
extern struct scene scene;

/* `needs`: beside those of the kind. */
void scene_enter(const struct target *target, const struct sink_kind *kind, const char *behaviour,
		 unsigned needs, const char *scratch, uint64_t seed);
void scene_leave(void);

/* --- Verdicts ------------------------------------------------------------------ */

#define fail(...) scene_fail(__FILE__, __LINE__, __VA_ARGS__)
#define expect(claim)                               \
	do {                                        \
		if (!(claim))                       \
			fail("not so: %s", #claim); \
	} while (0)
#define expect_int(is, should)                                                         \
	do {                                                                           \
		long long is_ = (long long)(is), should_ = (long long)(should);        \
		if (is_ != should_)                                                    \
			fail("%s is %lld, not %s = %lld", #is, is_, #should, should_); \
	} while (0)
#define expect_text(is, should)                                                     \
	do {                                                                        \
		const char *is_ = (is), *should_ = (should);                        \
		if (!scene_same(is_, should_))                                      \
			fail("%s is \"%s\", not \"%s\"", #is, is_ ? is_ : "(null)", \
			     should_ ? should_ : "(null)");                         \
	} while (0)
/* The call succeeds; `detail` is freed. */
#define expect_ok(call, detail) scene_ok(__FILE__, __LINE__, #call, call, &(detail))
void scene_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void scene_ok(const char *file, int line, const char *call, enum rmq_error error,
	      rmq_error_detail **detail);
bool scene_same(const char *a, const char *b);
/* Ends the behaviour: it cannot be had here. */
void scene_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* A line of the report, shown when the behaviour fails. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- Waiting ------------------------------------------------------------------- */

bool wait_until(int (*done)(void *arg), void *arg, int64_t max_ms);
/* Lets time pass, to see that nothing happens. */
void let_pass(int64_t ms);
int64_t now_ms(void);

/* --- Names --------------------------------------------------------------------- */

/* Unique, "c<time>-<pid>-<n>-<hint>"; for ever. */
const char *new_name(const char *hint);
/* A topic with that many queues on each broker, known to the name server. */
const char *new_topic(int queues_per_broker);
/* One of lite topics. */
const char *new_lite_parent(int queues_per_broker);

/* --- Clients ------------------------------------------------------------------- */

/* A call that must succeed has PATIENT_MS, whoever makes it: the usual 3 s are not enough for a busy machine. */
void be_patient(rmq_config *c);
/* For the target, patient where time is real, plus `settings`: "key=value key=value", NULL for none. */
rmq_config *new_config(const char *settings);
/* Started, in a group of its own. */
rmq_producer *new_producer(const char *settings);
/* One that sends to both brokers in turn, also when one of them was slow: for what must come to both. */
rmq_producer *new_even_producer(void);
rmq_admin *the_admin(void);
/* rmq_admin_create_topic with that many queues a broker. */
enum rmq_error create_topic(const char *cluster, const char *topic, int queues,
			    rmq_error_detail **detail);
/* A topic that exists gets another number of queues a broker, and these permissions; returns when the name server says
 * so. An Apache broker registers a changed topic alone, with the version of all its topics, and a name server believes
 * that the known topics of a broker are unchanged when that version is the one it has
 * (RouteInfoManager.isTopicConfigChanged). Where another topic is made at the same moment (the retry topic of any group)
 * and is registered first, the change stays unknown for ever; so it is made again until it is known. */
void alter_topic(const char *topic, int queues, unsigned permission);

/* Not started, in this group. */
rmq_producer *new_producer_of(const char *group, const char *settings);

/* Frees it now instead of at the end. */
void drop_producer(rmq_producer *p);
/* The same with time for its message trace, which has three seconds otherwise. */
void close_producer(rmq_producer *p);

/* Sends body to topic; the result may be NULL (not wanted), else it lives until the end. */
const rmq_send_result *send_text(rmq_producer *p, const char *topic, const char *tag,
				 const char *body);
/* rmq_producer_send with a timeout of its own. */
enum rmq_error send_within(rmq_producer *p, const rmq_message *m, int64_t timeout_ms,
			   rmq_send_result **result, rmq_error_detail **detail);
const rmq_send_result *send_message(rmq_producer *p, rmq_message *m /* moved */);

/* Sum over the queues of the topic. A broker shows a message there a moment after it acknowledged
 * it (ReputMessageService), so expect_stored waits for the number. */
int64_t stored_count(const char *topic);
void expect_stored(const char *topic, int64_t count);
/* The rows whose broker has answered. */
size_t count_answered(const rmq_topic_offsets *offsets);
/* Sum of the group's committed offsets over the queues; a queue without one counts nothing. */
int64_t committed_count(const char *topic, const char *group);

/* --- Nodes ---------------------------------------------------------------------- */

/* Both brokers; at a time where it takes long. */
void brokers_stop(void);
void brokers_kill(void);
void brokers_start(void);

/* --- Access control ------------------------------------------------------------ */

/* Are RMQ_ACCESS_KEY and RMQ_SECRET_KEY set? */
bool account_is_given(void);
/* That account, else one of our own. */
const char *account_access_key(void);
const char *account_secret_key(void);
void set_account(rmq_config *c);

/* --- Random -------------------------------------------------------------------- */

/* Of the scene's seed and `stream`: the same bytes each time. */
void random_bytes(uint64_t stream, void *out, size_t len);

#endif
