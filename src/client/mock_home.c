/* SPDX-License-Identifier: Apache-2.0 */
#include "client/mock_home.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/thread.h"

/* As <rocketmq/mock.h> declares them, which this library does not know. */
#define WEAK __attribute__((weak))
struct rmq_mock_options;
struct rmq_mock_cluster;
extern struct rmq_mock_options *rmq_mock_options_new(void) WEAK;
extern enum rmq_error rmq_mock_options_set(struct rmq_mock_options *o, const char *key,
					   const char *value, rmq_error_detail **detail) WEAK;
extern void rmq_mock_options_free(struct rmq_mock_options *o) WEAK;
extern enum rmq_error rmq_mock_cluster_new(const struct rmq_mock_options *o,
					   struct rmq_mock_cluster **out,
					   rmq_error_detail **detail) WEAK;
extern const char *rmq_mock_cluster_namesrv(const struct rmq_mock_cluster *c) WEAK;
extern void rmq_mock_cluster_free(struct rmq_mock_cluster *c) WEAK;

struct rmqi_mock_home {
	atomic_uint refs;
	struct rmqi_mutex mu;
	struct rmq_mock_cluster *cluster; /* mu; NULL: not started */
};

struct rmqi_mock_home *rmqi_mock_home_new(void)
{
	struct rmqi_mock_home *h = rmqi_calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	atomic_init(&h->refs, 1);
	rmqi_mutex_init(&h->mu);
	return h;
}

struct rmqi_mock_home *rmqi_mock_home_ref(struct rmqi_mock_home *h)
{
	if (h)
		(void)atomic_fetch_add(&h->refs, 1);
	return h;
}

void rmqi_mock_home_unref(struct rmqi_mock_home *h)
{
	if (!h || atomic_fetch_sub(&h->refs, 1) != 1)
		return;
	if (h->cluster)
		rmq_mock_cluster_free(h->cluster);
	rmqi_mutex_deinit(&h->mu);
	rmqi_free(h);
}

static enum rmq_error start(struct rmq_mock_options *o, int brokers, struct rmq_mock_cluster **out,
			    struct rmq_error_detail *detail)
{
	struct rmq_error_detail *cause = NULL;
	enum rmq_error err;
	char count[16];

	snprintf(count, sizeof(count), "%d", brokers);
	err = rmq_mock_options_set(o, "brokers", count, &cause);
	if (err == RMQ_OK)
		err = rmq_mock_cluster_new(o, out, &cause);
	if (err != RMQ_OK)
		(void)rmqi_detail_set(detail, err, rmq_error_detail_flags(cause),
				      "mockBrokers: the cluster does not start: %s",
				      rmq_error_detail_message(cause));
	rmq_error_detail_free(cause);
	return err;
}

static enum rmq_error start_once(struct rmqi_mock_home *h, int brokers,
				 struct rmq_error_detail *detail)
{
	struct rmq_mock_options *o;
	enum rmq_error err;

	if (h->cluster)
		return RMQ_OK;
	o = rmq_mock_options_new();
	err = o ? start(o, brokers, &h->cluster, detail) : RMQ_ERR_NO_MEMORY;
	rmq_mock_options_free(o);
	return err;
}

static bool has_library(void)
{
	return rmq_mock_options_new && rmq_mock_options_set && rmq_mock_options_free &&
	       rmq_mock_cluster_new && rmq_mock_cluster_namesrv && rmq_mock_cluster_free;
}

enum rmq_error rmqi_mock_home_open(struct rmqi_mock_home *h, int brokers, const char **namesrvs,
				   struct rmq_error_detail *detail)
{
	enum rmq_error err;

	if (!has_library())
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "mockBrokers=%d needs librocketmq-c-mock, which is not in this "
				       "program: link it (-Wl,--no-as-needed), or preload it",
				       brokers);
	rmqi_mutex_lock(&h->mu);
	err = start_once(h, brokers, detail);
	rmqi_mutex_unlock(&h->mu);
	if (err == RMQ_OK)
		*namesrvs = rmq_mock_cluster_namesrv(h->cluster);
	return err;
}
