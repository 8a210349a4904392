/* SPDX-License-Identifier: Apache-2.0 */
#include "client/tally.h"

#include "base/mem.h"
#include "client/route.h"

void rmqi_tallies_init(struct rmqi_tallies *t)
{
	*t = (struct rmqi_tallies){0};
	rmqi_mutex_init(&t->mu);
	rmqi_map_init(&t->topics);
	rmqi_map_init(&t->brokers);
}

static void free_tally(void *value)
{
	struct rmqi_tally *t = value;

	if (t)
		rmqi_free(t->name);
	rmqi_free(t);
}

void rmqi_tallies_deinit(struct rmqi_tallies *t)
{
	rmqi_map_deinit(&t->topics, free_tally);
	rmqi_map_deinit(&t->brokers, free_tally);
	free_tally(t->other_topics);
	free_tally(t->other_brokers);
	rmqi_mutex_deinit(&t->mu);
}

/* --- Which one --------------------------------------------------------------------------------- */

static struct rmqi_tally *make(const char *name)
{
	struct rmqi_tally *t = rmqi_calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->name = rmqi_strdup(name);
	if (t->name)
		return t;
	rmqi_free(t);
	return NULL;
}

/* NULL when memory is out. @locks: mu held */
static struct rmqi_tally *obtain(struct rmqi_map *map, const char *name, size_t most,
				 struct rmqi_tally **others)
{
	struct rmqi_tally *t = rmqi_map_get(map, rmqi_str(name));

	if (t)
		return t;
	if (map->count >= most || !name[0]) {
		if (!*others)
			*others = make("");
		return *others;
	}
	t = make(name);
	if (t && rmqi_map_set(map, rmqi_str(name), t, NULL) != RMQ_OK) {
		free_tally(t);
		t = NULL;
	}
	return t;
}

void rmqi_tallies_attach(struct rmqi_tallies *t, struct rmqi_topic_route *route)
{
	struct rmqi_tally *topic;

	rmqi_mutex_lock(&t->mu);
	/* Whoever sees the topic's sees those of the brokers, too. */
	if (!atomic_load_explicit(&route->tally, memory_order_relaxed)) {
		for (size_t i = 0; i < route->publish_count; i++)
			if (!route->publish[i].tally)
				route->publish[i].tally =
					obtain(&t->brokers, route->publish[i].broker_name,
					       RMQI_TALLY_BROKERS, &t->other_brokers);
		topic = obtain(&t->topics, route->topic, RMQI_TALLY_TOPICS, &t->other_topics);
		atomic_store_explicit(&route->tally, topic, memory_order_release);
	}
	rmqi_mutex_unlock(&t->mu);
}

struct rmqi_tally *rmqi_tallies_other_topics(struct rmqi_tallies *t)
{
	struct rmqi_tally *other;

	rmqi_mutex_lock(&t->mu);
	if (!t->other_topics)
		t->other_topics = make("");
	other = t->other_topics;
	rmqi_mutex_unlock(&t->mu);
	return other;
}

/* --- Counting ------------------------------------------------------------------------------------ */

#define LOAD(place) atomic_load_explicit(&(place), memory_order_relaxed)

static void add(_Atomic uint64_t *place, uint64_t n)
{
	atomic_fetch_add_explicit(place, n, memory_order_relaxed);
}

/* Nobody else writes there. */
static void add_alone(_Atomic uint64_t *place, uint64_t n)
{
	atomic_store_explicit(place, LOAD(*place) + n, memory_order_relaxed);
}

void rmqi_tally_begin(struct rmqi_tally *t, bool is_loop)
{
	if (!t)
		return;
	if (is_loop)
		add_alone(&t->loop.began, 1);
	else
		add(&t->elsewhere.began, 1);
}

void rmqi_tally_stored(struct rmqi_tally *t, bool is_loop, int64_t took_us, uint32_t messages,
		       size_t body_len)
{
	if (!t)
		return;
	if (is_loop) {
		add_alone(&t->loop.messages, messages);
		add_alone(&t->loop.body_bytes, body_len);
		rmqi_histogram_add_alone(&t->loop.stored_us, took_us);
	} else {
		add(&t->elsewhere.messages, messages);
		add(&t->elsewhere.body_bytes, body_len);
		rmqi_histogram_add(&t->elsewhere.stored_us, took_us);
	}
}

void rmqi_tally_handed_over(struct rmqi_tally *t, bool is_loop, uint32_t messages, size_t body_len)
{
	if (!t)
		return;
	if (is_loop) {
		add_alone(&t->loop.messages, messages);
		add_alone(&t->loop.body_bytes, body_len);
	} else {
		add(&t->elsewhere.messages, messages);
		add(&t->elsewhere.body_bytes, body_len);
	}
	add(&t->handed_over, 1);
}

static bool is_codes(struct rmqi_tally_code *c, int64_t key)
{
	int64_t is = 0;

	if (LOAD(c->key) == key)
		return true;
	return atomic_compare_exchange_strong(&c->key, &is, key) || is == key;
}

static void count_code(struct rmqi_tally *t, int32_t code)
{
	int64_t key = ((int64_t)1 << 32) + code;

	for (size_t i = 0; i < RMQI_TALLY_CODES; i++) {
		if (!is_codes(&t->codes[i], key))
			continue;
		add(&t->codes[i].count, 1);
		return;
	}
	add(&t->other_codes, 1);
}

void rmqi_tally_failed(struct rmqi_tally *t, enum rmq_error error, int32_t code)
{
	if (!t)
		return;
	add(&t->failed, 1);
	if ((size_t)error < RMQI_TALLY_ERRORS)
		add(&t->errors[error], 1);
	if (error == RMQ_ERR_BROKER || error == RMQ_ERR_DENIED)
		count_code(t, code);
}

void rmqi_tally_retried(struct rmqi_tally *t, int64_t times)
{
	if (t && times > 0)
		add(&t->retries, (uint64_t)times);
}

void rmqi_tally_weak(struct rmqi_tally *t, int status)
{
	if (t && status >= 1 && status <= RMQI_TALLY_WEAK)
		add(&t->weak[status - 1], 1);
}

/* --- Names --------------------------------------------------------------------------------------- */

#define NAME(error)           \
	case RMQ_ERR_##error: \
		return #error

const char *rmqi_error_name(int code)
{
	switch ((enum rmq_error)code) {
		NAME(INVALID_ARGUMENT);
		NAME(STATE);
		NAME(CONFIG);
		NAME(NO_MEMORY);
		NAME(TOO_LARGE);
		NAME(BUSY);
		NAME(CANCELLED);
		NAME(TIMEOUT);
		NAME(FORKED);
		NAME(NO_REPLY);
		NAME(ADDRESS);
		NAME(RESOLVE);
		NAME(CONNECT);
		NAME(CONNECTION_LOST);
		NAME(TLS);
		NAME(PROTOCOL);
		NAME(NO_NAMESRV);
		NAME(NO_ROUTE);
		NAME(NO_BROKER);
		NAME(BROKER);
		NAME(NOT_FOUND);
		NAME(UNSUPPORTED);
		NAME(DENIED);
		NAME(WEAKLY_STORED);
		NAME(EXPIRED);
		NAME(IO);
		NAME(LOCKED);
		NAME(CORRUPT);
		NAME(SYSTEM);
	case RMQ_OK:
	case RMQ_AGAIN:
		break;
	}
	return NULL;
}
