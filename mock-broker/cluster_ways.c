/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_ways.c - the map of ways.h: which nodes are down, and which ways are cut.
 *
 * A node that is down is cut off from everybody in both directions: its port is the server's matter
 * (net/server.h), what it sends itself is held by those who keep its connections, since the map says so.
 *
 * Thread: the map is the loop's.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_nodes.h"
#include "mock-broker/cluster_state.h"

enum { CUTS_MAX = 1024, CLIENT_MAX = 256 };

struct cut {
	struct rmqi_list link;
	const struct mb_slot *a;
	const struct mb_slot *b; /* NULL: `client` */
	char client[CLIENT_MAX];
};

static struct cut *cut_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct cut, link);
}

/* --- Asking --- */

/* "host" is all its ports. */
static bool is_client(const char *cut, const char *client)
{
	size_t len = strlen(cut);

	return strncmp(cut, client, len) == 0 && (client[len] == '\0' || client[len] == ':');
}

static bool is_between(const struct cut *x, const struct mb_slot *a, const struct mb_slot *b)
{
	return x->b && ((x->a == a && x->b == b) || (x->a == b && x->b == a));
}

static struct cut *find_cut(struct rmq_mock_cluster *c, const struct mb_slot *a,
			    const struct mb_slot *b)
{
	RMQI_LIST_EACH(node, &c->cuts)
		if (is_between(cut_of(node), a, b))
			return cut_of(node);
	return NULL;
}

/* All are on one host: the port tells. `at` is a port of the slot's own, or one that it advertises. */
static bool has_port(const struct mb_slot *s, uint16_t port)
{
	return s->port == port || s->config.ha_listen_port == port ||
	       s->config.advertised_port == port;
}

/* Whose address is it? NULL: nobody's. */
static const struct mb_slot *slot_at(struct rmq_mock_cluster *c, const char *address)
{
	const struct mb_slot *found = NULL;
	struct rmqi_address a;

	if (rmqi_address_parse(rmqi_str(address), &a) != RMQ_OK || a.port == 0)
		return NULL;
	rmqi_mutex_lock(&c->mu);
	for (size_t i = 0; i < c->namesrv_count && !found; i++)
		found = c->namesrvs[i].port == a.port ? &c->namesrvs[i] : NULL;
	for (size_t i = 0; i < c->broker_count && !found; i++)
		found = has_port(&c->brokers[i], a.port) ? &c->brokers[i] : NULL;
	rmqi_mutex_unlock(&c->mu);
	return found;
}

static bool is_cut(struct mb_ways *w, const char *address)
{
	const struct mb_slot *s = RMQI_CONTAINER(w, struct mb_slot, ways), *to;

	if (s->reach != RMQI_REACH_OPEN)
		return true;
	if (s->cluster->down_count == 0 && rmqi_list_is_empty(&s->cluster->cuts))
		return false;
	to = slot_at(s->cluster, address);
	return to && (to->reach != RMQI_REACH_OPEN || find_cut(s->cluster, s, to));
}

static bool is_client_cut(struct mb_ways *w, const char *client)
{
	const struct mb_slot *s = RMQI_CONTAINER(w, struct mb_slot, ways);

	RMQI_LIST_EACH(node, &s->cluster->cuts) {
		const struct cut *x = cut_of(node);

		if (x->a == s && !x->b && is_client(x->client, client))
			return true;
	}
	return false;
}

/* --- Changing --- */

/* A stop that begins now has to come through the loop first. */
static void look_again(struct rmq_mock_cluster *c)
{
	for (size_t i = 0; i < c->broker_count; i++)
		if (mb_slot_is_up(c, &c->brokers[i]))
			mb_broker_look_again(c->brokers[i].broker);
	for (size_t i = 0; i < c->namesrv_count; i++)
		if (mb_slot_is_up(c, &c->namesrvs[i]))
			mb_namesrv_look_again(c->namesrvs[i].namesrv);
}

struct change {
	struct rmq_mock_cluster *c;
	struct mb_slot *slot;
	enum rmqi_reach reach;
	const struct mb_slot *other; /* NULL: `client` */
	const char *client;
	bool is_cut;
	enum rmq_error error;
};

static void note_reach(struct rmq_mock_cluster *c, struct mb_slot *s, enum rmqi_reach reach)
{
	c->down_count += (reach != RMQI_REACH_OPEN) - (s->reach != RMQI_REACH_OPEN);
	s->reach = reach;
	look_again(c);
}

static void reach_on_loop(void *arg)
{
	struct change *x = arg;

	note_reach(x->c, x->slot, x->reach);
}

/* One at a time: server and map change one after the other. False: not now. */
static bool begin_turn(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	bool is_mine;

	rmqi_mutex_lock(&c->mu);
	is_mine = !s->is_turning;
	s->is_turning = true;
	rmqi_mutex_unlock(&c->mu);
	return is_mine;
}

static void end_turn(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	rmqi_mutex_lock(&c->mu);
	s->is_turning = false;
	rmqi_mutex_unlock(&c->mu);
}

/* The node runs, and nobody stops it. */
static enum rmq_error turn(struct change *x, struct rmq_error_detail *detail)
{
	struct mb_slot *s = x->slot;
	enum rmq_error err;

	if (!begin_turn(x->c, s))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0,
				       "another call takes %s down or up", s->label);
	err = s->broker ? mb_broker_set_reach(s->broker, x->reach, detail)
			: mb_node_set_reach(mb_namesrv_node(s->namesrv), x->reach, detail);
	if (err == RMQ_OK)
		rmqi_loop_call(x->c->loop, reach_on_loop, x);
	end_turn(x->c, s);
	return err;
}

enum rmq_error mb_cluster_node_reach(struct rmq_mock_cluster *c, const char *node,
				     enum rmqi_reach reach, struct rmq_error_detail *detail)
{
	struct change x = {.c = c, .reach = reach};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	x.slot = mb_cluster_find_node(c, node, detail);
	if (!x.slot)
		return RMQ_ERR_NOT_FOUND;
	if (!mb_slot_use(c, x.slot))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, 0, "%s does not run", node);
	err = turn(&x, detail);
	mb_slot_leave(c, x.slot);
	return err;
}

static struct cut *find_same(const struct change *x)
{
	if (x->other)
		return find_cut(x->c, x->slot, x->other);
	RMQI_LIST_EACH(node, &x->c->cuts) {
		struct cut *cut = cut_of(node);

		if (cut->a == x->slot && !cut->b && strcmp(cut->client, x->client) == 0)
			return cut;
	}
	return NULL;
}

static void drop(struct rmq_mock_cluster *c, struct cut *x)
{
	if (!x)
		return;
	rmqi_list_remove(&x->link);
	c->cut_count--;
	rmqi_free(x);
}

static void add(struct change *x)
{
	struct cut *cut = rmqi_calloc(1, sizeof(*cut));

	if (!cut) {
		x->error = RMQ_ERR_NO_MEMORY;
		return;
	}
	cut->a = x->slot;
	cut->b = x->other;
	snprintf(cut->client, sizeof(cut->client), "%s", x->client ? x->client : "");
	rmqi_list_push(&x->c->cuts, &cut->link);
	x->c->cut_count++;
}

static void cut_on_loop(void *arg)
{
	struct change *x = arg;
	struct cut *there = find_same(x);

	if (!x->is_cut)
		drop(x->c, there);
	else if (!there && x->c->cut_count >= CUTS_MAX)
		x->error = RMQ_ERR_TOO_LARGE;
	else if (!there)
		add(x);
	look_again(x->c);
}

/* Can it be a client? Node names have no such signs. */
static bool is_client_name(const char *name)
{
	return strlen(name) < CLIENT_MAX && strpbrk(name, "@:.");
}

static enum rmq_error find_ends(struct change *x, const char *node, const char *other,
				struct rmq_error_detail *detail)
{
	x->slot = mb_cluster_find_node(x->c, node, detail);
	if (!x->slot)
		return RMQ_ERR_NOT_FOUND;
	if (is_client_name(other)) {
		x->client = other;
		return RMQ_OK;
	}
	x->other = mb_cluster_find_node(x->c, other, detail);
	if (!x->other)
		return RMQ_ERR_NOT_FOUND;
	if (x->other == x->slot)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "both ends are %s", node);
	return RMQ_OK;
}

enum rmq_error mb_cluster_set_cut(struct rmq_mock_cluster *c, const char *node, const char *other,
				  bool cut, struct rmq_error_detail *detail)
{
	struct change x = {.c = c, .is_cut = cut};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err == RMQ_OK)
		err = find_ends(&x, node, other, detail);
	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(c->loop, cut_on_loop, &x);
	if (x.error == RMQ_ERR_TOO_LARGE)
		return rmqi_detail_set(detail, x.error, RMQ_ERROR_FATAL,
				       "there are %d cuts already", CUTS_MAX);
	return x.error;
}

static void drop_all(struct rmq_mock_cluster *c)
{
	RMQI_LIST_EACH(node, &c->cuts)
		drop(c, cut_of(node));
}

static void heal_on_loop(void *arg)
{
	drop_all(arg);
	look_again(arg);
}

enum rmq_error mb_cluster_heal(struct rmq_mock_cluster *c, struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err == RMQ_OK)
		rmqi_loop_call(c->loop, heal_on_loop, c);
	return err;
}

/* --- Nodes that go --- */

static void mute_on_loop(void *arg)
{
	mb_broker_mute(arg);
}

void mb_cluster_ways_stopping(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	if (s->broker && s->reach != RMQI_REACH_OPEN)
		rmqi_loop_call(c->loop, mute_on_loop, s->broker);
}

static void gone_on_loop(void *arg)
{
	struct mb_slot *s = arg;

	note_reach(s->cluster, s, RMQI_REACH_OPEN);
}

void mb_cluster_ways_stopped(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	if (s->reach != RMQI_REACH_OPEN)
		rmqi_loop_call(c->loop, gone_on_loop, s);
}

/* --- Life cycle --- */

static void init_slot(struct rmq_mock_cluster *c, struct mb_slot *s)
{
	s->cluster = c;
	s->ways = (struct mb_ways){.is_cut = is_cut, .is_client_cut = is_client_cut};
}

void mb_cluster_ways_init(struct rmq_mock_cluster *c)
{
	rmqi_list_init(&c->cuts);
	for (size_t i = 0; i < RMQI_COUNT(c->brokers); i++)
		init_slot(c, &c->brokers[i]);
	for (size_t i = 0; i < RMQI_COUNT(c->namesrvs); i++)
		init_slot(c, &c->namesrvs[i]);
}

void mb_cluster_ways_deinit(struct rmq_mock_cluster *c)
{
	drop_all(c);
}
