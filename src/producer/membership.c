/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/membership.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/str.h"

void rmqi_membership_init(struct rmqi_membership *m, struct rmqi_life *life,
			  struct rmqi_ledger *ledger)
{
	*m = (struct rmqi_membership){.life = life, .ledger = ledger};
	rmqi_mutex_init(&m->mu);
}

void rmqi_membership_deinit(struct rmqi_membership *m)
{
	rmqi_checks_free(m->checks);
	for (size_t i = 0; i < m->topic_count; i++)
		rmqi_free(m->topics[i]);
	rmqi_free(m->topics);
	rmqi_mutex_deinit(&m->mu);
}

static enum rmq_error no_memory(struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

static enum rmq_error too_late(struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       "the check function must be set before the start");
}

enum rmq_error rmqi_membership_set_check_fn(struct rmqi_membership *m, const char *group,
					    rmq_transaction_check_fn fn, void *arg,
					    struct rmq_error_detail *detail)
{
	struct rmqi_checks *checks = NULL, *unused;
	enum rmq_error err = rmqi_client_check_caller(m->client, detail);
	bool is_fixed;

	if (err == RMQ_OK)
		err = rmqi_checks_new(m->client, group, m->ledger, m->trace, fn, arg, &checks,
				      detail);
	if (err != RMQ_OK)
		return err;
	rmqi_mutex_lock(&m->mu);
	is_fixed = m->is_fixed;
	unused = is_fixed ? checks : m->checks;
	if (!is_fixed)
		m->checks = checks;
	rmqi_mutex_unlock(&m->mu);
	rmqi_checks_free(unused);
	return is_fixed ? too_late(detail) : RMQ_OK;
}

void rmqi_membership_fix(struct rmqi_membership *m)
{
	rmqi_mutex_lock(&m->mu);
	m->is_fixed = true;
	rmqi_mutex_unlock(&m->mu);
}

bool rmqi_membership_has_check_fn(struct rmqi_membership *m)
{
	bool has;

	rmqi_mutex_lock(&m->mu);
	has = m->checks != NULL;
	rmqi_mutex_unlock(&m->mu);
	return has;
}

/* @locks: mu held */
static enum rmq_error append(struct rmqi_membership *m, char *topic)
{
	char **topics = rmqi_realloc(m->topics, (m->topic_count + 1) * sizeof(*topics));

	if (!topics)
		return RMQ_ERR_NO_MEMORY;
	m->topics = topics;
	topics[m->topic_count++] = topic;
	return RMQ_OK;
}

/* @locks: mu held */
static bool is_added(const struct rmqi_membership *m, const char *topic)
{
	for (size_t i = 0; i < m->topic_count; i++)
		if (strcmp(m->topics[i], topic) == 0)
			return true;
	return false;
}

static enum rmq_error add(struct rmqi_membership *m, const char *topic)
{
	char *copy = rmqi_strdup(topic);
	enum rmq_error err = copy ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	bool is_new;

	if (!copy)
		return err;
	rmqi_mutex_lock(&m->mu);
	is_new = !is_added(m, topic);
	if (is_new)
		err = append(m, copy);
	rmqi_mutex_unlock(&m->mu);
	if (!is_new || err != RMQ_OK)
		rmqi_free(copy);
	return err;
}

enum rmq_error rmqi_membership_add_topic(struct rmqi_membership *m, const char *topic,
					 struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_check_caller(m->client, detail);

	if (err != RMQ_OK)
		return err;
	if (!rmqi_life_is_open(m->life))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the producer is closed");
	err = add(m, topic);
	/* Whoever is later, this or the start, announces it. */
	if (err == RMQ_OK && rmqi_life_is_running(m->life))
		err = rmqi_client_watch(m->client, topic);
	return err == RMQ_OK ? RMQ_OK : no_memory(detail);
}

/* Texts stay where they are when others are added. */
static const char *topic_at(struct rmqi_membership *m, size_t i)
{
	const char *topic;

	rmqi_mutex_lock(&m->mu);
	topic = i < m->topic_count ? m->topics[i] : NULL;
	rmqi_mutex_unlock(&m->mu);
	return topic;
}

void rmqi_membership_announce(struct rmqi_membership *m)
{
	const char *topic;

	for (size_t i = 0; (topic = topic_at(m, i)) != NULL; i++)
		if (rmqi_client_watch(m->client, topic) != RMQ_OK)
			RMQI_LOG(rmqi_client_log(m->client), RMQ_LOG_ERROR,
				 "memory is out: the brokers of topic %s are not told of this "
				 "producer before it sends to them",
				 topic);
}

void rmqi_membership_asked(struct rmqi_membership *m, const char *address,
			   const struct rmqi_command *request)
{
	if (m->checks)
		rmqi_checks_take(m->checks, address, request);
	else
		rmqi_checks_refuse(m->client, &m->unanswered, address);
}
