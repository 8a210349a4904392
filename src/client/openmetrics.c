/* SPDX-License-Identifier: Apache-2.0 */
#include "client/openmetrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/openmetrics_families.h"
#include "client/statistics.h"
#include "codec/json.h"

struct writer {
	struct rmqi_buf *out;
	struct rmqi_json **clients; /* one each */
	size_t count;
};

/* --- Text ------------------------------------------------------------------------------------- */

static void add_escaped(struct rmqi_buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			rmqi_buf_add_text(out, "\\n");
		else if (*text == '"' || *text == '\\')
			rmqi_buf_addf(out, "\\%c", *text);
		else
			rmqi_buf_add(out, text, 1);
	}
}

static void add_label(struct rmqi_buf *out, const char *name, const char *value)
{
	rmqi_buf_addf(out, "%s=\"", name);
	add_escaped(out, value);
	rmqi_buf_add_text(out, "\"");
}

static void describe(struct writer *w, const struct rmqi_family *f, const char *type)
{
	rmqi_buf_addf(w->out, "# TYPE %s %s\n", f->name, type);
	if (f->unit[0])
		rmqi_buf_addf(w->out, "# UNIT %s %s\n", f->name, f->unit);
	rmqi_buf_addf(w->out, "# HELP %s %s\n", f->name, f->help);
}

static void add_label_of(struct writer *w, const struct rmqi_family_label *label,
			 const struct rmqi_json *object)
{
	const struct rmqi_json *value = rmqi_json_get(object, label->member);
	char number[24];

	rmqi_buf_add_text(w->out, ",");
	snprintf(number, sizeof(number), "%" PRId64, rmqi_json_i64(object, label->member, 0));
	add_label(w->out, label->name,
		  rmqi_json_is(value, RMQI_JSON_INTEGER)
			  ? number
			  : rmqi_json_str(object, label->member, ""));
}

/* One line up to its value: name, suffix and labels. `last` NULL: there is no further one. */
static void begin_sample(struct writer *w, const char *name, const char *suffix,
			 const struct rmqi_families *all, const struct rmqi_json *client,
			 const struct rmqi_json *object, const char *last, const char *last_value)
{
	rmqi_buf_addf(w->out, "%s%s{", name, suffix);
	add_label(w->out, "client_id", rmqi_json_str(client, "clientId", ""));
	rmqi_buf_add_text(w->out, ",");
	add_label(w->out, "group", rmqi_json_str(client, "group", ""));
	for (size_t i = 0; all->labels && all->labels[i].name; i++)
		add_label_of(w, &all->labels[i], object);
	if (last) {
		rmqi_buf_add_text(w->out, ",");
		add_label(w->out, last, last_value);
	}
	rmqi_buf_add_text(w->out, "} ");
}

/* --- Families --------------------------------------------------------------------------------- */

static void write_number(struct writer *w, const struct rmqi_families *all,
			 const struct rmqi_family *f, const char *suffix,
			 const struct rmqi_json *client, const struct rmqi_json *object)
{
	int64_t value = rmqi_json_i64(object, f->member, 0);

	/* Not known. */
	if (value < 0)
		return;
	begin_sample(w, f->name, suffix, all, client, object, NULL, NULL);
	rmqi_buf_addf(w->out, "%" PRId64 "\n", value);
}

static void write_numbers(struct writer *w, const struct rmqi_families *all,
			  const struct rmqi_family *f, const char *suffix,
			  const struct rmqi_json *client, const struct rmqi_json *object)
{
	const struct rmqi_json *counts = rmqi_json_get(object, f->member);

	if (!f->by) {
		write_number(w, all, f, suffix, client, object);
		return;
	}
	RMQI_JSON_EACH(at, counts) {
		begin_sample(w, f->name, suffix, all, client, object, f->by, at->name);
		rmqi_buf_addf(w->out, "%" PRId64 "\n", rmqi_json_i64(counts, at->name, 0));
	}
}

static int64_t number(const struct rmqi_json *value)
{
	return rmqi_json_is(value, RMQI_JSON_INTEGER) ? value->integer : 0;
}

/* Not by %f or %g: those write the decimal point of the program's locale. */
static void write_seconds(int64_t us, char *out, size_t size)
{
	snprintf(out, size, "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
}

static void write_bucket(struct writer *w, const struct rmqi_families *all,
			 const struct rmqi_family *f, const struct rmqi_json *client,
			 const struct rmqi_json *object, const char *end, int64_t count)
{
	begin_sample(w, f->name, "_bucket", all, client, object, "le", end);
	rmqi_buf_addf(w->out, "%" PRId64 "\n", count);
}

static void write_histogram(struct writer *w, const struct rmqi_families *all,
			    const struct rmqi_family *f, const struct rmqi_json *client,
			    const struct rmqi_json *object)
{
	const struct rmqi_json *latency = rmqi_json_get(object, f->member);
	int64_t count = rmqi_json_i64(latency, "count", 0);
	char end[32];

	RMQI_JSON_EACH(pair, rmqi_json_get(latency, "below")) {
		const struct rmqi_json *first = rmqi_json_first(pair);

		write_seconds(number(first), end, sizeof(end));
		write_bucket(w, all, f, client, object, end, number(first ? first->next : NULL));
	}
	write_bucket(w, all, f, client, object, "+Inf", count);
	begin_sample(w, f->name, "_count", all, client, object, NULL, NULL);
	rmqi_buf_addf(w->out, "%" PRId64 "\n", count);
	begin_sample(w, f->name, "_sum", all, client, object, NULL, NULL);
	write_seconds(rmqi_json_i64(latency, "sum", 0), end, sizeof(end));
	rmqi_buf_addf(w->out, "%s\n", end);
}

/* Of a number in ms. */
static void write_time(struct writer *w, const struct rmqi_families *all,
		       const struct rmqi_family *f, const struct rmqi_json *client,
		       const struct rmqi_json *object)
{
	char text[32];

	write_seconds(rmqi_json_i64(object, f->member, 0) * 1000, text, sizeof(text));
	begin_sample(w, f->name, "", all, client, object, NULL, NULL);
	rmqi_buf_addf(w->out, "%s\n", text);
}

static void write_object(struct writer *w, const struct rmqi_families *all,
			 const struct rmqi_family *f, const struct rmqi_json *client,
			 const struct rmqi_json *object)
{
	switch (f->type) {
	case RMQI_FAMILY_COUNTER:
		write_numbers(w, all, f, "_total", client, object);
		break;
	case RMQI_FAMILY_GAUGE:
		write_numbers(w, all, f, "", client, object);
		break;
	case RMQI_FAMILY_TIME:
		write_time(w, all, f, client, object);
		break;
	case RMQI_FAMILY_HISTOGRAM:
		write_histogram(w, all, f, client, object);
		break;
	}
}

static bool is_producer(const struct rmqi_json *client)
{
	return strcmp(rmqi_json_str(client, "kind", ""), "producer") == 0;
}

static bool is_of(const struct rmqi_families *all, const struct rmqi_json *client)
{
	return is_producer(client) == !all->of_consumers && rmqi_json_get(client, all->list);
}

static void write_samples(struct writer *w, const struct rmqi_families *all,
			  const struct rmqi_family *f, const struct rmqi_json *client)
{
	const struct rmqi_json *list = rmqi_json_get(client, all->list);

	if (!is_of(all, client))
		return;
	if (!all->labels) {
		write_object(w, all, f, client, list);
		return;
	}
	RMQI_JSON_EACH(object, list)
		write_object(w, all, f, client, object);
}

static bool is_needed(const struct writer *w, const struct rmqi_families *all)
{
	for (size_t i = 0; i < w->count; i++)
		if (is_of(all, w->clients[i]))
			return true;
	return false;
}

static void write_families(struct writer *w, const struct rmqi_families *all)
{
	static const char *const types[] = {[RMQI_FAMILY_COUNTER] = "counter",
					    [RMQI_FAMILY_GAUGE] = "gauge",
					    [RMQI_FAMILY_TIME] = "gauge",
					    [RMQI_FAMILY_HISTOGRAM] = "histogram"};

	if (!is_needed(w, all))
		return;
	for (size_t i = 0; i < all->count; i++) {
		describe(w, &all->list_of[i], types[all->list_of[i].type]);
		for (size_t j = 0; j < w->count; j++)
			write_samples(w, all, &all->list_of[i], w->clients[j]);
	}
}

/* --- Clients ---------------------------------------------------------------------------------- */

static bool is_same(const struct rmqi_json *a, const struct rmqi_json *b, const char *member)
{
	return strcmp(rmqi_json_str(a, member, ""), rmqi_json_str(b, member, "")) == 0;
}

/* Two of one client would be two samples of one name, which no reader takes. Producers and consumers have no
 * name in common. */
static bool is_twice(const struct writer *w, size_t last)
{
	for (size_t i = 0; i < last; i++)
		if (is_same(w->clients[i], w->clients[last], "clientId") &&
		    is_same(w->clients[i], w->clients[last], "group") &&
		    is_producer(w->clients[i]) == is_producer(w->clients[last]))
			return true;
	return false;
}

static enum rmq_error refuse(size_t index, const char *why, struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
			       "statistics %zu %s", index, why);
}

static bool is_kind(const char *kind)
{
	static const char *const kinds[] = {"producer", "push_consumer", "lite_pull_consumer",
					    "pull_consumer", "simple_consumer"};

	for (size_t i = 0; i < RMQI_COUNT(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static enum rmq_error read_client(struct writer *w, size_t index, const char *text,
				  struct rmq_error_detail *detail)
{
	enum rmq_error err;

	if (!text)
		return refuse(index, "is NULL", detail);
	err = rmqi_json_parse(rmqi_cursor(text, strlen(text)), &w->clients[index]);
	if (err == RMQ_ERR_NO_MEMORY)
		return rmqi_detail_set(detail, err, 0, "out of memory");
	if (err != RMQ_OK)
		return refuse(index, "is no JSON", detail);
	if (rmqi_json_i64(w->clients[index], "schema", 0) != RMQI_STATISTICS_SCHEMA ||
	    !is_kind(rmqi_json_str(w->clients[index], "kind", "")))
		return refuse(index,
			      "is not a text of rmq_producer_statistics, or of a consumer, of "
			      "this release",
			      detail);
	if (is_twice(w, index))
		return refuse(index, "is of a client that another one is of, too", detail);
	return RMQ_OK;
}

enum rmq_error rmqi_openmetrics_write(const char *const *statistics, size_t count,
				      struct rmqi_buf *out, struct rmq_error_detail *detail)
{
	struct writer w = {.out = out, .count = count};
	enum rmq_error err = RMQ_OK;

	w.clients = rmqi_calloc(count, sizeof(*w.clients));
	if (!w.clients)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < count && err == RMQ_OK; i++)
		err = read_client(&w, i, statistics[i], detail);
	if (err == RMQ_OK) {
		for (size_t i = 0; i < rmqi_families_count; i++)
			write_families(&w, rmqi_families[i]);
		rmqi_buf_add_text(out, "# EOF\n");
		err = rmqi_buf_status(out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "the text: %s", rmq_error_text(err));
	}
	for (size_t i = 0; i < count; i++)
		rmqi_json_free(w.clients[i]);
	rmqi_free(w.clients);
	return err;
}
