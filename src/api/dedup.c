/* SPDX-License-Identifier: Apache-2.0 */
#include "client/dedup.h"

#include <inttypes.h>

#include <rocketmq/dedup.h>

#include "base/entry.h"

static bool is_legal(struct rmqi_entry *e, size_t capacity, int64_t ttl_ms)
{
	if (capacity < 1 || capacity > RMQI_DEDUP_CAPACITY_MAX)
		return rmqi_entry_refuse(e, "%s: capacity is %zu, allowed are 1..%d", e->function,
					 capacity, (int)RMQI_DEDUP_CAPACITY_MAX);
	if (ttl_ms < 0 || ttl_ms > RMQI_DEDUP_TTL_MAX)
		return rmqi_entry_refuse(e, "%s: ttl_ms is %" PRId64 ", allowed are 0..%" PRId64,
					 e->function, ttl_ms, RMQI_DEDUP_TTL_MAX);
	return true;
}

static bool has_key(struct rmqi_entry *e, const char *key)
{
	if (!rmqi_entry_has(e, "key", key))
		return false;
	if (!*key)
		return rmqi_entry_refuse(e, "%s: the key is empty", e->function);
	if (strlen(key) > RMQI_DEDUP_KEY_MAX)
		return rmqi_entry_refuse(e, "%s: the key has %zu bytes, allowed are 1..%d",
					 e->function, strlen(key), (int)RMQI_DEDUP_KEY_MAX);
	return true;
}

static bool is_ours(struct rmqi_entry *e, const rmq_dedup *d)
{
	if (!rmqi_entry_has(e, "d", d))
		return false;
	return !rmqi_dedup_is_inherited(d) || rmqi_entry_refuse_child(e);
}

enum rmq_error rmq_dedup_new(size_t capacity, int64_t ttl_ms, rmq_dedup **out,
			     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (is_legal(&entry, capacity, ttl_ms) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_dedup_new(capacity, ttl_ms, rmqi_clock_real(), out);
	return rmqi_entry_end(&entry);
}

void rmq_dedup_free(rmq_dedup *d)
{
	if (!d || rmqi_dedup_is_inherited(d))
		return;
	rmqi_guard_enter();
	rmqi_dedup_free(d);
	rmqi_guard_leave();
}

enum rmq_error rmq_dedup_begin(rmq_dedup *d, const char *key, enum rmq_dedup_verdict *verdict,
			       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (is_ours(&entry, d) && has_key(&entry, key) &&
	    rmqi_entry_has(&entry, "verdict", verdict))
		entry.error = rmqi_dedup_begin(d, rmqi_str(key), verdict, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool change(bool (*fn)(struct rmq_dedup *d, struct rmqi_str key), rmq_dedup *d,
		   const char *key)
{
	bool is_changed;

	if (!d || !key || rmqi_dedup_is_inherited(d))
		return false;
	rmqi_guard_enter();
	is_changed = fn(d, rmqi_str(key));
	rmqi_guard_leave();
	return is_changed;
}

bool rmq_dedup_done(rmq_dedup *d, const char *key)
{
	return change(rmqi_dedup_done, d, key);
}

bool rmq_dedup_forget(rmq_dedup *d, const char *key)
{
	return change(rmqi_dedup_forget, d, key);
}

size_t rmq_dedup_count(rmq_dedup *d)
{
	size_t count;

	if (!d || rmqi_dedup_is_inherited(d))
		return 0;
	rmqi_guard_enter();
	count = rmqi_dedup_count(d);
	rmqi_guard_leave();
	return count;
}
