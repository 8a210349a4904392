/* SPDX-License-Identifier: Apache-2.0 */
#include "client/statistics.h"

#include <stdio.h>

#include "base/mem.h"
#include "client/client_impl.h"

#define LOAD(place) atomic_load_explicit(&(place), memory_order_relaxed)

static const char *const weak_names[RMQI_TALLY_WEAK] = {"FLUSH_DISK_TIMEOUT", "FLUSH_SLAVE_TIMEOUT",
							"SLAVE_NOT_AVAILABLE"};

/* One or more tallies, as they were read. */
struct sums {
	uint64_t began, handed_over, retries, failed, messages, body_bytes, other_codes;
	uint64_t weak[RMQI_TALLY_WEAK];
	uint64_t errors[RMQI_TALLY_ERRORS];
	struct rmqi_histogram_view stored_us;
	/* Of one tally only: codes of several do not fit. */
	uint64_t code_count;
	int32_t codes[RMQI_TALLY_CODES];
	uint64_t refusals[RMQI_TALLY_CODES];
};

static void read_part(const struct rmqi_tally_part *part, struct sums *s)
{
	rmqi_histogram_read(&part->stored_us, &s->stored_us);
	s->messages += LOAD(part->messages);
	s->body_bytes += LOAD(part->body_bytes);
}

static void read_codes(const struct rmqi_tally *t, struct sums *s)
{
	for (size_t i = 0; i < RMQI_TALLY_CODES && LOAD(t->codes[i].key) != 0; i++) {
		s->codes[s->code_count] = (int32_t)(LOAD(t->codes[i].key) - ((int64_t)1 << 32));
		s->refusals[s->code_count++] = LOAD(t->codes[i].count);
	}
	s->other_codes += LOAD(t->other_codes);
}

/* Ends before beginnings, so that what begins in between is in flight; in_flight() allows for the rest. No fence:
 * the thread sanitizer knows none. */
static void read_tally(const struct rmqi_tally *t, struct sums *s)
{
	read_part(&t->loop, s);
	read_part(&t->elsewhere, s);
	s->handed_over += atomic_load_explicit(&t->handed_over, memory_order_acquire);
	s->failed += atomic_load_explicit(&t->failed, memory_order_acquire);
	s->began += LOAD(t->loop.began) + LOAD(t->elsewhere.began);
	s->retries += LOAD(t->retries);
	for (size_t i = 0; i < RMQI_TALLY_WEAK; i++)
		s->weak[i] += LOAD(t->weak[i]);
	for (size_t i = 0; i < RMQI_TALLY_ERRORS; i++)
		s->errors[i] += LOAD(t->errors[i]);
}

static void sum_up(const struct sums *from, struct sums *to)
{
	to->began += from->began;
	to->handed_over += from->handed_over;
	to->retries += from->retries;
	to->failed += from->failed;
	to->messages += from->messages;
	to->body_bytes += from->body_bytes;
	for (size_t i = 0; i < RMQI_TALLY_ERRORS; i++)
		to->errors[i] += from->errors[i];
	rmqi_histogram_merge(&from->stored_us, &to->stored_us);
}

static uint64_t in_flight(const struct sums *s)
{
	uint64_t ended = s->stored_us.count + s->handed_over + s->failed;

	return s->began > ended ? s->began - ended : 0;
}

static void write_count(struct rmqi_jw *w, const char *name, uint64_t value)
{
	rmqi_jw_member_i64(w, name, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

/* Those that are not 0. */
static void write_errors(struct rmqi_jw *w, const struct sums *s)
{
	rmqi_jw_name(w, "errors");
	rmqi_jw_open(w, '{');
	for (int i = 0; i < RMQI_TALLY_ERRORS; i++)
		if (s->errors[i] > 0 && rmqi_error_name(i))
			write_count(w, rmqi_error_name(i), s->errors[i]);
	rmqi_jw_close(w, '}');
}

static void write_codes(struct rmqi_jw *w, const struct sums *s)
{
	char name[16];

	rmqi_jw_name(w, "brokerCodes");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < s->code_count; i++) {
		snprintf(name, sizeof(name), "%d", (int)s->codes[i]);
		write_count(w, name, s->refusals[i]);
	}
	if (s->other_codes > 0)
		write_count(w, "other", s->other_codes);
	rmqi_jw_close(w, '}');
}

static void write_weak(struct rmqi_jw *w, const struct sums *s)
{
	rmqi_jw_name(w, "weaklyStored");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < RMQI_TALLY_WEAK; i++)
		if (s->weak[i] > 0)
			write_count(w, weak_names[i], s->weak[i]);
	rmqi_jw_close(w, '}');
}

/* [[end of the bucket in us, how many are below], ..]: cumulative, as OpenMetrics wants them. */
static void write_buckets(struct rmqi_jw *w, const struct rmqi_histogram_view *v)
{
	rmqi_jw_name(w, "below");
	rmqi_jw_open(w, '[');
	for (unsigned bits = RMQI_STATISTICS_FIRST; bits <= RMQI_STATISTICS_LAST; bits++) {
		rmqi_jw_open(w, '[');
		rmqi_jw_i64(w, (int64_t)1 << bits);
		rmqi_jw_i64(w, (int64_t)rmqi_histogram_below(v, bits));
		rmqi_jw_close(w, ']');
	}
	rmqi_jw_close(w, ']');
}

void rmqi_statistics_histogram(struct rmqi_jw *w, const char *name,
			       const struct rmqi_histogram_view *v)
{
	static const struct {
		const char *name;
		unsigned per_mille;
	} cuts[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}};

	rmqi_jw_name(w, name);
	rmqi_jw_open(w, '{');
	write_count(w, "count", v->count);
	write_count(w, "sum", v->sum);
	for (size_t i = 0; i < RMQI_COUNT(cuts); i++)
		write_count(w, cuts[i].name, rmqi_histogram_percentile(v, cuts[i].per_mille));
	write_count(w, "max", v->max);
	write_buckets(w, v);
	rmqi_jw_close(w, '}');
}

void rmqi_statistics_latency(struct rmqi_jw *w, const struct rmqi_histogram_view *v)
{
	rmqi_statistics_histogram(w, "latencyUs", v);
}

static void write_sums(struct rmqi_jw *w, const struct sums *s)
{
	write_count(w, "began", s->began);
	write_count(w, "inFlight", in_flight(s));
	write_count(w, "stored", s->stored_us.count);
	write_count(w, "handedOver", s->handed_over);
	write_count(w, "failed", s->failed);
	write_count(w, "retries", s->retries);
	write_count(w, "messages", s->messages);
	write_count(w, "bodyBytes", s->body_bytes);
	write_errors(w, s);
	rmqi_statistics_latency(w, &s->stored_us);
}

static void write_tally(struct rmqi_jw *w, const struct rmqi_tally *t, bool is_broker,
			struct sums *total)
{
	struct sums s = {0};

	read_tally(t, &s);
	read_codes(t, &s);
	rmqi_jw_open(w, '{');
	rmqi_jw_name(w, "name");
	rmqi_jw_str(w, rmqi_str(t->name));
	write_sums(w, &s);
	write_codes(w, &s);
	if (is_broker)
		write_weak(w, &s);
	rmqi_jw_close(w, '}');
	if (total)
		sum_up(&s, total);
}

/* The list of now. Tallies live as long as the client, so that they are read without the mutex. */
static size_t list_tallies(struct rmqi_tallies *t, bool is_broker, const struct rmqi_tally **out)
{
	const struct rmqi_map *map = is_broker ? &t->brokers : &t->topics;
	const struct rmqi_tally *other;
	size_t count = 0;

	rmqi_mutex_lock(&t->mu);
	for (; count < map->count; count++)
		out[count] = rmqi_map_at(map, count, NULL);
	other = is_broker ? t->other_brokers : t->other_topics;
	if (other)
		out[count++] = other;
	rmqi_mutex_unlock(&t->mu);
	return count;
}

static void write_list(struct rmqi_client *c, struct rmqi_jw *w, bool is_broker, struct sums *total)
{
	const struct rmqi_tally *list[RMQI_TALLY_TOPICS + 1];
	size_t count = list_tallies(&c->tallies, is_broker, list);

	rmqi_jw_name(w, is_broker ? "brokers" : "topics");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < count; i++)
		write_tally(w, list[i], is_broker, total);
	rmqi_jw_close(w, ']');
}

void rmqi_statistics_head(struct rmqi_client *c, const char *kind, const char *group,
			  struct rmqi_jw *w)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "schema", RMQI_STATISTICS_SCHEMA);
	rmqi_jw_member_str(w, "kind", kind);
	rmqi_jw_member_str(w, "group", group);
	rmqi_jw_member_str(w, "clientId", c->id);
	rmqi_jw_member_i64(w, "sinceMs", c->made_ms);
	rmqi_jw_member_i64(w, "timeMs", rmqi_clock_wall_ms(c->env->clock));
}

void rmqi_statistics_begin(struct rmqi_client *c, const char *kind, const char *group,
			   struct rmqi_jw *w)
{
	struct sums total = {0};

	rmqi_statistics_head(c, kind, group, w);
	write_list(c, w, false, &total);
	write_list(c, w, true, NULL);
	rmqi_jw_name(w, "total");
	rmqi_jw_open(w, '{');
	write_sums(w, &total);
	rmqi_jw_close(w, '}');
}

enum rmq_error rmqi_statistics_end(struct rmqi_jw *w, char **out)
{
	enum rmq_error err;
	char *text = NULL;

	rmqi_jw_close(w, '}');
	err = rmqi_buf_status(w->out);
	if (err == RMQ_OK) {
		text = rmqi_str_dup(rmqi_cursor_str(rmqi_buf_cursor(w->out)));
		err = text ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK)
		*out = text;
	rmqi_buf_deinit(w->out);
	return err;
}
