/* SPDX-License-Identifier: Apache-2.0 */
#include "client/fault.h"

#include "base/macros.h"
#include "base/mem.h"
#include "base/str.h"

enum { ISOLATED_LATENCY_US = 10000 * 1000 }; /* MQFaultStrategy.updateFaultItem */

/* latencyMax and notAvailableDuration, from the top; what takes less has no consequence. */
static const struct {
	int64_t latency_us;
	int64_t duration_us;
} steps[] = {{15000 * 1000, 30000 * 1000},
	     {5000 * 1000, 10000 * 1000},
	     {3000 * 1000, 6000 * 1000},
	     {1800 * 1000, 5000 * 1000},
	     {550 * 1000, 2000 * 1000}};

struct fault {
	int64_t until_us;
	int64_t lost_until_us; /* it is unreachable until then */
};

void rmqi_faults_init(struct rmqi_faults *f)
{
	atomic_init(&f->until_us, INT64_MIN);
	rmqi_mutex_init(&f->mu);
	rmqi_map_init(&f->brokers);
	f->on_lost = NULL;
	f->arg = NULL;
}

void rmqi_faults_watch(struct rmqi_faults *f, void (*on_lost)(void *arg), void *arg)
{
	f->on_lost = on_lost;
	f->arg = arg;
}

void rmqi_faults_deinit(struct rmqi_faults *f)
{
	rmqi_map_deinit(&f->brokers, rmqi_free);
	rmqi_mutex_deinit(&f->mu);
}

static int64_t duration_of(int64_t latency_us)
{
	for (size_t i = 0; i < RMQI_COUNT(steps); i++)
		if (latency_us >= steps[i].latency_us)
			return steps[i].duration_us;
	return 0;
}

static void lift(struct fault *fault)
{
	fault->until_us = INT64_MIN;
	fault->lost_until_us = INT64_MIN;
}

/* NULL when memory is out: then it is not put aside. @locks: mu held */
static struct fault *obtain(struct rmqi_faults *f, struct rmqi_str name)
{
	struct fault *fault = rmqi_map_get(&f->brokers, name);

	if (fault)
		return fault;
	fault = rmqi_calloc(1, sizeof(*fault));
	if (!fault)
		return NULL;
	lift(fault);
	if (rmqi_map_set(&f->brokers, name, fault, NULL) == RMQ_OK)
		return fault;
	rmqi_free(fault);
	return NULL;
}

/* @locks: mu held */
static void note_end(struct rmqi_faults *f, int64_t until_us)
{
	if (atomic_load(&f->until_us) < until_us)
		atomic_store(&f->until_us, until_us);
}

void rmqi_faults_note(struct rmqi_faults *f, const char *broker_name, int64_t latency_us,
		      int64_t now_us)
{
	int64_t until_us = now_us + duration_of(latency_us);
	struct fault *fault;

	if (until_us == now_us)
		return;
	rmqi_mutex_lock(&f->mu);
	fault = obtain(f, rmqi_str(broker_name));
	if (fault && fault->until_us < until_us)
		fault->until_us = until_us;
	if (fault)
		note_end(f, until_us);
	rmqi_mutex_unlock(&f->mu);
}

void rmqi_faults_lost(struct rmqi_faults *f, const char *broker_name, int64_t now_us)
{
	int64_t until_us = now_us + duration_of(ISOLATED_LATENCY_US);
	struct fault *fault;
	bool is_new;

	rmqi_mutex_lock(&f->mu);
	fault = obtain(f, rmqi_str(broker_name));
	is_new = fault && fault->lost_until_us <= now_us;
	if (fault && fault->lost_until_us < until_us)
		fault->lost_until_us = until_us;
	if (fault)
		note_end(f, until_us);
	rmqi_mutex_unlock(&f->mu);
	if (is_new && f->on_lost)
		f->on_lost(f->arg);
}

bool rmqi_faults_reached(struct rmqi_faults *f, const char *broker_name, int64_t now_us)
{
	struct fault *fault;
	bool was_lost;

	rmqi_mutex_lock(&f->mu);
	fault = rmqi_map_get(&f->brokers, rmqi_str(broker_name));
	was_lost = fault && now_us < fault->lost_until_us;
	if (fault)
		fault->lost_until_us = INT64_MIN;
	rmqi_mutex_unlock(&f->mu);
	return was_lost;
}

bool rmqi_faults_is_unreachable(struct rmqi_faults *f, const char *broker_name, int64_t now_us)
{
	const struct fault *fault;
	bool is_lost;

	rmqi_mutex_lock(&f->mu);
	fault = rmqi_map_get(&f->brokers, rmqi_str(broker_name));
	is_lost = fault && now_us < fault->lost_until_us;
	rmqi_mutex_unlock(&f->mu);
	return is_lost;
}

bool rmqi_faults_any_unreachable(struct rmqi_faults *f, int64_t now_us)
{
	bool is_any = false;

	rmqi_mutex_lock(&f->mu);
	for (size_t i = 0; i < f->brokers.count && !is_any; i++)
		is_any =
			now_us < ((struct fault *)rmqi_map_at(&f->brokers, i, NULL))->lost_until_us;
	rmqi_mutex_unlock(&f->mu);
	return is_any;
}

void rmqi_faults_isolate(struct rmqi_faults *f, const char *broker_name, int64_t now_us)
{
	rmqi_faults_note(f, broker_name, ISOLATED_LATENCY_US, now_us);
}

void rmqi_faults_lift(struct rmqi_faults *f, const char *broker_name)
{
	struct fault *fault;

	rmqi_mutex_lock(&f->mu);
	fault = rmqi_map_get(&f->brokers, rmqi_str(broker_name));
	if (fault)
		lift(fault);
	rmqi_mutex_unlock(&f->mu);
}

void rmqi_faults_forget(struct rmqi_faults *f)
{
	rmqi_mutex_lock(&f->mu);
	for (size_t i = 0; i < f->brokers.count; i++)
		lift(rmqi_map_at(&f->brokers, i, NULL));
	atomic_store(&f->until_us, INT64_MIN);
	rmqi_mutex_unlock(&f->mu);
}

bool rmqi_faults_any(const struct rmqi_faults *f, int64_t now_us)
{
	return now_us < atomic_load_explicit(&f->until_us, memory_order_relaxed);
}

bool rmqi_faults_is_available(struct rmqi_faults *f, const char *broker_name, int64_t now_us)
{
	const struct fault *fault;
	bool is_available;

	if (!rmqi_faults_any(f, now_us))
		return true;
	rmqi_mutex_lock(&f->mu);
	fault = rmqi_map_get(&f->brokers, rmqi_str(broker_name));
	is_available = !fault || (now_us >= fault->until_us && now_us >= fault->lost_until_us);
	rmqi_mutex_unlock(&f->mu);
	return is_available;
}
