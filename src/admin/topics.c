/* SPDX-License-Identifier: Apache-2.0 */
/* topics.c - which topics there are, and of what kind (TopicListSubCommand.java). */
#include "admin/topics.h"

#include <stdlib.h>
#include <string.h>

#include "admin/asking.h"
#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/names.h"
#include "codec/schema.h"

struct names {
	char **list;
	size_t count;
};

static enum rmq_error read_names(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	struct names *n = arg;

	(void)detail;
	return rmqi_topic_list_decode(answer->body, &n->list, &n->count);
}

static enum rmq_error ask_names(struct rmq_admin *a, const struct rmqi_outgoing *request,
				int64_t deadline_us, struct names *out,
				struct rmq_error_detail *detail)
{
	struct rmqi_namesrv_ask ask = {.request = *request, .read = read_names, .arg = out};

	return rmqi_asking_namesrv(a->client, &ask, deadline_us, detail);
}

/* A name server has an empty list for a cluster that it does not know. */
static enum rmq_error ask_of_cluster(struct rmq_admin *a, const char *cluster, int64_t deadline_us,
				     struct names *out, struct rmq_error_detail *detail)
{
	struct rmqi_h_get_topics_by_cluster h = {.cluster = rmqi_str(cluster)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_TOPICS_BY_CLUSTER,
					.desc = &rmqi_desc_get_topics_by_cluster,
					.header = &h};
	struct rmqi_cluster_info info;
	enum rmq_error err = rmqi_cluster_find(a->client, cluster, deadline_us, &info, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_cluster_info_deinit(&info);
	return ask_names(a, &request, deadline_us, out, detail);
}

static int compare(const void *a, const void *b)
{
	const struct rmq_topic *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* `system`: the names of clusters and brokers, sorted, which are topics, too. */
static enum rmq_topic_kind kind_of(const char *name, const struct names *system)
{
	if (rmqi_topic_is_retry(rmqi_str(name)))
		return RMQ_TOPIC_RETRY;
	if (rmqi_topic_is_dlq(rmqi_str(name)))
		return RMQ_TOPIC_DEAD_LETTER;
	if (rmqi_topic_is_system(rmqi_str(name)) || ends_with(name, "_REPLY_TOPIC") ||
	    (system->count > 0 && bsearch(&name, system->list, system->count,
					  sizeof(*system->list), compare_text)))
		return RMQ_TOPIC_SYSTEM;
	return RMQ_TOPIC_NORMAL;
}

/* Takes over the names of `all`, in any case. */
static struct rmq_topics *topics_of(struct names *all, const struct names *system)
{
	struct rmq_topics *t = rmqi_calloc(1, sizeof(*t));

	if (t && all->count > 0)
		t->list = rmqi_calloc(all->count, sizeof(*t->list));
	if (!t || (all->count > 0 && !t->list)) {
		rmqi_free(t);
		rmqi_strings_free(all->list, all->count);
		return NULL;
	}
	for (; t->count < all->count; t->count++)
		t->list[t->count] = (struct rmq_topic){all->list[t->count],
						       kind_of(all->list[t->count], system)};
	rmqi_free(all->list);
	if (t->count > 0)
		qsort(t->list, t->count, sizeof(*t->list), compare);
	return t;
}

static enum rmq_error ask_both(struct rmq_admin *a, const char *cluster, int64_t deadline_us,
			       struct names *all, struct names *system,
			       struct rmq_error_detail *detail)
{
	static const struct rmqi_outgoing everything = {
		.code = RMQI_REQ_GET_ALL_TOPIC_LIST_FROM_NAMESERVER};
	static const struct rmqi_outgoing of_system = {.code =
							       RMQI_REQ_GET_SYSTEM_TOPIC_LIST_FROM_NS};
	enum rmq_error err = cluster ? ask_of_cluster(a, cluster, deadline_us, all, detail)
				     : ask_names(a, &everything, deadline_us, all, detail);

	if (err != RMQ_OK)
		return err;
	err = ask_names(a, &of_system, deadline_us, system, detail);
	if (err != RMQ_OK)
		rmqi_strings_free(all->list, all->count);
	return err;
}

enum rmq_error rmqi_admin_topics(struct rmq_admin *a, const char *cluster,
				 const struct rmq_admin_options *options, struct rmq_topics **out,
				 struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct names all = {0}, system = {0};
	struct rmq_topics *t;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err == RMQ_OK)
		err = ask_both(a, cluster, deadline_us, &all, &system, detail);
	if (err != RMQ_OK)
		return err;
	if (system.count > 0)
		qsort(system.list, system.count, sizeof(*system.list), compare_text);
	t = topics_of(&all, &system);
	rmqi_strings_free(system.list, system.count);
	if (!t)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	*out = t;
	return RMQ_OK;
}

void rmqi_topics_free(struct rmq_topics *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		rmqi_free(t->list[i].name);
	rmqi_free(t->list);
	rmqi_free(t);
}
