/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/producer/each_kind.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/config.h"
#include "producer/producer.h"

enum { LONG_MS = 30 * 1000 };
#define HALF_ID "7F00000100002A9F0000000000001234"

struct fake_world world;
struct fake_peer *ns, *a, *b;
struct rmq_config *config;
rmq_producer *producer;
void (*in_callback)(void);
static bool is_real;

static const char *const names[KINDS] = {
	[SYNC] = "sync",
	[ASYNC] = "async",
	[ONEWAY] = "one-way",
	[BATCH] = "batch",
	[BATCH_ASYNC] = "async batch",
	[AUTOBATCH] = "auto-batch",
	[AUTOBATCH_ASYNC] = "async auto-batch",
	[TRANSACTION] = "transaction",
	[REQUEST] = "request",
	[REQUEST_ASYNC] = "async request",
};

const char *kind_name(enum kind k)
{
	return names[k];
}

bool kind_is_async(enum kind k)
{
	return k == ASYNC || k == BATCH_ASYNC || k == AUTOBATCH_ASYNC || k == REQUEST_ASYNC;
}

bool kind_is_told(enum kind k)
{
	return k != ONEWAY;
}

bool kind_is_batch(enum kind k)
{
	return k == BATCH || k == BATCH_ASYNC;
}

/* --- The scene ----------------------------------------------------------------------------------- */

static enum rmq_transaction_state on_check(const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return RMQ_TRANSACTION_UNKNOWN;
}

void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmq_config_set(config, key, value, NULL), RMQ_OK);
}

static void make_peers(const struct rmqi_env *env, enum kind k)
{
	ns = fake_peer_new(env);
	a = fake_peer_new(env);
	b = fake_peer_new(env);
	fake_peer_offset_id(a, HALF_ID);
	fake_peer_offset_id(b, HALF_ID);
	config = rmq_config_new();
	set("namesrvAddr", fake_peer_address(ns));
	set("autoBatch", k == AUTOBATCH || k == AUTOBATCH_ASYNC ? "true" : "false");
	in_callback = NULL;
	kind_route(NULL);
}

void kind_prepare(enum kind k)
{
	is_real = false;
	fake_world_init(&world, 1);
	make_peers(&world.env, k);
	config->env = &world.env;
}

void kind_prepare_real(enum kind k)
{
	is_real = true;
	make_peers(rmqi_env_real(), k);
}

void kind_route(const char *brokers)
{
	char text[96];

	snprintf(text, sizeof(text), "a=%s:2,b=%s:2", fake_peer_address(a), fake_peer_address(b));
	fake_peer_route(ns, "T", brokers ? brokers : text);
	fake_peer_route(ns, "C_REPLY_TOPIC", brokers ? brokers : text);
}

/* In a simulation what is under way goes on; real loops do so by themselves. */
static void let_pass(int64_t ms)
{
	if (!is_real)
		fake_world_advance(&world, ms);
}

void kind_start(enum kind k)
{
	rmq_queues *queues = NULL;

	ck_assert_int_eq(rmq_producer_new(config, "G", &producer, NULL), RMQ_OK);
	if (k == TRANSACTION)
		ck_assert_int_eq(rmq_producer_set_check_fn(producer, on_check, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_start(producer, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_queues(producer, "T", &queues, NULL), RMQ_OK);
	rmq_queues_free(queues);
	let_pass(MOMENT_MS);
}

void kind_open(enum kind k)
{
	kind_prepare(k);
	kind_start(k);
}

void kind_close(void)
{
	if (!is_real)
		fake_world_advance(&world, LONG_MS);
	ck_assert_int_eq(rmq_producer_close(producer, -1, NULL), RMQ_OK);
	rmq_producer_free(producer);
	producer = NULL;
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmq_config_free(config);
	if (!is_real)
		fake_world_deinit(&world);
}

/* --- Ends ------------------------------------------------------------------------------------------ */

static void note_end(struct end *e, enum rmq_error error, const char *id, const rmq_error_detail *d)
{
	e->error = error;
	e->flags = rmq_error_detail_flags(d);
	snprintf(e->text, sizeof(e->text), "%s",
		 error != RMQ_OK ? rmq_error_detail_message(d) : "");
	snprintf(e->id, sizeof(e->id), "%s", id);
}

static pthread_mutex_t told_mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told_cond = PTHREAD_COND_INITIALIZER;

static void tell(struct end *e, enum rmq_error error, const char *id, const rmq_error_detail *d)
{
	note_end(e, error, id, d);
	if (in_callback)
		in_callback();
	pthread_mutex_lock(&told_mu);
	atomic_fetch_add(&e->told, 1);
	pthread_cond_broadcast(&told_cond);
	pthread_mutex_unlock(&told_mu);
}

static void on_sent(enum rmq_error error, const rmq_send_result *result, const rmq_error_detail *d,
		    void *arg)
{
	tell(arg, error,
	     result ? rmq_send_result_message_id(result) : rmq_error_detail_message_id(d), d);
}

static void on_batch(enum rmq_error error, const rmq_send_results *results,
		     const rmq_error_detail *d, void *arg)
{
	const rmq_send_result *r = rmq_send_results_at(results, 1);

	tell(arg, error, r ? rmq_send_result_message_id(r) : rmq_error_detail_message_id(d), d);
}

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *d,
		     void *arg)
{
	(void)reply;
	tell(arg, error, rmq_error_detail_message_id(d), d);
}

/* --- Kinds ------------------------------------------------------------------------------------------- */

struct sending {
	enum kind kind;
	rmq_message *message;
	const rmq_send_options *options;
	struct end *end;
	rmq_error_detail *detail;
	char id[64];
};

static void keep_id(struct sending *s, const rmq_send_result *r)
{
	if (r)
		snprintf(s->id, sizeof(s->id), "%s", rmq_send_result_message_id(r));
}

static enum rmq_error send_one(struct sending *s)
{
	rmq_send_result *result = NULL;
	enum rmq_error err =
		rmq_producer_send(producer, s->message, s->options, &result, &s->detail);

	ck_assert_int_eq(err == RMQ_OK, result != NULL);
	keep_id(s, result);
	rmq_send_result_free(result);
	return err;
}

static enum rmq_error send_two(struct sending *s)
{
	bool is_of_t = strcmp(rmq_message_topic(s->message), "T") == 0;
	rmq_message *first = is_of_t ? good() : rmq_message_dup(s->message);
	rmq_message *both[] = {first, s->message};
	rmq_send_results *results = NULL;
	enum rmq_error err;

	if (s->kind == BATCH_ASYNC) {
		err = rmq_producer_send_batch_async(producer, both, 2, s->options, on_batch, s->end,
						    &s->detail);
	} else {
		err = rmq_producer_send_batch(producer, both, 2, s->options, &results, &s->detail);
		ck_assert_int_eq(err == RMQ_OK, results != NULL);
		keep_id(s, rmq_send_results_at(results, 1));
	}
	rmq_send_results_free(results);
	rmq_message_free(first);
	return err;
}

static enum rmq_error send_half(struct sending *s)
{
	rmq_transaction *t = NULL;
	enum rmq_error err = rmq_producer_begin(producer, s->message, s->options, &t, &s->detail);

	ck_assert_int_eq(err == RMQ_OK, t != NULL);
	if (t) {
		keep_id(s, rmq_transaction_result(t));
		ck_assert_int_eq(rmq_transaction_rollback(t, NULL), RMQ_OK);
	}
	rmq_transaction_free(t);
	return err;
}

static enum rmq_error send_request(struct sending *s)
{
	rmq_message *reply = NULL;
	enum rmq_error err =
		rmq_producer_request(producer, s->message, s->options, &reply, &s->detail);

	ck_assert_ptr_null(reply);
	return err;
}

static enum rmq_error call_kind(struct sending *s)
{
	switch (s->kind) {
	case SYNC:
	case AUTOBATCH:
		return send_one(s);
	case ASYNC:
	case AUTOBATCH_ASYNC:
		return rmq_producer_send_async(producer, s->message, s->options, on_sent, s->end,
					       &s->detail);
	case ONEWAY:
		return rmq_producer_send_oneway(producer, s->message, s->options, &s->detail);
	case BATCH:
	case BATCH_ASYNC:
		return send_two(s);
	case TRANSACTION:
		return send_half(s);
	case REQUEST:
		return send_request(s);
	case REQUEST_ASYNC:
		return rmq_producer_request_async(producer, s->message, s->options, on_reply,
						  s->end, &s->detail);
	case KINDS:
		break;
	}
	ck_abort_msg("no such kind");
	return RMQ_ERR_STATE;
}

void begin_kind(enum kind k, rmq_message *m, const rmq_send_options *o, struct end *end)
{
	struct sending s = {.kind = k, .message = m, .options = o, .end = end};
	enum rmq_error err;

	ck_assert_ptr_nonnull(m);
	memset(end, 0, sizeof(*end));
	err = call_kind(&s);
	ck_assert_msg((err == RMQ_OK) == (s.detail == NULL), "%s: %s", names[k],
		      rmq_error_text(err));
	end->was_refused = err != RMQ_OK && kind_is_async(k);
	if (err != RMQ_OK || !kind_is_async(k))
		note_end(end, err, err == RMQ_OK ? s.id : rmq_error_detail_message_id(s.detail),
			 s.detail);
	rmq_error_detail_free(s.detail);
	rmq_message_free(m);
}

static void wait_told(struct end *end)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LONG_MS / 1000;
	pthread_mutex_lock(&told_mu);
	while (end->told == 0 && err == 0)
		err = pthread_cond_timedwait(&told_cond, &told_mu, &until);
	pthread_mutex_unlock(&told_mu);
}

void wait_end(struct end *end)
{
	if (is_real)
		wait_told(end);
	for (int ms = 0; ms < LONG_MS && end->told == 0 && !is_real; ms++)
		let_pass(1);
	ck_assert_int_eq(end->told, 1);
}

/* Nobody tells what became of it. A close before it is written, or its connection is lost, would say that it was
 * not delivered. */
static void let_go(void)
{
	if (is_real)
		ck_assert_int_eq(rmq_producer_flush(producer, LONG_MS, NULL), RMQ_OK);
	let_pass(MOMENT_MS);
}

void send_kind(enum kind k, rmq_message *m, const rmq_send_options *o, struct end *end)
{
	begin_kind(k, m, o, end);
	if (kind_is_async(k) && !end->was_refused)
		wait_end(end);
	if (k == ONEWAY)
		let_go();
}

/* --- What is asked of them ------------------------------------------------------------------------- */

rmq_message *good(void)
{
	rmq_message *m = rmq_message_new("T", "good", 4);

	ck_assert_ptr_nonnull(m);
	return m;
}

void expect_end(enum kind k, const struct end *end, enum rmq_error error, const char *says)
{
	ck_assert_msg(end->error == error, "%s: %s (%s), not %s", names[k],
		      rmq_error_text(end->error), end->text, rmq_error_text(error));
	ck_assert_msg(!says || strstr(end->text, says) != NULL, "%s: \"%s\" does not say \"%s\"",
		      names[k], end->text, says);
	ck_assert_msg(end->told == (kind_is_async(k) && !end->was_refused), "%s: told %d times",
		      names[k], end->told);
}

void expect_stored(enum kind k, const struct end *end)
{
	expect_end(k, end, k == REQUEST || k == REQUEST_ASYNC ? RMQ_ERR_NO_REPLY : RMQ_OK, NULL);
}

size_t sent_to(struct fake_peer *p)
{
	return fake_peer_count(p, SEND) + fake_peer_count(p, SEND_BATCH);
}
