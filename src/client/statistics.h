/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statistics.h - what a client has counted, as JSON (doc/reference/statistics.md,
 * doc/statistics.schema.json).
 *
 *     {"schema":1, "kind":"producer", "group":.., "clientId":.., "sinceMs":.., "timeMs":..,
 *      "total":{..}, "topics":[{"name":..,..}], "brokers":[{"name":..,..}], ..}
 *
 * An owner writes its own members behind these and closes the object. Each number is as it was at
 * some time while it was written; what is in flight is never negative.
 *
 * Thread: any.
 */
#ifndef RMQI_CLIENT_STATISTICS_H
#define RMQI_CLIENT_STATISTICS_H

#include "base/buf.h"
#include "base/histogram.h"
#include "client/client.h"
#include "codec/json.h"

enum {
	RMQI_STATISTICS_SCHEMA = 1,
	/* Latencies are also told by powers of two: from 2^RMQI_STATISTICS_FIRST us on. */
	RMQI_STATISTICS_FIRST = 6,
	RMQI_STATISTICS_LAST = 24,
	RMQI_STATISTICS_MAX = 16 * 1024 * 1024 /* bytes of a text */
};

/* Opens the object: schema, kind, group, client id, times. */
void rmqi_statistics_head(struct rmqi_client *c, const char *kind, const char *group,
			  struct rmqi_jw *w);
/* The head, and what was sent. `kind`: "producer". */
void rmqi_statistics_begin(struct rmqi_client *c, const char *kind, const char *group,
			   struct rmqi_jw *w);
/* A member: count, sum, percentiles, buckets. */
void rmqi_statistics_histogram(struct rmqi_jw *w, const char *name,
			       const struct rmqi_histogram_view *v);
/* The member "latencyUs": count, sum, percentiles, buckets. */
void rmqi_statistics_latency(struct rmqi_jw *w, const struct rmqi_histogram_view *v);
/* Closes it. *out is owned, ended by NUL. RMQ_ERR_NO_MEMORY, RMQ_ERR_TOO_LARGE. The buffer is empty
 * then. */
enum rmq_error rmqi_statistics_end(struct rmqi_jw *w, char **out) RMQI_MUST_USE;

#endif
