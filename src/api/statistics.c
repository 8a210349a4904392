/* SPDX-License-Identifier: Apache-2.0 */
#include "client/statistics.h"

#include <rocketmq/statistics.h>

#include "api/entry_checks.h"
#include "base/mem.h"
#include "client/openmetrics.h"
#include "consumer/lite_pull_consumer.h"
#include "consumer/pull_consumer.h"
#include "consumer/push_consumer.h"
#include "consumer/simple_consumer.h"
#include "consumer/statistics.h"
#include "producer/producer.h"
#include "producer/statistics.h"

enum rmq_error rmq_producer_statistics(rmq_producer *p, char **json, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_producer(&entry, p) && rmqi_entry_has(&entry, "json", json))
		entry.error = rmqi_producer_statistics(p, json, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error of_member(const char *function, struct rmqi_member *m, char **json,
				rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (rmqi_entry_has_member(&entry, m) && rmqi_entry_has(&entry, "json", json))
		entry.error = rmqi_consumer_statistics(m, json, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_statistics(rmq_push_consumer *c, char **json,
					    rmq_error_detail **detail)
{
	return of_member(__func__, c ? &c->member : NULL, json, detail);
}

enum rmq_error rmq_lite_pull_consumer_statistics(rmq_lite_pull_consumer *c, char **json,
						 rmq_error_detail **detail)
{
	return of_member(__func__, c ? &c->member : NULL, json, detail);
}

enum rmq_error rmq_pull_consumer_statistics(rmq_pull_consumer *c, char **json,
					    rmq_error_detail **detail)
{
	return of_member(__func__, c ? &c->member : NULL, json, detail);
}

enum rmq_error rmq_simple_consumer_statistics(rmq_simple_consumer *c, char **json,
					      rmq_error_detail **detail)
{
	return of_member(__func__, c ? &c->member : NULL, json, detail);
}

static enum rmq_error to_openmetrics(const char *const *statistics, size_t count, char **text,
				     struct rmq_error_detail *d)
{
	struct rmqi_buf out;
	enum rmq_error err;
	char *copy = NULL;

	rmqi_buf_init(&out, RMQI_STATISTICS_MAX);
	err = rmqi_openmetrics_write(statistics, count, &out, d);
	if (err == RMQ_OK) {
		copy = rmqi_str_dup(rmqi_cursor_str(rmqi_buf_cursor(&out)));
		if (!copy)
			err = rmqi_detail_set(d, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	}
	rmqi_buf_deinit(&out);
	if (err == RMQ_OK)
		*text = copy;
	return err;
}

static bool is_positive(struct rmqi_entry *entry, size_t count)
{
	return count > 0 ||
	       rmqi_entry_refuse(entry, "%s: count is 0, allowed are 1 and more", entry->function);
}

enum rmq_error rmq_statistics_to_openmetrics(const char *const *statistics, size_t count,
					     char **text, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "statistics", statistics) &&
	    rmqi_entry_has(&entry, "text", text) && is_positive(&entry, count))
		entry.error = to_openmetrics(statistics, count, text, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_statistics_free(char *text)
{
	rmqi_free(text);
}
