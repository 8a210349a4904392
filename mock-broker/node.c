/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/node.h"

#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/acl/gate.h"
#include "mock-broker/observer.h"

enum { HEADER_MAX = 1024 }; /* bytes of the largest header struct of a request */

struct mb_route {
	int32_t code;
	void (*handle)(void *node, struct mb_request *r);
	const struct rmqi_header_desc *desc; /* NULL: a request without a header */
	uint64_t *count; /* of the cluster's counters; NULL until the first request */
	bool is_lenient;
};

void mb_counters_init(struct mb_counters *c)
{
	*c = (struct mb_counters){0};
	rmqi_imap_init(&c->by_code);
}

void mb_counters_deinit(struct mb_counters *c)
{
	uint64_t code;
	void *count;

	for (size_t at = 0; rmqi_imap_next(&c->by_code, &at, &code, &count);)
		rmqi_free(count);
	rmqi_imap_deinit(&c->by_code);
}

uint64_t mb_counters_get(const struct mb_counters *c, int32_t code)
{
	const uint64_t *count;

	if (code == -1)
		return c->received;
	count = rmqi_imap_get(&c->by_code, (uint32_t)code);
	return count ? *count : 0;
}

/* Where requests with this code are counted; NULL: nowhere. */
static uint64_t *counter_of(struct mb_counters *c, int32_t code)
{
	uint64_t *count = rmqi_imap_get(&c->by_code, (uint32_t)code);

	if (count || c->by_code.count >= MB_CODES_MAX)
		return count;
	count = rmqi_calloc(1, sizeof(*count));
	if (!count)
		return NULL;
	if (rmqi_imap_set(&c->by_code, (uint32_t)code, count) == RMQ_OK)
		return count;
	rmqi_free(count);
	return NULL;
}

/* `route` may be NULL. */
static void count_request(struct mb_counters *c, struct mb_route *route, int32_t code)
{
	uint64_t *count = route ? route->count : NULL;

	c->received++;
	if (!count)
		count = counter_of(c, code);
	if (route)
		route->count = count;
	if (count)
		++*count;
}

static void refuse(struct mb_node *n, const struct mb_request *r)
{
	char name[32];

	n->config.counters->unsupported++;
	RMQI_LOG(n->config.log, RMQ_LOG_WARN, "%s: %s sent %s (%d), which is not supported",
		 n->config.name, rmqi_conn_peer_text(r->ticket.conn),
		 rmqi_request_name(r->command->code, name, sizeof(name)), (int)r->command->code);
	mb_answer_error(&r->ticket, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
			" request type %d not supported", (int)r->command->code);
}

/* False: it goes no further. */
static bool pass(struct mb_node *n, struct mb_request *r, enum mb_stage stage,
		 const struct rmqi_header_desc *desc)
{
	struct mb_passage p;

	r->ticket.stage = stage;
	if (!mb_faults_are_on(n->door.faults))
		return true;
	p = (struct mb_passage){.stage = stage,
				.ticket = &r->ticket,
				.command = r->command,
				.desc = desc,
				.header = r->header};
	if (n->door.faults->on_stage(n->door.faults, &p))
		return true;
	/* What cannot be kept goes on now. */
	return p.wait_ms > 0 && !mb_waiting_add(&n->waiting, r, p.wait_ms);
}

/* False: it was answered. */
static bool decode(const struct mb_route *route, struct mb_request *r, void *header)
{
	const char *bad = "?";

	if (rmqi_header_view(route->desc, r->command, header, &r->header, &bad) == RMQ_OK)
		return true;
	r->bad_field = bad;
	if (route->is_lenient)
		return true;
	mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "the custom field <%s> is null", bad);
	return false;
}

/* It has passed `stage`. */
static void dispatch(struct mb_node *n, const struct mb_route *route, struct mb_request *r,
		     enum mb_stage stage)
{
	_Alignas(max_align_t) uint8_t header[HEADER_MAX];

	if (!route) {
		refuse(n, r);
		return;
	}
	if (route->desc && !decode(route, r, header))
		return;
	if (stage == MB_STAGE_APPLY || pass(n, r, MB_STAGE_APPLY, route->desc))
		route->handle(n->config.arg, r);
}

/* Requests of one kind come in runs. NULL: there is none for this code. */
static struct mb_route *own_route(struct mb_node *n, int32_t code)
{
	struct mb_route *route = n->last;

	if (route && route->code == code)
		return route;
	route = rmqi_imap_get(&n->by_code, (uint32_t)code);
	n->last = route;
	return route;
}

/* Takes the node to its guest if the code is one of its codes. */
static struct mb_route *find_route(struct mb_node **n, int32_t code)
{
	struct mb_route *route = own_route(*n, code);
	struct mb_node *guest = (*n)->guest;

	if (route || !guest)
		return route;
	route = own_route(guest, code);
	if (route)
		*n = guest;
	return route;
}

/* Does it wait for a guest, and is this a request for one? */
static bool is_for_absent(const struct mb_node *n, int32_t code)
{
	const struct rmqi_request_desc *desc = rmqi_request_find(code);

	return n->config.is_host && !n->guest && desc && (desc->to & RMQI_TO_BROKER);
}

/* Behind MB_STAGE_RECEIVED. */
static void take(struct mb_node *n, struct mb_route *route, struct mb_request *r)
{
	/* A code that nobody knows is refused as such (NettyRemotingAbstract.processRequestCommand). */
	if (route && n->busy.kind != MB_BUSY_NOT &&
	    mb_busy_refuses(&n->busy, &r->ticket,
			    rmqi_clock_us(rmqi_loop_clock(n->config.loop))))
		return;
	if (mb_gate_admits(n->config.gate, &r->ticket, r->command))
		dispatch(n, route, r, MB_STAGE_RECEIVED);
}

/* One that has waited. */
static void go_on(void *arg, struct mb_request *r)
{
	struct mb_node *n = arg;
	struct mb_route *route = own_route(n, r->command->code);

	if (r->ticket.stage == MB_STAGE_APPLY)
		dispatch(n, route, r, MB_STAGE_APPLY);
	else
		take(n, route, r);
}

static void on_request(void *arg, struct rmqi_conn *c, const struct rmqi_command *command)
{
	struct mb_node *n = arg;
	struct mb_route *route = find_route(&n, command->code);
	struct mb_request r = {
		.ticket = {.conn = c,
			   .door = &n->door,
			   .code = command->code,
			   .opaque = command->opaque,
			   .serialization = command->serialization,
			   .is_oneway = rmqi_command_is_oneway(command)},
		.command = command,
	};

	count_request(n->config.counters, route, command->code);
	if (n->door.observer)
		r.ticket.seen = n->door.observer->on_request(n->door.observer, c, command);
	if (!route && is_for_absent(n, command->code)) {
		rmqi_conn_close(c, RMQ_ERR_CONNECT);
		return;
	}
	if (pass(n, &r, MB_STAGE_RECEIVED, NULL))
		take(n, route, &r);
}

static bool is_cut(const struct mb_node *n, struct rmqi_conn *c)
{
	return n->config.is_cut && n->config.is_cut(n->config.arg, c);
}

void mb_node_look_at(struct mb_node *n, struct rmqi_conn *c)
{
	struct mb_node *host = n->config.host_node ? n->config.host_node : n;
	bool is_held = host->reach == RMQI_REACH_SILENT || host->reach == RMQI_REACH_HELD;

	rmqi_conn_hold(c, is_held || is_cut(host, c) || (host->guest && is_cut(host->guest, c)));
}

static void look_at(void *arg, struct rmqi_conn *c)
{
	mb_node_look_at(arg, c);
}

void mb_node_look_again(struct mb_node *n)
{
	struct mb_node *host = n->config.host_node ? n->config.host_node : n;

	rmqi_server_each(host->server, look_at, host);
}

static void tell_opened(struct mb_node *n, struct rmqi_conn *c)
{
	if (n->door.observer)
		n->door.observer->on_open(n->door.observer, c);
	if (n->door.faults && n->door.faults->on_open)
		n->door.faults->on_open(n->door.faults, c);
	if (n->config.on_open)
		n->config.on_open(n->config.arg, c);
	mb_node_look_at(n, c);
}

static void tell_closed(struct mb_node *n, struct rmqi_conn *c)
{
	mb_waiting_forget(&n->waiting, c);
	if (n->config.on_closed)
		n->config.on_closed(n->config.arg, c);
	if (n->door.faults && n->door.faults->on_closed)
		n->door.faults->on_closed(n->door.faults, c);
	if (n->door.observer)
		n->door.observer->on_closed(n->door.observer, c);
}

static void on_open(void *arg, struct rmqi_conn *c)
{
	struct mb_node *n = arg;

	tell_opened(n, c);
	if (n->guest)
		tell_opened(n->guest, c);
}

static void on_closed(void *arg, struct rmqi_conn *c)
{
	struct mb_node *n = arg;

	if (n->guest)
		tell_closed(n->guest, c);
	tell_closed(n, c);
}

static void open_one(void *arg, struct rmqi_conn *c)
{
	tell_opened(arg, c);
}

static void close_one(void *arg, struct rmqi_conn *c)
{
	tell_closed(arg, c);
	rmqi_conn_close(c, RMQ_OK);
}

/* A code that both have would never reach the guest. */
static void check_codes(const struct mb_node *host, const struct mb_node *guest)
{
	size_t at = 0;
	uint64_t code;
	void *route;

	while (rmqi_imap_next(&guest->by_code, &at, &code, &route))
		assert(!rmqi_imap_get(&host->by_code, code));
	(void)host;
}

static void join_on_loop(void *arg)
{
	struct mb_node *n = arg;
	struct mb_node *host = n->config.host_node;

	assert(!host->guest);
	check_codes(host, n);
	host->guest = n;
	n->is_joined = true;
	rmqi_server_each(host->server, open_one, n);
}

/* Everybody's connections break, as those to a broker that stops. */
static void leave_on_loop(void *arg)
{
	struct mb_node *n = arg;
	struct mb_node *host = n->config.host_node;

	if (!n->is_joined)
		return;
	n->is_joined = false;
	host->guest = NULL; /* what closes now is told here */
	rmqi_server_each(host->server, close_one, n);
}

static size_t count_handlers(const struct mb_handler *const *lists)
{
	size_t count = 0;

	for (; *lists; lists++) {
		for (const struct mb_handler *h = *lists; h->handle; h++)
			count++;
	}
	return count;
}

static enum rmq_error add_handler(struct mb_node *n, const struct mb_handler *h,
				  struct mb_route *route)
{
	int32_t code = h->code & ~MB_LENIENT;
	const struct rmqi_request_desc *desc = rmqi_request_find(code);

	*route = (struct mb_route){code, h->handle, desc ? desc->request : NULL, NULL,
				   (h->code & MB_LENIENT) != 0};
	assert(!route->desc || route->desc->struct_size <= HEADER_MAX);
	return rmqi_imap_set(&n->by_code, (uint32_t)code, route);
}

static bool is_known(const struct mb_node *n, const struct mb_handler *h)
{
	return !n->config.knows || n->config.knows(n->config.arg, h->code & ~MB_LENIENT);
}

static enum rmq_error add_handlers(struct mb_node *n)
{
	struct mb_route *route;
	enum rmq_error err;

	n->routes = rmqi_calloc(count_handlers(n->config.lists), sizeof(*n->routes));
	if (!n->routes)
		return RMQ_ERR_NO_MEMORY;
	route = n->routes;
	for (const struct mb_handler *const *list = n->config.lists; *list; list++) {
		for (const struct mb_handler *h = *list; h->handle; h++) {
			if (!is_known(n, h))
				continue;
			err = add_handler(n, h, route++);
			if (err != RMQ_OK)
				return err;
		}
	}
	return RMQ_OK;
}

enum rmq_error mb_node_new(const struct mb_node_config *config, struct mb_node **out,
			   struct rmq_error_detail *detail)
{
	struct mb_node *n = rmqi_calloc(1, sizeof(*n));
	struct rmqi_server_config server = {
		.loop = config->loop,
		.log = config->log,
		.host = config->host,
		.port = config->port,
		.version = config->version,
		.tls = config->tls,
		.require_tls = config->require_tls,
		.limits = config->limits,
		.on_request = on_request,
		.on_open = on_open,
		.on_closed = on_closed,
		.arg = n,
	};
	enum rmq_error err;

	if (!n)
		return RMQ_ERR_NO_MEMORY;
	n->config = *config;
	rmqi_imap_init(&n->by_code);
	n->door.node = n;
	n->door.faults = config->faults;
	n->door.observer = config->observer;
	mb_late_init(&n->door.late, config->loop);
	mb_waiting_init(&n->waiting, config->loop, go_on, n);
	err = add_handlers(n);
	if (err == RMQ_OK && config->host_node)
		rmqi_loop_call(config->loop, join_on_loop, n);
	else if (err == RMQ_OK)
		err = rmqi_server_new(&server, &n->server, detail);
	if (err != RMQ_OK) {
		mb_node_free(n);
		return err;
	}
	*out = n;
	return RMQ_OK;
}

struct reach_change {
	struct mb_node *node;
	enum rmqi_reach reach;
};

static void note_reach(void *arg)
{
	const struct reach_change *x = arg;

	x->node->reach = x->reach;
	/* Whoever is cut off alone stays so. */
	mb_node_look_again(x->node);
}

enum rmq_error mb_node_set_reach(struct mb_node *n, enum rmqi_reach reach,
				 struct rmq_error_detail *detail)
{
	struct reach_change x = {n, reach}, back = {n, n->reach};
	bool goes_down = reach != RMQI_REACH_OPEN;
	enum rmq_error err;

	if (!n->server)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "onePort: it has the port of the name server");
	/* Who connects meanwhile is not served as one that is up. */
	if (goes_down)
		rmqi_loop_call(n->config.loop, note_reach, &x);
	err = rmqi_server_set_reach(n->server, reach, detail);
	if (err != RMQ_OK && goes_down)
		rmqi_loop_call(n->config.loop, note_reach, &back);
	if (err == RMQ_OK && !goes_down)
		rmqi_loop_call(n->config.loop, note_reach, &x);
	return err;
}

const char *mb_node_address(const struct mb_node *n)
{
	return rmqi_server_address(n->config.host_node ? n->config.host_node->server : n->server);
}

static void drop_late(void *arg)
{
	mb_late_deinit(arg);
}

void mb_node_close(struct mb_node *n)
{
	if (!n || n->is_closed)
		return;
	n->is_closed = true;
	if (n->config.host_node)
		rmqi_loop_call(n->config.loop, leave_on_loop, n);
	rmqi_server_free(n->server);
	n->server = NULL;
	rmqi_loop_call(n->config.loop, drop_late, &n->door.late);
}

void mb_node_free(struct mb_node *n)
{
	if (!n)
		return;
	mb_node_close(n);
	rmqi_imap_deinit(&n->by_code);
	rmqi_free(n->routes);
	rmqi_free(n);
}
