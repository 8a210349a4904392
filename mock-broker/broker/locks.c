/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/locks.h"

#include <stdio.h>

#include "base/mem.h"

struct mb_lock {
	char *client_id;
	int64_t renewed_ms;
};

static void lock_free(void *lock)
{
	struct mb_lock *k = lock;

	if (k)
		rmqi_free(k->client_id);
	rmqi_free(k);
}

static void group_free(void *group)
{
	struct rmqi_map *locks = group;

	if (locks)
		rmqi_map_deinit(locks, lock_free);
	rmqi_free(locks);
}

void mb_locks_init(struct mb_locks *l)
{
	rmqi_map_init(&l->groups);
}

void mb_locks_deinit(struct mb_locks *l)
{
	rmqi_map_deinit(&l->groups, group_free);
}

static struct rmqi_map *group_get(struct mb_locks *l, struct rmqi_str name)
{
	struct rmqi_map *locks = rmqi_map_get(&l->groups, name);

	if (locks)
		return locks;
	locks = rmqi_alloc(sizeof(*locks));
	if (!locks)
		return NULL;
	rmqi_map_init(locks);
	if (rmqi_map_set(&l->groups, name, locks, NULL) == RMQ_OK)
		return locks;
	group_free(locks);
	return NULL;
}

/* False: absurdly long names. */
static bool queue_key(const struct rmqi_queue *q, char *buf, size_t size, struct rmqi_str *out)
{
	int len = snprintf(buf, size, "%s@%s@%d", q->topic ? q->topic : "",
			   q->broker_name ? q->broker_name : "", (int)q->queue_id);

	if (len < 0 || (size_t)len >= size)
		return false;
	*out = rmqi_str_n(buf, (size_t)len);
	return true;
}

static bool is_expired(const struct mb_lock *k, int64_t now_ms)
{
	return now_ms - k->renewed_ms > MB_LOCK_LIVE_MS;
}

bool mb_lock_try(struct mb_locks *l, struct rmqi_str group, const struct rmqi_queue *q,
		 struct rmqi_str client_id, int64_t now_ms)
{
	struct rmqi_map *locks = group_get(l, group);
	char buf[1024];
	struct rmqi_str key;
	struct mb_lock *k;
	void *old = NULL;

	if (!locks || !queue_key(q, buf, sizeof(buf), &key))
		return false;
	k = rmqi_map_get(locks, key);
	if (k && rmqi_str_is(client_id, k->client_id)) {
		k->renewed_ms = now_ms;
		return true;
	}
	if (k && !is_expired(k, now_ms))
		return false;
	k = rmqi_calloc(1, sizeof(*k));
	if (!k)
		return false;
	k->renewed_ms = now_ms;
	k->client_id = rmqi_str_dup(client_id);
	if (!k->client_id || rmqi_map_set(locks, key, k, &old) != RMQ_OK) {
		lock_free(k);
		return false;
	}
	lock_free(old);
	return true;
}

void mb_lock_release(struct mb_locks *l, struct rmqi_str group, const struct rmqi_queue *q,
		     struct rmqi_str client_id)
{
	struct rmqi_map *locks = rmqi_map_get(&l->groups, group);
	char buf[1024];
	struct rmqi_str key;
	const struct mb_lock *k;

	if (!locks || !queue_key(q, buf, sizeof(buf), &key))
		return;
	k = rmqi_map_get(locks, key);
	if (k && rmqi_str_is(client_id, k->client_id))
		lock_free(rmqi_map_remove(locks, key));
	if (locks->count == 0)
		group_free(rmqi_map_remove(&l->groups, group));
}

bool mb_locks_held(const struct mb_locks *l, struct rmqi_str group, int64_t now_ms)
{
	const struct rmqi_map *locks = rmqi_map_get(&l->groups, group);

	for (size_t i = 0; locks && i < locks->count; i++) {
		if (!is_expired(rmqi_map_at(locks, i, NULL), now_ms))
			return true;
	}
	return false;
}

/* Of "topic@broker@queue": a topic has no '@', a name of a broker may have one. */
static void read_key(struct rmqi_str key, struct mb_lock_view *out)
{
	struct rmqi_str rest = rmqi_str_cut(key, "@", &out->topic, NULL);
	size_t at = rest.len;

	while (at > 0 && rest.ptr[at - 1] != '@')
		at--;
	if (!rmqi_str_to_i32(rmqi_str_n(rest.ptr + at, rest.len - at), &out->queue_id))
		out->queue_id = -1;
}

static void each_of_group(const struct rmqi_map *locks, int64_t now_ms, struct mb_lock_view *v,
			  void (*fn)(void *arg, const struct mb_lock_view *lock), void *arg)
{
	for (size_t i = 0; i < locks->count; i++) {
		struct rmqi_str key;
		const struct mb_lock *k = rmqi_map_at(locks, i, &key);

		if (is_expired(k, now_ms))
			continue;
		read_key(key, v);
		v->client_id = k->client_id;
		v->renewed_ms = k->renewed_ms;
		fn(arg, v);
	}
}

void mb_locks_each(const struct mb_locks *l, int64_t now_ms,
		   void (*fn)(void *arg, const struct mb_lock_view *lock), void *arg)
{
	for (size_t i = 0; i < l->groups.count; i++) {
		struct mb_lock_view v = {.queue_id = -1};
		const struct rmqi_map *locks = rmqi_map_at(&l->groups, i, &v.group);

		each_of_group(locks, now_ms, &v, fn, arg);
	}
}
