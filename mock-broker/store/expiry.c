/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/expiry.h"

#include <inttypes.h>
#include <time.h>

#include "base/str.h"
#include "mock-broker/store/store_state.h"

enum {
	FIRST_MS = 60 * 1000, /* DefaultMessageStore.addScheduleTask */
	ROUNDS_ASKED = 20,    /* CleanCommitLogService.MAX_MANUAL_DELETE_FILE_TIMES */
	HOURS = 24,
	MS = 1000
};

static const int64_t ms_an_hour = 60 * 60 * MS;

/* --- Settings ------------------------------------------------------------------------------- */

static bool parse_hours(const char *text, uint32_t *hours)
{
	struct rmqi_str rest = rmqi_str(text), one;
	bool more = true;
	int32_t hour;

	*hours = 0;
	while (more) {
		rest = rmqi_str_cut(rest, ";", &one, &more);
		one = rmqi_str_trim(one);
		if (one.len == 0)
			continue;
		if (!rmqi_str_to_i32(one, &hour) || hour < 0 || hour >= HOURS)
			return false;
		*hours |= 1u << hour;
	}
	return true;
}

static int64_t within(int64_t value, int64_t min, int64_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

static void fired(struct rmqi_timer *t);

enum rmq_error mb_expiry_init(struct mb_expiry *x, struct mb_store *s,
			      const struct mb_expiry_rules *rules)
{
	*x = (struct mb_expiry){.store = s, .rules = *rules, .used = -1};
	x->rules.when = NULL;
	x->rules.max_used = within(rules->max_used, 10, 95);
	x->rules.forcibly = within(rules->forcibly, 30, 85);
	x->rules.warning = within(rules->warning, 35, 90);
	if (rules->interval_ms <= 0)
		return RMQ_OK;
	if (!parse_hours(rules->when, &x->hours))
		return RMQ_ERR_CONFIG;
	return rmqi_timer_init(&x->timer, s->config.inner_timers, fired);
}

void mb_expiry_start(struct mb_expiry *x)
{
	if (x->rules.interval_ms <= 0)
		return;
	x->is_started = true;
	rmqi_timer_start_ms(&x->timer, FIRST_MS);
}

void mb_expiry_deinit(struct mb_expiry *x)
{
	if (x->store && x->rules.interval_ms > 0)
		rmqi_timer_deinit(&x->timer);
	*x = (struct mb_expiry){0};
}

void mb_expiry_ask(struct mb_expiry *x)
{
	x->rounds = ROUNDS_ASKED;
}

/* --- The disk -------------------------------------------------------------------------------- */

/* UtilAll.getDiskPartitionSpaceUsedPercent */
int mb_expiry_used(const struct mb_expiry *x)
{
	const struct mb_store *s = x->store;
	struct mb_space_figures d;
	uint64_t used, all;

	if (!s->fs->space || s->fs->space(s->fs, s->root, &d) != RMQ_OK || d.free > d.total)
		return -1;
	used = d.total - d.free;
	all = used + d.usable;
	return all ? (int)((used * 100 + all - 1) / all) : -1;
}

static void note_full(struct mb_expiry *x, bool is_full)
{
	const struct mb_store *s = x->store;

	if (is_full && !x->is_full)
		RMQI_LOG(s->log, RMQ_LOG_ERROR,
			 "%s: the disk is used to %d percent, over diskSpaceWarningLevelRatio: messages are "
			 "refused until it is at %d percent or less",
			 s->root, x->used, (int)x->rules.forcibly);
	if (!is_full && x->is_full)
		RMQI_LOG(s->log, RMQ_LOG_INFO,
			 "%s: the disk is used to %d percent: messages are taken again", s->root,
			 x->used);
	x->is_full = is_full;
}

/* Has something to go because of it? (isSpaceToDelete) */
static bool is_short_of_space(struct mb_expiry *x)
{
	x->used = mb_expiry_used(x);
	x->is_at_once = x->used > x->rules.forcibly && x->rules.clean_forcibly;
	if (x->used > x->rules.warning)
		note_full(x, true);
	else if (x->used <= x->rules.forcibly)
		note_full(x, false);
	return x->used > x->rules.max_used || x->used > x->rules.forcibly;
}

/* --- What is old ------------------------------------------------------------------------------ */

static bool is_hour(const struct mb_expiry *x)
{
	int64_t ms = mb_store_wall_ms(x->store);
	time_t seconds = (time_t)(ms / MS);
	struct tm t;

	return localtime_r(&seconds, &t) && t.tm_hour >= 0 && t.tm_hour < HOURS &&
	       (x->hours >> t.tm_hour & 1u);
}

/* The oldest file of the log, when it may go. */
static bool is_oldest_over(const struct mb_expiry *x)
{
	const struct mb_commit_log *log = &x->store->commit_log;
	int64_t now = mb_store_wall_ms(x->store);
	int64_t next = mb_commit_log_next_file(log, mb_files_min(&log->files));
	struct mb_record r;

	if (log->files.count < 2 ||
	    mb_commit_log_look(log, next, MB_CHECK_NONE, &r) != MB_RECORD_MESSAGE)
		return false;
	return x->is_at_once ||
	       (now - r.store_timestamp) / ms_an_hour >= x->rules.reserved_hours;
}

static bool delete_oldest(struct mb_expiry *x)
{
	struct mb_store *s = x->store;
	int64_t base = mb_files_min(&s->commit_log.files);

	if (mb_files_remove_oldest(&s->commit_log.files, s->config.flusher) != RMQ_OK) {
		RMQI_LOG(s->log, RMQ_LOG_WARN, "%s: cannot delete the file %" PRId64,
			 s->commit_log.files.dir, base);
		return false;
	}
	RMQI_LOG(s->log, RMQ_LOG_INFO, "%s: deleted the file %" PRId64, s->commit_log.files.dir,
		 base);
	return true;
}

static enum rmq_error expire_queue(void *arg, struct mb_queue *q)
{
	const int64_t *log_min = arg;

	mb_queue_expire(q, *log_min);
	return RMQ_OK;
}

/* CleanConsumeQueueService.deleteExpiredFiles */
static void clean_what_follows(struct mb_expiry *x)
{
	struct mb_store *s = x->store;
	int64_t log_min = mb_files_min(&s->commit_log.files);

	if (log_min == x->log_min)
		return;
	x->log_min = log_min;
	mb_lights_expire(&s->queues.lights, log_min);
	if (mb_queues_each(&s->queues, expire_queue, &log_min) != RMQ_OK)
		return;
	(void)mb_index_expire(&s->index, log_min);
}

/* One file; the next one after a pause. */
static void go_on(struct mb_expiry *x)
{
	bool is_deleted = x->left > 0 && is_oldest_over(x) && delete_oldest(x);

	x->left -= is_deleted;
	clean_what_follows(x);
	if (!is_deleted)
		x->left = 0;
	rmqi_timer_start_ms(&x->timer, x->left > 0 ? x->rules.pause_ms : x->rules.interval_ms);
}

static void fired(struct rmqi_timer *t)
{
	struct mb_expiry *x = RMQI_CONTAINER(t, struct mb_expiry, timer);
	bool is_short;

	if (x->left == 0) {
		is_short = is_short_of_space(x);
		if (is_short || x->rounds > 0 || is_hour(x))
			x->left = x->rules.batch;
		if (x->rounds > 0)
			x->rounds--;
	}
	go_on(x);
}
