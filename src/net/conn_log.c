/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conn_log.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/reminder.h"

enum { KEPT_MAX = 256 }; /* calm ones are forgotten when there are more */

void rmqi_conn_log_init(struct rmqi_conn_log *l, const struct rmqi_log *log,
			struct rmqi_clock *clock)
{
	l->log = log;
	l->clock = clock;
	rmqi_map_init(&l->reminders);
}

void rmqi_conn_log_deinit(struct rmqi_conn_log *l)
{
	rmqi_map_deinit(&l->reminders, rmqi_free);
}

static struct rmqi_reminder *find(struct rmqi_conn_log *l, const char *address)
{
	return rmqi_map_get(&l->reminders, rmqi_str(address));
}

static void forget_calm(struct rmqi_conn_log *l, int64_t now_us)
{
	size_t i = 0;

	while (i < l->reminders.count) {
		struct rmqi_str address;
		struct rmqi_reminder *r = rmqi_map_at(&l->reminders, i, &address);

		if (!rmqi_reminder_is_calm(r, now_us)) {
			i++;
			continue;
		}
		rmqi_map_remove(&l->reminders, address);
		rmqi_free(r);
	}
}

/* NULL when memory is out. */
static struct rmqi_reminder *obtain(struct rmqi_conn_log *l, const char *address, int64_t now_us)
{
	struct rmqi_reminder *r = find(l, address);

	if (r)
		return r;
	if (l->reminders.count >= KEPT_MAX)
		forget_calm(l, now_us);
	r = rmqi_calloc(1, sizeof(*r));
	if (r && rmqi_map_set(&l->reminders, rmqi_str(address), r, NULL) != RMQ_OK) {
		rmqi_free(r);
		r = NULL;
	}
	return r;
}

void rmqi_conn_log_opened(struct rmqi_conn_log *l, const char *address, bool is_tls)
{
	struct rmqi_reminder *r = find(l, address);
	int64_t now_us = rmqi_clock_us(l->clock);
	const char *tls = is_tls ? " (TLS)" : "";

	if (!r || r->state == RMQI_REMINDER_QUIET)
		RMQI_LOG(l->log,
			 r && !rmqi_reminder_is_calm(r, now_us) ? RMQ_LOG_DEBUG : RMQ_LOG_INFO,
			 "connection to %s%s opened", address, tls);
	else if (rmqi_reminder_end(r, now_us))
		RMQI_LOG(l->log, RMQ_LOG_INFO,
			 "connection to %s%s opened, after %" PRIu64 " failures in %" PRId64 " s",
			 address, tls, r->failures, (now_us - r->since_us) / 1000000);
	else
		RMQI_LOG(l->log, RMQ_LOG_DEBUG, "connection to %s%s opened", address, tls);
}

static void log_failure(struct rmqi_conn_log *l, const char *address, enum rmq_error reason,
			const char *why)
{
	int64_t now_us = rmqi_clock_us(l->clock);
	struct rmqi_reminder *r = obtain(l, address, now_us);
	struct rmqi_telling t = {0};

	if (r && !rmqi_reminder_note(r, now_us, (int64_t)reason, &t))
		RMQI_LOG(l->log, RMQ_LOG_DEBUG, "connection to %s closed: %s", address, why);
	else if (t.untold > 0)
		RMQI_LOG(l->log, RMQ_LOG_WARN,
			 "connection to %s closed: %s (and %" PRIu64 " times before, in %" PRId64
			 " s)",
			 address, why, t.untold, t.span_s);
	else
		RMQI_LOG(l->log, RMQ_LOG_WARN, "connection to %s closed: %s", address, why);
}

void rmqi_conn_log_closed(struct rmqi_conn_log *l, const char *address, enum rmq_error reason,
			  const char *why)
{
	if (reason == RMQ_OK)
		RMQI_LOG(l->log, RMQ_LOG_INFO, "connection to %s closed: %s", address, why);
	else
		log_failure(l, address, reason, why);
}
