/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/cluster_members.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/cluster_state.h"

enum { NAME_MAX_LEN = 127 };

/* --- One call at a time --- */

static enum rmq_error begin(struct rmq_mock_cluster *c, struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	bool is_free;

	if (err != RMQ_OK)
		return err;
	if (c->is_one_port || c->has_own_identity)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "a cluster of one broker by its own settings, or on one port, "
				       "has no other");
	rmqi_mutex_lock(&c->mu);
	is_free = !c->members_change;
	c->members_change = true;
	rmqi_mutex_unlock(&c->mu);
	if (is_free)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "another call adds or removes a broker");
}

static void end(struct rmq_mock_cluster *c)
{
	rmqi_mutex_lock(&c->mu);
	c->members_change = false;
	rmqi_mutex_unlock(&c->mu);
}

/* --- Adding --- */

/* Its store has the name of the broker: nothing that leads out of the folder. */
static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
			return false;
	return len > 0 && len <= NAME_MAX_LEN;
}

/* False: it cannot be one. */
static bool read_label(const char *label, struct mb_broker_place *place)
{
	const char *slash = strchr(label, '/');
	size_t len = slash ? (size_t)(slash - label) : strlen(label);

	/* Nodes are found by their names. */
	if (!is_name(label, len) || strncmp(label, "namesrv-", strlen("namesrv-")) == 0 ||
	    (slash && (slash[1] < '1' || slash[1] > '0' + MB_SLAVES_MAX || slash[2] != '\0')))
		return false;
	snprintf(place->name, sizeof(place->name), "%.*s", (int)len, label);
	place->number = slash ? slash[1] - '0' : 0;
	return true;
}

static enum rmq_error check_place(struct rmq_mock_cluster *c, const struct mb_broker_place *place,
				  const char *label, struct rmq_error_detail *detail)
{
	if (mb_cluster_find_slot(c, label))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "%s is there already", label);
	if (place->number == 0)
		return RMQ_OK;
	if (!c->has_slaves)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "masters of this cluster serve no slaves: it was made with "
				       "slaves=0");
	if (!mb_cluster_find_slot(c, place->name))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0,
				       "there is no master %s for the slave", place->name);
	return RMQ_OK;
}

/* That of a broker of this name that was removed, else the one behind the last; NULL: there is none. */
static struct mb_slot *room_for(struct rmq_mock_cluster *c, const char *label)
{
	for (size_t i = 0; i < c->broker_count; i++)
		if (strcmp(c->brokers[i].label, label) == 0)
			return &c->brokers[i];
	return c->broker_count < RMQI_COUNT(c->brokers) ? &c->brokers[c->broker_count] : NULL;
}

/* One whose settings are read; nobody sees it yet. */
static enum rmq_error prepare(struct rmq_mock_cluster *c, struct mb_slot *s,
			      const struct mb_broker_place *place, struct rmq_error_detail *detail)
{
	bool is_new = s == &c->brokers[c->broker_count];
	enum rmq_error err;

	if (is_new)
		mb_slot_init_broker(c, s);
	else
		mb_broker_config_deinit(&s->config);
	err = mb_cluster_configure_more(c, s, place, detail);
	if (err == RMQ_OK)
		return RMQ_OK;
	if (is_new)
		mb_slot_deinit_broker(s);
	return err;
}

static enum rmq_error take_away(struct rmq_mock_cluster *c, struct mb_slot *s,
				struct rmq_error_detail *detail);

static enum rmq_error add(struct rmq_mock_cluster *c, const char *label,
			  struct rmq_error_detail *detail)
{
	struct mb_broker_place place;
	struct mb_slot *s;
	enum rmq_error err;

	if (!read_label(label, &place))
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "\"%s\" is no name of a broker: letters, digits, - and _, for a "
				       "slave /1 .. /%d behind them",
				       label, MB_SLAVES_MAX);
	err = check_place(c, &place, label, detail);
	if (err != RMQ_OK)
		return err;
	s = room_for(c, label);
	if (!s)
		return rmqi_detail_set(detail, RMQ_ERR_BUSY, RMQ_ERROR_FATAL,
				       "a cluster has %zu brokers at most", RMQI_COUNT(c->brokers));
	err = prepare(c, s, &place, detail);
	if (err != RMQ_OK)
		return err;
	mb_slot_settle(c, s, MB_SLOT_STARTING);
	atomic_store(&s->is_removed, false);
	if (s == &c->brokers[c->broker_count])
		c->broker_count++;
	err = mb_slot_run_broker(c, s, detail);
	/* What has not begun has not joined. */
	if (err != RMQ_OK)
		(void)!take_away(c, s, NULL);
	return err;
}

enum rmq_error mb_cluster_broker_add(struct rmq_mock_cluster *c, const char *broker,
				     struct rmq_error_detail *detail)
{
	enum rmq_error err = begin(c, detail);

	if (err != RMQ_OK)
		return err;
	err = add(c, broker, detail);
	end(c);
	return err;
}

/* --- Removing --- */

static enum rmq_error take_away(struct rmq_mock_cluster *c, struct mb_slot *s,
				struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	if (!mb_slot_claim(c, s, MB_SLOT_STOPPED, MB_SLOT_STARTING))
		err = mb_slot_stop(c, s, false, MB_SLOT_STARTING, detail);
	if (err != RMQ_OK)
		return err;
	rmqi_mutex_lock(&c->mu);
	s->port = 0; /* another one may have it */
	s->config.ha_listen_port = 0;
	s->config.advertised_port = 0;
	rmqi_mutex_unlock(&c->mu);
	atomic_store(&s->is_removed, true);
	return RMQ_OK;
}

enum rmq_error mb_cluster_broker_remove(struct rmq_mock_cluster *c, const char *broker,
					struct rmq_error_detail *detail)
{
	enum rmq_error err = begin(c, detail);
	struct mb_slot *s;

	if (err != RMQ_OK)
		return err;
	s = mb_cluster_find_broker(c, broker, detail);
	err = s ? take_away(c, s, detail) : RMQ_ERR_NOT_FOUND;
	end(c);
	return err;
}
