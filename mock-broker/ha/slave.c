/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/ha/slave.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mock-broker/store/big_endian.h"
#include "mock-broker/store/replica.h"

enum {
	RETRY_MS = 5000, /* DefaultHAClient: after a failure */
	CONNECT_MS = 3000,
	AT_ONCE = 1024 * 1024, /* bytes of one turn */
	READ_SIZE = 256 * 1024 /* of one read */
};

static int64_t now_us(const struct mb_ha_slave *s)
{
	return rmqi_clock_us(rmqi_loop_clock(s->config.loop));
}

bool mb_ha_slave_is_connected(const struct mb_ha_slave *s)
{
	return s->stream && !s->is_over;
}

/* --- Closing: never from within a callback of the stream ------------------------------------- */

static void drop(struct mb_ha_slave *s)
{
	if (s->dial)
		rmqi_dial_cancel(s->dial);
	if (s->stream)
		s->stream->ops->close(s->stream);
	s->dial = NULL;
	s->stream = NULL;
	s->is_over = false;
	rmqi_timer_stop(&s->beat);
	rmqi_timer_stop(&s->house);
	rmqi_timer_stop(&s->late);
	mb_backlog_clear(&s->backlog);
	rmqi_loop_undefer(s->config.loop, &s->close);
}

static void run_close(struct rmqi_task *task)
{
	drop(RMQI_CONTAINER(task, struct mb_ha_slave, close));
}

static void end(struct mb_ha_slave *s, enum rmq_log_level level, const char *why)
{
	if (s->is_over)
		return;
	s->is_over = true;
	RMQI_LOG(s->config.log, level, "replication from %s: %s; next try in %d s", s->master, why,
		 RETRY_MS / 1000);
	(void)!s->stream->ops->want(s->stream, false, false);
	rmqi_loop_defer(s->config.loop, &s->close);
	rmqi_timer_start_ms(&s->retry, RETRY_MS);
}

static void lost(struct mb_ha_slave *s)
{
	end(s, RMQ_LOG_WARN, s->stream->reason);
}

/* --- Reporting --------------------------------------------------------------------------------- */

static void want_now(struct mb_ha_slave *s)
{
	bool wants_read = !s->is_held && !mb_backlog_is_full(&s->backlog);

	if (s->stream->ops->want(s->stream, wants_read, !s->is_held && s->wants_write) != RMQ_OK)
		lost(s);
}

static void want(struct mb_ha_slave *s, bool write)
{
	if (s->wants_write == write)
		return;
	s->wants_write = write;
	want_now(s);
}

static int64_t reportable(const struct mb_ha_slave *s)
{
	int64_t all = mb_replica_end(s->config.store);

	return s->config.is_sync && s->safe < all ? s->safe : all;
}

/* One that is under way ends first: the master reads whole ones. */
static void send_report(struct mb_ha_slave *s, bool is_due)
{
	enum rmq_error err = RMQ_OK;
	int64_t end_now = reportable(s);
	struct iovec iov;
	size_t n;

	if (s->is_held || (s->out_sent == sizeof(s->out) && !is_due && end_now == s->reported))
		return;
	if (s->out_sent == sizeof(s->out)) {
		mb_put_i64(s->out, end_now);
		s->reported = end_now;
		s->out_sent = 0;
	}
	while (s->out_sent < sizeof(s->out) && err == RMQ_OK) {
		iov = (struct iovec){s->out + s->out_sent, sizeof(s->out) - s->out_sent};
		err = s->stream->ops->writev(s->stream, &iov, 1, &n);
		if (err == RMQ_OK)
			s->out_sent += n;
	}
	s->wrote_us = now_us(s);
	if (err != RMQ_OK && err != RMQ_AGAIN)
		lost(s);
	else
		want(s, err == RMQ_AGAIN);
}

static void flush(struct mb_ha_slave *s);

static void flushed(struct mb_put_wait *w, enum mb_put_status status)
{
	struct mb_ha_slave *s = RMQI_CONTAINER(w, struct mb_ha_slave, flush);

	s->is_flushing = false;
	if (status == MB_PUT_OK)
		s->safe = w->upto;
	if (!mb_ha_slave_is_connected(s))
		return;
	send_report(s, false);
	if (status == MB_PUT_OK)
		flush(s);
}

/* is_sync: brings what came to the disk, one stretch at a time. */
static void flush(struct mb_ha_slave *s)
{
	int64_t all = mb_replica_end(s->config.store);

	if (!s->config.is_sync || s->is_flushing || s->safe >= all)
		return;
	s->is_flushing = true;
	s->flush = (struct mb_put_wait){.done = flushed};
	mb_store_wait(s->config.store, MB_WAIT_FLUSHED, all, &s->flush);
}

/* --- Staying behind ------------------------------------------------------------------------------ */

static bool lags(const struct mb_ha_slave *s)
{
	return s->config.lag && (s->config.lag->ms > 0 || s->config.lag->bytes > 0);
}

/* What waits goes first, also when there is no lag any more. */
static bool has_backlog(const struct mb_ha_slave *s)
{
	return lags(s) || s->backlog.len > 0;
}

static int64_t lag_us(const struct mb_ha_slave *s)
{
	return s->config.lag ? s->config.lag->ms * 1000 : 0;
}

static enum rmq_error read_bytes(struct mb_ha_slave *s, uint8_t *to, size_t room, size_t *n)
{
	if (!has_backlog(s))
		return s->stream->ops->read(s->stream, to, room, n);
	*n = mb_backlog_take(&s->backlog, to, room, now_us(s) - lag_us(s));
	return *n ? RMQ_OK : RMQ_AGAIN;
}

/* So much of the log it may have now; of `room` bytes at most. */
static size_t allowed(const struct mb_ha_slave *s, size_t room)
{
	int64_t most;

	if (!has_backlog(s) || !s->config.lag || s->config.lag->bytes == 0)
		return room;
	most = s->backlog.end - s->config.lag->bytes - mb_replica_end(s->config.store);
	if (most <= 0)
		return 0;
	return (uint64_t)most < room ? (size_t)most : room;
}

static void await_next(struct mb_ha_slave *s)
{
	int64_t first_us = mb_backlog_first_us(&s->backlog), lag = lag_us(s);

	if (first_us == RMQI_FOREVER || first_us > RMQI_FOREVER - lag)
		rmqi_timer_stop(&s->late);
	else if (first_us + lag > now_us(s))
		rmqi_timer_start(&s->late, first_us + lag);
}

/* RMQ_AGAIN: that was all for now. *has_gone: the master has closed. */
static enum rmq_error gather(struct mb_ha_slave *s, bool *has_gone)
{
	enum rmq_error err = RMQ_OK;

	if (s->backlog.len == 0)
		mb_backlog_begin(&s->backlog, s->head, s->head_len, s->body_left,
				 mb_replica_end(s->config.store));
	while (err == RMQ_OK && !mb_backlog_is_full(&s->backlog)) {
		uint8_t *at = mb_backlog_room(&s->backlog);
		size_t n = 0;

		if (!at)
			return RMQ_ERR_NO_MEMORY;
		err = s->stream->ops->read(s->stream, at, MB_BACKLOG_CHUNK, &n);
		mb_backlog_came(&s->backlog, err == RMQ_OK ? n : 0, now_us(s));
		if (err == RMQ_OK && n == 0) {
			*has_gone = true;
			return RMQ_AGAIN;
		}
		s->read_us = now_us(s);
	}
	return err;
}

/* --- Taking ------------------------------------------------------------------------------------- */

/* Why a frame, or its bytes, cannot be taken. */
static void refuse(struct mb_ha_slave *s, enum rmq_error err, int64_t offset, int64_t size)
{
	char why[160];

	if (err == RMQ_ERR_STATE)
		snprintf(why, sizeof(why),
			 "it sends %" PRId64 " bytes for %" PRId64 ", and our log ends at %" PRId64,
			 size, offset, mb_store_max_physical_offset(s->config.store));
	else if (err == RMQ_ERR_TOO_LARGE)
		snprintf(why, sizeof(why),
			 "it sends %" PRId64 " bytes for %" PRId64
			 ", which crosses the end of a file of ours: mappedFileSizeCommitLog differs",
			 size, offset);
	else if (err == RMQ_ERR_CORRUPT)
		snprintf(why, sizeof(why), "the logs have parted behind %" PRId64,
			 mb_replica_end(s->config.store));
	else
		snprintf(why, sizeof(why), "cannot store: %s", rmq_error_text(err));
	end(s, RMQ_LOG_ERROR, why);
}

static void begin_frame(struct mb_ha_slave *s)
{
	int64_t offset = mb_get_i64(s->head);
	int32_t size = (int32_t)mb_get_u32(s->head + sizeof(int64_t));
	enum rmq_error err = RMQ_ERR_STATE;

	s->head_len = 0;
	if (size >= 0 && offset >= 0)
		err = mb_replica_expect(s->config.store, offset, (size_t)size);
	if (err != RMQ_OK) {
		refuse(s, err, offset, size);
		return;
	}
	s->body_left = (size_t)size;
	s->master_end = offset + size;
}

static enum rmq_error read_head(struct mb_ha_slave *s, size_t *n)
{
	enum rmq_error err =
		read_bytes(s, s->head + s->head_len, sizeof(s->head) - s->head_len, n);

	if (err != RMQ_OK || *n == 0)
		return err;
	s->head_len += *n;
	if (s->head_len == sizeof(s->head))
		begin_frame(s);
	return RMQ_OK;
}

static enum rmq_error read_body(struct mb_ha_slave *s, size_t *n)
{
	size_t room = allowed(s, s->body_left < READ_SIZE ? s->body_left : READ_SIZE);
	uint8_t *at;
	enum rmq_error err;

	if (room == 0)
		return RMQ_AGAIN;
	err = mb_replica_room(s->config.store, &at, &room);
	if (err != RMQ_OK) {
		*n = 1;
		refuse(s, err, 0, 0);
		return RMQ_OK;
	}
	err = read_bytes(s, at, room, n);
	if (err != RMQ_OK || *n == 0)
		return err;
	s->body_left -= *n;
	mb_ha_rate_add(&s->rate, now_us(s), *n);
	err = mb_replica_took(s->config.store, *n);
	if (err != RMQ_OK)
		refuse(s, err, 0, 0);
	return RMQ_OK;
}

/* A turn of what may be taken. RMQ_AGAIN: that was all. */
static enum rmq_error take(struct mb_ha_slave *s)
{
	size_t done = 0, n = 0;
	enum rmq_error err = RMQ_OK;

	while (err == RMQ_OK && !s->is_over && done < AT_ONCE) {
		err = s->body_left > 0 ? read_body(s, &n) : read_head(s, &n);
		if (err != RMQ_OK)
			break;
		if (n == 0) {
			end(s, RMQ_LOG_WARN, "it has gone");
			break;
		}
		if (!has_backlog(s))
			s->read_us = now_us(s);
		done += n;
	}
	return err;
}

static void tell_taken(struct mb_ha_slave *s)
{
	if (s->is_over)
		return;
	flush(s);
	send_report(s, false);
}

static void take_backlog(struct mb_ha_slave *s)
{
	bool was_full = mb_backlog_is_full(&s->backlog);

	if (take(s) == RMQ_OK && !s->is_over)
		rmqi_timer_start_ms(&s->late, 0); /* the next turn */
	else if (!s->is_over)
		await_next(s);
	if (!s->is_over && was_full != mb_backlog_is_full(&s->backlog)) {
		s->read_us = now_us(s);
		want_now(s);
	}
	tell_taken(s);
}

static void on_late(struct rmqi_timer *t)
{
	struct mb_ha_slave *s = RMQI_CONTAINER(t, struct mb_ha_slave, late);

	if (mb_ha_slave_is_connected(s) && has_backlog(s))
		take_backlog(s);
}

void mb_ha_slave_lag_changed(struct mb_ha_slave *s)
{
	if (s->config.loop && mb_ha_slave_is_connected(s) && s->backlog.len > 0)
		take_backlog(s);
}

static void on_readable(struct mb_ha_slave *s)
{
	bool has_gone = false;
	enum rmq_error err = has_backlog(s) ? gather(s, &has_gone) : take(s);

	if (s->is_over)
		return;
	if (has_gone)
		end(s, RMQ_LOG_WARN, "it has gone");
	else if (err != RMQ_OK && err != RMQ_AGAIN)
		lost(s);
	else if (has_backlog(s))
		take_backlog(s);
	else
		tell_taken(s);
	/* Level-triggered: what is not read would be told of for ever. */
	if (!s->is_over && mb_ha_slave_is_connected(s) && mb_backlog_is_full(&s->backlog))
		want_now(s);
}

static void on_event(struct rmqi_stream *stream, enum rmqi_stream_event event)
{
	struct mb_ha_slave *s = stream->arg;

	if (s->is_over || s->is_held)
		return;
	if (event == RMQI_STREAM_READABLE)
		on_readable(s);
	else if (event == RMQI_STREAM_WRITABLE)
		send_report(s, false);
	else if (event == RMQI_STREAM_FAILED)
		lost(s);
}

/* --- Connecting ----------------------------------------------------------------------------------- */

static void on_dialed(void *arg, enum rmq_error error, const char *reason,
		      struct rmqi_stream *stream)
{
	struct mb_ha_slave *s = arg;

	s->dial = NULL;
	if (error != RMQ_OK) {
		RMQI_LOG(s->config.log, RMQ_LOG_WARN, "replication from %s: %s; next try in %d s",
			 s->master, reason, RETRY_MS / 1000);
		rmqi_timer_start_ms(&s->retry, RETRY_MS);
		return;
	}
	s->stream = stream;
	stream->fn = on_event;
	stream->arg = s;
	s->head_len = s->body_left = 0;
	s->out_sent = sizeof(s->out);
	s->reported = -1;
	s->wants_write = false;
	s->read_us = s->wrote_us = now_us(s);
	rmqi_timer_start_ms(&s->beat, s->config.heartbeat_ms);
	rmqi_timer_start_ms(&s->house, s->config.housekeeping_ms);
	RMQI_LOG(s->config.log, RMQ_LOG_INFO, "replication from %s: begins at %" PRId64, s->master,
		 mb_replica_end(s->config.store));
	want_now(s);
	if (!s->is_over)
		send_report(s, true);
}

static void on_phase(void *arg, enum rmq_phase phase)
{
	(void)arg;
	(void)phase;
}

static void dial(struct mb_ha_slave *s)
{
	const struct rmqi_dial_config config = {
		.loop = s->config.loop,
		.resolver = &s->resolver,
		.address = s->master,
		.connect_timeout_ms = CONNECT_MS,
		.on_phase = on_phase,
		.on_done = on_dialed,
		.arg = s,
	};
	/* What had no room in its queue before. */
	enum rmq_error err = mb_replica_catch_up(s->config.store);

	if (err == RMQ_OK)
		err = rmqi_dial_start(&config, &s->dial);
	if (err == RMQ_ERR_CORRUPT)
		return; /* for good: told in the log */
	if (err != RMQ_OK)
		rmqi_timer_start_ms(&s->retry, RETRY_MS);
}

static void on_retry(struct rmqi_timer *t)
{
	struct mb_ha_slave *s = RMQI_CONTAINER(t, struct mb_ha_slave, retry);

	if (s->is_held)
		rmqi_timer_start_ms(t, RETRY_MS);
	else if (!s->dial && !s->stream && s->master[0])
		dial(s);
}

void mb_ha_slave_look_again(struct mb_ha_slave *s)
{
	bool was_held = s->is_held;

	s->is_held = s->master[0] && mb_ways_is_cut(s->config.ways, s->master);
	if (s->is_held == was_held || !mb_ha_slave_is_connected(s))
		return;
	want_now(s);
	if (!s->is_over)
		send_report(s, false);
}

static void on_beat(struct rmqi_timer *t)
{
	struct mb_ha_slave *s = RMQI_CONTAINER(t, struct mb_ha_slave, beat);
	int64_t interval_us = s->config.heartbeat_ms * 1000;
	int64_t now = now_us(s);
	bool is_due = now - s->wrote_us >= interval_us;

	if (!mb_ha_slave_is_connected(s))
		return;
	flush(s); /* one that was late */
	if (is_due && !s->wants_write)
		send_report(s, true);
	rmqi_timer_start(t, (is_due ? now : s->wrote_us) + interval_us);
}

static void on_house(struct rmqi_timer *t)
{
	struct mb_ha_slave *s = RMQI_CONTAINER(t, struct mb_ha_slave, house);
	int64_t due_us = s->read_us + s->config.housekeeping_ms * 1000;

	if (!mb_ha_slave_is_connected(s))
		return;
	/* A master that is not read is not silent. */
	if (mb_backlog_is_full(&s->backlog))
		rmqi_timer_start_ms(t, s->config.housekeeping_ms);
	else if (now_us(s) >= due_us)
		end(s, RMQ_LOG_WARN, "it has been silent for haHousekeepingInterval");
	else
		rmqi_timer_start(t, due_us);
}

void mb_ha_slave_follow(struct mb_ha_slave *s, const char *master)
{
	if (strcmp(s->master, master) == 0)
		return;
	drop(s);
	snprintf(s->master, sizeof(s->master), "%s", master);
	mb_ha_slave_look_again(s);
	if (s->is_held)
		rmqi_timer_start_ms(&s->retry, RETRY_MS);
	else if (s->master[0])
		dial(s);
}

enum rmq_error mb_ha_slave_init(struct mb_ha_slave *s, const struct mb_ha_slave_config *config)
{
	struct rmqi_timers *timers = rmqi_loop_timers(config->loop);
	enum rmq_error err;

	*s = (struct mb_ha_slave){.config = *config, .close.run = run_close};
	rmqi_resolver_init(&s->resolver, rmqi_loop_env(config->loop));
	mb_replica_init(config->store);
	s->safe = mb_store_flushed_offset(config->store);
	mb_backlog_init(&s->backlog);
	err = rmqi_timer_init(&s->retry, timers, on_retry);
	if (err == RMQ_OK)
		err = rmqi_timer_init(&s->beat, timers, on_beat);
	if (err == RMQ_OK)
		err = rmqi_timer_init(&s->house, timers, on_house);
	if (err == RMQ_OK)
		err = rmqi_timer_init(&s->late, timers, on_late);
	return err;
}

void mb_ha_slave_deinit(struct mb_ha_slave *s)
{
	if (!s->config.loop)
		return;
	drop(s);
	rmqi_timer_deinit(&s->retry);
	rmqi_timer_deinit(&s->beat);
	rmqi_timer_deinit(&s->house);
	rmqi_timer_deinit(&s->late);
}

void mb_ha_slave_deinit_rest(struct mb_ha_slave *s)
{
	if (s->config.loop)
		rmqi_resolver_deinit(&s->resolver);
}
