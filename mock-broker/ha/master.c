/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/ha/master.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "mock-broker/store/big_endian.h"
#include "mock-broker/store/replica.h"

enum { AT_ONCE = 1024 * 1024 /* bytes of one turn: others want one, too */ };

static int64_t now_us(const struct mb_ha_master *m)
{
	return rmqi_clock_us(rmqi_loop_clock(m->config.loop));
}

/* --- Closing: never from within a callback of the stream --------------------------------- */

static void link_free(struct mb_ha_link *s)
{
	rmqi_loop_undefer(s->master->config.loop, &s->close);
	rmqi_timer_deinit(&s->beat);
	rmqi_timer_deinit(&s->house);
	s->stream->ops->close(s->stream);
	rmqi_list_remove(&s->link);
	s->master->slave_count--;
	rmqi_free(s);
}

static void set_slaves(struct mb_ha_master *m);

static void run_close(struct rmqi_task *task)
{
	struct mb_ha_link *s = RMQI_CONTAINER(task, struct mb_ha_link, close);
	struct mb_ha_master *m = s->master;

	link_free(s);
	set_slaves(m);
}

static void end(struct mb_ha_link *s, enum rmq_log_level level, const char *why)
{
	if (s->is_over)
		return;
	s->is_over = true;
	RMQI_LOG(s->master->config.log, level, "slave %s: %s", s->peer, why);
	(void)!s->stream->ops->want(s->stream, false, false);
	rmqi_loop_defer(s->master->config.loop, &s->close);
}

/* --- Who waits for slaves ------------------------------------------------------------------ */

int64_t mb_ha_link_gap(const struct mb_ha_link *s)
{
	return mb_store_max_physical_offset(s->master->config.store) - s->acked;
}

bool mb_ha_link_is_near(const struct mb_ha_link *s)
{
	return s->has_reported && mb_ha_link_gap(s) < s->master->config.max_gap;
}

/* HAService.isSlaveOK of 4.9. Since 5.0 whoever waits does so until its time is over. */
static void set_slaves(struct mb_ha_master *m)
{
	struct mb_durable *d = mb_store_durable(m->config.store);
	int64_t gap = mb_store_max_physical_offset(m->config.store) - m->acked;

	if (!m->config.is_sync || (!m->config.is_old && m->config.replicas <= 1))
		mb_durable_set_slaves(d, MB_SLAVES_NONE);
	else if (m->config.is_old && (m->slave_count == 0 || gap >= m->config.max_gap))
		mb_durable_set_slaves(d, MB_SLAVES_LOST);
	else
		mb_durable_set_slaves(d, MB_SLAVES_NEAR);
}

/* What at least `needed` slaves have; 0 when there are fewer. */
static int64_t acked_by(const struct mb_ha_master *m, int64_t needed)
{
	int64_t best = 0;

	RMQI_LIST_EACH(node, &m->slaves) {
		const struct mb_ha_link *s = RMQI_LIST_ITEM(node, struct mb_ha_link, link);
		int64_t count = 0;

		if (!s->has_acked || s->acked <= best)
			continue;
		RMQI_LIST_EACH(other, &m->slaves) {
			const struct mb_ha_link *o = RMQI_LIST_ITEM(other, struct mb_ha_link, link);

			count += o->has_acked && !o->is_over && o->acked >= s->acked;
		}
		if (count >= needed)
			best = s->acked;
	}
	return best;
}

static void take_ack(struct mb_ha_link *s, int64_t offset)
{
	struct mb_ha_master *m = s->master;
	struct mb_durable *d = mb_store_durable(m->config.store);
	int64_t safe;

	s->acked = offset;
	s->has_acked = true;
	if (offset > m->acked)
		m->acked = offset;
	set_slaves(m);
	safe = acked_by(m, m->config.is_old || m->config.replicas < 2 ? 1 : m->config.replicas - 1);
	/* What was safe stays so, whoever leaves. */
	if (safe > d->parts[MB_REPLICATED].upto)
		mb_durable_reached(d, MB_REPLICATED, safe);
}

/* --- Sending --------------------------------------------------------------------------------- */

static void lost(struct mb_ha_link *s, const char *what)
{
	char why[RMQI_REASON_MAX + 32];

	snprintf(why, sizeof(why), "%s: %s", what, s->stream->reason);
	end(s, RMQ_LOG_WARN, why);
}

static bool has_frame(const struct mb_ha_link *s)
{
	return s->head_sent < MB_HA_HEAD_SIZE || s->body_left > 0;
}

static void begin_frame(struct mb_ha_link *s, size_t len)
{
	mb_put_i64(s->head, s->next);
	mb_put_u32(s->head + sizeof(int64_t), (uint32_t)len);
	s->head_sent = 0;
	s->body_left = len;
}

/* False: there is nothing to send. */
static bool next_frame(struct mb_ha_link *s)
{
	const struct mb_ha_master *m = s->master;
	struct rmqi_cursor bytes;

	if (!mb_store_bytes(m->config.store, s->next, &bytes))
		return false;
	begin_frame(s, bytes.len < m->config.batch ? bytes.len : m->config.batch);
	return true;
}

/* What is left of the frame goes out in one piece, if the socket takes it. */
static enum rmq_error write_some(struct mb_ha_link *s, size_t *n)
{
	struct iovec iov[2];
	struct rmqi_cursor bytes = {0};
	int count = 0;

	if (s->head_sent < MB_HA_HEAD_SIZE)
		iov[count++] = (struct iovec){s->head + s->head_sent,
					      MB_HA_HEAD_SIZE - s->head_sent};
	if (s->body_left > 0) {
		if (!mb_store_bytes(s->master->config.store, s->next, &bytes) ||
		    bytes.len < s->body_left)
			return RMQ_ERR_NOT_FOUND;
		iov[count++] = (struct iovec){(void *)(uintptr_t)bytes.ptr, s->body_left};
	}
	return s->stream->ops->writev(s->stream, iov, count, n);
}

static void wrote(struct mb_ha_link *s, size_t n)
{
	size_t head = MB_HA_HEAD_SIZE - s->head_sent;

	if (head > n)
		head = n;
	s->head_sent += head;
	n -= head;
	s->body_left -= n;
	s->next += (int64_t)n;
	s->wrote_us = now_us(s->master);
	mb_ha_rate_add(&s->rate, s->wrote_us, n);
}

static void want(struct mb_ha_link *s, bool write)
{
	if (s->wants_write == write)
		return;
	s->wants_write = write;
	if (s->stream->ops->want(s->stream, true, write) != RMQ_OK)
		lost(s, "it is lost");
}

/* Expiry did not wait for it. */
static bool is_left_behind(const struct mb_ha_link *s)
{
	return s->next < mb_store_min_physical_offset(s->master->config.store);
}

/* Until there is no more, the socket is full, or others want a turn. */
static void push(struct mb_ha_link *s)
{
	size_t done = 0, n;
	enum rmq_error err = RMQ_OK;

	if (!s->has_reported || s->is_over)
		return;
	while (err == RMQ_OK && done < AT_ONCE && (has_frame(s) || next_frame(s))) {
		n = 0;
		err = write_some(s, &n);
		if (err == RMQ_OK)
			wrote(s, n);
		done += n;
	}
	if (err == RMQ_ERR_NOT_FOUND || is_left_behind(s))
		end(s, RMQ_LOG_WARN, "it is so far behind that what it needs is gone");
	else if (err != RMQ_OK && err != RMQ_AGAIN)
		lost(s, "it cannot be written to");
	else
		want(s, err == RMQ_AGAIN || done >= AT_ONCE);
}

static void run_push(struct rmqi_task *task)
{
	struct mb_ha_master *m = RMQI_CONTAINER(task, struct mb_ha_master, push);

	RMQI_LIST_EACH(node, &m->slaves) {
		struct mb_ha_link *s = RMQI_LIST_ITEM(node, struct mb_ha_link, link);

		if (!s->wants_write)
			push(s);
	}
}

static void log_grew(struct mb_arrival_listener *l, const struct mb_arrival *a)
{
	struct mb_ha_master *m = RMQI_CONTAINER(l, struct mb_ha_master, arrivals);

	(void)a;
	if (!m->listener)
		return;
	if (m->config.is_old)
		set_slaves(m);
	if (m->slave_count > 0)
		rmqi_loop_defer(m->config.loop, &m->push);
}

/* --- Receiving -------------------------------------------------------------------------------- */

/* Where a slave begins that says this first. */
static void begin(struct mb_ha_link *s, int64_t offset)
{
	const struct mb_store *store = s->master->config.store;
	int64_t min = mb_store_min_physical_offset(store);
	int64_t max = mb_store_max_physical_offset(store);
	char why[160];

	if (offset != 0 && (offset < min || offset > max)) {
		snprintf(why, sizeof(why),
			 "its log ends at %" PRId64 ", which is %s ours (%" PRId64 " to %" PRId64
			 "): refused",
			 offset, offset > max ? "beyond" : "before", min, max);
		end(s, RMQ_LOG_ERROR, why);
		return;
	}
	s->has_reported = true;
	s->first = s->acked = offset;
	s->next = offset != 0 ? offset : min;
	s->head_sent = MB_HA_HEAD_SIZE;
	RMQI_LOG(s->master->config.log, RMQ_LOG_INFO, "slave %s: fed from %" PRId64, s->peer,
		 s->next);
}

static void report(struct mb_ha_link *s, int64_t offset)
{
	char why[160];

	if (!s->has_reported) {
		begin(s, offset);
		return;
	}
	/* One that was empty says 0 until it has the first bytes. */
	if (offset < s->acked || offset > s->next) {
		snprintf(why, sizeof(why),
			 "it says that it has %" PRId64 ", after %" PRId64 ", and was sent %" PRId64
			 ": refused",
			 offset, s->acked, s->next);
		end(s, RMQ_LOG_ERROR, why);
		return;
	}
	take_ack(s, offset);
}

static void on_readable(struct mb_ha_link *s)
{
	size_t n = 0;
	enum rmq_error err = RMQ_OK;

	while (err == RMQ_OK && !s->is_over) {
		err = s->stream->ops->read(s->stream, s->in + s->in_len, sizeof(s->in) - s->in_len,
					   &n);
		if (err != RMQ_OK)
			break;
		if (n == 0) {
			end(s, RMQ_LOG_INFO, "it has gone");
			return;
		}
		s->read_us = now_us(s->master);
		s->in_len += n;
		if (s->in_len < sizeof(s->in))
			continue;
		s->in_len = 0;
		report(s, mb_get_i64(s->in));
	}
	if (err != RMQ_OK && err != RMQ_AGAIN)
		lost(s, "it is lost");
	else
		push(s);
}

static void on_event(struct rmqi_stream *stream, enum rmqi_stream_event event)
{
	struct mb_ha_link *s = stream->arg;

	if (s->is_over)
		return;
	if (event == RMQI_STREAM_READABLE)
		on_readable(s);
	else if (event == RMQI_STREAM_WRITABLE)
		push(s);
	else if (event == RMQI_STREAM_FAILED)
		lost(s, "it is lost");
}

/* --- Time -------------------------------------------------------------------------------------- */

static void on_beat(struct rmqi_timer *t)
{
	struct mb_ha_link *s = RMQI_CONTAINER(t, struct mb_ha_link, beat);
	int64_t interval_us = s->master->config.heartbeat_ms * 1000;
	int64_t now = now_us(s->master);
	bool is_due = now - s->wrote_us >= interval_us;

	if (is_due && s->has_reported && !has_frame(s)) {
		begin_frame(s, 0);
		push(s);
	}
	rmqi_timer_start(t, (is_due ? now : s->wrote_us) + interval_us);
}

static void on_house(struct rmqi_timer *t)
{
	struct mb_ha_link *s = RMQI_CONTAINER(t, struct mb_ha_link, house);
	int64_t due_us = s->read_us + s->master->config.housekeeping_ms * 1000;

	if (now_us(s->master) >= due_us)
		end(s, RMQ_LOG_WARN, "it has been silent for haHousekeepingInterval");
	else
		rmqi_timer_start(t, due_us);
}

/* --- Arriving ----------------------------------------------------------------------------------- */

/* NULL: no memory. */
static struct mb_ha_link *link_new(struct mb_ha_master *m, struct rmqi_stream *stream)
{
	struct mb_ha_link *s = rmqi_calloc(1, sizeof(*s));
	struct rmqi_timers *timers = rmqi_loop_timers(m->config.loop);

	if (!s || rmqi_timer_init(&s->beat, timers, on_beat) != RMQ_OK ||
	    rmqi_timer_init(&s->house, timers, on_house) != RMQ_OK) {
		if (s)
			rmqi_timer_deinit(&s->beat);
		rmqi_free(s);
		return NULL;
	}
	s->master = m;
	s->stream = stream;
	s->close.run = run_close;
	s->read_us = s->wrote_us = now_us(m);
	rmqi_host_text(&stream->peer, s->peer, sizeof(s->peer));
	rmqi_list_init(&s->link);
	rmqi_list_push(&m->slaves, &s->link);
	m->slave_count++;
	return s;
}

static void on_stream(void *arg, struct rmqi_stream *stream)
{
	struct mb_ha_master *m = arg;
	struct mb_ha_link *s = m->slave_count < MB_HA_SLAVES_MAX ? link_new(m, stream) : NULL;

	if (!s) {
		RMQI_LOG(m->config.log, RMQ_LOG_WARN, "one more slave is refused, there are %zu",
			 m->slave_count);
		stream->ops->close(stream);
		return;
	}
	stream->fn = on_event;
	stream->arg = s;
	rmqi_timer_start_ms(&s->beat, m->config.heartbeat_ms);
	rmqi_timer_start_ms(&s->house, m->config.housekeeping_ms);
	set_slaves(m);
	if (stream->ops->want(stream, true, false) != RMQ_OK)
		lost(s, "it is lost");
}

enum rmq_error mb_ha_master_init(struct mb_ha_master *m, const struct mb_ha_master_config *config,
				 struct rmq_error_detail *detail)
{
	const struct rmqi_listener_config listener = {
		.loop = config->loop,
		.log = config->log,
		.host = config->host,
		.port = config->port,
		.on_stream = on_stream,
		.arg = m,
	};

	*m = (struct mb_ha_master){.config = *config};
	m->config.host = NULL;
	rmqi_list_init(&m->slaves);
	m->push.run = run_push;
	m->arrivals.arrived = log_grew;
	mb_store_listen(config->store, &m->arrivals);
	set_slaves(m);
	return rmqi_listener_new(&listener, &m->listener, detail);
}

void mb_ha_master_deinit(struct mb_ha_master *m)
{
	if (!m->config.loop)
		return;
	rmqi_listener_free(m->listener);
	m->listener = NULL;
	rmqi_loop_undefer(m->config.loop, &m->push);
	RMQI_LIST_EACH(node, &m->slaves)
		link_free(RMQI_LIST_ITEM(node, struct mb_ha_link, link));
}

const char *mb_ha_master_address(const struct mb_ha_master *m)
{
	return m->listener ? rmqi_listener_address(m->listener) : "";
}
