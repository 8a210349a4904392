/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/handle.h"

#include "base/detail.h"
#include "consumer/ready.h"

enum rmq_error rmqi_handle_group(const struct rmq_config *config, const char *group,
				 char name[RMQI_NAMED_MAX], struct rmq_error_detail *detail)
{
	return rmqi_namespace_wrap(rmqi_config_str(config, RMQI_CFG_namespace), "consumerGroup",
				   group, RMQI_GROUP_MAX, name, detail);
}

enum rmq_error rmqi_handle_check(const struct rmqi_member *m, struct rmq_error_detail *detail)
{
	return rmqi_client_check_caller(m->consumer.client, detail);
}

enum rmq_error rmqi_handle_check_running(const struct rmqi_member *m,
					 struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);

	if (err != RMQ_OK || rmqi_life_is_running(&m->life))
		return err;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "the consumer %s",
			       rmqi_life_is_open(&m->life) ? "is not started" : "was closed");
}

enum rmq_error rmqi_handle_topic(const struct rmqi_member *m, const char *topic,
				 char name[RMQI_NAMED_MAX], struct rmq_error_detail *detail)
{
	return rmqi_namespace_wrap(rmqi_client_namespace(m->consumer.client), "topic", topic,
				   RMQI_TOPIC_MAX, name, detail);
}

enum rmq_error rmqi_handle_subscribe(struct rmqi_member *m, const char *topic,
				     enum rmqi_expression kind, const char *expression,
				     struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);
	char name[RMQI_NAMED_MAX];

	if (err == RMQ_OK)
		err = rmqi_handle_topic(m, topic, name, detail);
	return err != RMQ_OK ? err : rmqi_member_subscribe(m, name, kind, expression, detail);
}

enum rmq_error rmqi_handle_unsubscribe(struct rmqi_member *m, const char *topic,
				       struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);
	char name[RMQI_NAMED_MAX];

	if (err == RMQ_OK)
		err = rmqi_handle_topic(m, topic, name, detail);
	return err != RMQ_OK ? err : rmqi_member_unsubscribe(m, name, detail);
}

enum rmq_error rmqi_handle_set_queues_fn(struct rmqi_member *m, rmq_queues_fn fn, void *arg,
					 struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);

	return err != RMQ_OK ? err : rmqi_member_set_queues_fn(m, fn, arg, detail);
}

enum rmq_error rmqi_handle_set_allocate_fn(struct rmqi_member *m, rmq_allocate_fn fn, void *arg,
					   struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);

	return err != RMQ_OK ? err : rmqi_member_set_allocate_fn(m, fn, arg, detail);
}

enum rmq_error rmqi_handle_start(struct rmqi_member *m, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);

	return err != RMQ_OK ? err : rmqi_member_start(m, detail);
}

enum rmq_error rmqi_handle_wait_ready(struct rmqi_member *m, int64_t timeout_ms,
				      struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);

	return err != RMQ_OK ? err : rmqi_member_wait_ready(m, timeout_ms, detail);
}

enum rmq_error rmqi_handle_set_suspended(struct rmqi_member *m, bool is_suspended,
					 struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);

	return err != RMQ_OK ? err : rmqi_member_set_suspended(m, is_suspended, detail);
}

enum rmq_error rmqi_handle_close(struct rmqi_member *m, int64_t timeout_ms,
				 struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(m, detail);

	return err != RMQ_OK ? err : rmqi_member_close(m, timeout_ms, detail);
}

void rmqi_handle_free(struct rmqi_member *m)
{
	struct rmqi_consumer *own = &m->consumer;

	if (rmqi_handle_check(m, NULL) != RMQ_OK)
		return;
	/* What it could not do is in the log. */
	if (rmqi_member_close(m, -1, NULL) == RMQ_OK)
		RMQI_LOG(own->log, RMQ_LOG_DEBUG, "consumer of group %s freed", own->group);
	rmqi_consumer_unref(own);
}
