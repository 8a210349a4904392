/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster_broker.c - what is changed about a broker of a cluster while it runs: its address,
 * where it is registered.
 *
 * A broker that does not run only remembers it for its next start.
 */
#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/cluster_state.h"

enum { REGISTER_WAIT_MS = 10000 };

/* On the loop, where the broker reads its settings. */
struct change {
	struct mb_slot *slot;
	bool is_running;
	const char *place;
	size_t namesrv;
	bool is_registered;
	struct rmq_error_detail *detail;
	enum rmq_error error;
	void (*make)(struct change *x);
};

static void make_on_loop(void *arg)
{
	struct change *x = arg;

	x->make(x);
}

/* Changes of one that runs follow each other on the loop; one that does not is the caller's meanwhile.
 * RMQ_ERR_STATE: it is starting or stopping. */
static enum rmq_error make(struct rmq_mock_cluster *c, struct change *x)
{
	struct mb_slot *s = x->slot;

	x->is_running = mb_slot_use(c, s);
	if (!x->is_running && !mb_slot_claim(c, s, MB_SLOT_STOPPED, MB_SLOT_STARTING))
		return rmqi_detail_set(x->detail, RMQ_ERR_STATE, 0,
				       "the broker is starting or stopping");
	rmqi_loop_call(c->loop, make_on_loop, x);
	if (x->is_running && x->error == RMQ_OK)
		mb_broker_wait_registered(s->broker,
					  rmqi_clock_deadline(c->env->clock, REGISTER_WAIT_MS));
	if (x->is_running)
		mb_slot_leave(c, s);
	else
		mb_slot_settle(c, s, MB_SLOT_STOPPED);
	return x->error;
}

static void advertise(struct change *x)
{
	x->error = mb_broker_config_advertise(&x->slot->config, x->place, x->detail);
	if (x->error == RMQ_OK && x->is_running)
		mb_broker_readdress(x->slot->broker);
}

enum rmq_error mb_cluster_broker_advertise(struct rmq_mock_cluster *c, const char *broker,
					   const char *place, struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	struct change x = {.place = place, .detail = detail, .make = advertise};

	if (err != RMQ_OK)
		return err;
	x.slot = mb_cluster_find_broker(c, broker, detail);
	return x.slot ? make(c, &x) : RMQ_ERR_NOT_FOUND;
}

static void set_registered(struct change *x)
{
	uint32_t bit = UINT32_C(1) << x->namesrv;

	if (x->is_registered)
		x->slot->silent &= ~bit;
	else
		x->slot->silent |= bit;
	if (x->is_running)
		mb_broker_set_registered(x->slot->broker, x->namesrv, x->is_registered);
}

enum rmq_error mb_cluster_broker_set_registered(struct rmq_mock_cluster *c, const char *broker,
						int namesrv, bool is_registered,
						struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	struct change x = {
		.is_registered = is_registered, .detail = detail, .make = set_registered};

	if (err != RMQ_OK)
		return err;
	x.slot = mb_cluster_find_broker(c, broker, detail);
	if (!x.slot || !mb_cluster_find_namesrv(c, namesrv, detail))
		return RMQ_ERR_NOT_FOUND;
	x.namesrv = (size_t)namesrv;
	return make(c, &x);
}

/* The address keys of a file; what it does not say is as at the start. */
static enum rmq_error take_address(struct mb_broker_config *config, const char *text,
				   const char *origin, struct rmq_error_detail *detail)
{
	struct mb_broker_config fresh;
	enum rmq_error err = mb_broker_config_init(&fresh);

	if (err != RMQ_OK)
		return err;
	err = mb_broker_config_parse(&fresh, rmqi_str(text), origin, detail);
	if (err == RMQ_OK && (fresh.broker_ip1[0] || fresh.advertised_port)) {
		err = mb_broker_config_set(config, RMQI_STR("brokerIP1"),
					   rmqi_str(fresh.broker_ip1), detail);
		config->advertised_port = fresh.advertised_port;
	}
	mb_broker_config_deinit(&fresh);
	return err;
}

struct reload {
	const char *text;
	const char *origin;
	struct change change;
};

static void reload_one(struct change *x)
{
	const struct reload *r = RMQI_CONTAINER(x, struct reload, change);

	x->error = take_address(&x->slot->config, r->text, r->origin, x->detail);
	if (x->error == RMQ_OK && x->is_running)
		mb_broker_readdress(x->slot->broker);
}

enum rmq_error mb_cluster_reload(struct rmq_mock_cluster *c, struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_cluster_check_caller(c, detail);
	struct rmqi_buf file;

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&file, MB_CONF_FILE_MAX);
	err = mb_cluster_read_conf(c->broker_conf_file, &file, detail);
	for (size_t i = 0; i < c->broker_count && err == RMQ_OK; i++) {
		struct reload r = {.text = rmqi_buf_text(&file),
				   .origin = c->broker_conf_file,
				   .change = {.slot = &c->brokers[i],
					      .detail = detail,
					      .make = reload_one}};

		err = make(c, &r.change);
	}
	rmqi_buf_deinit(&file);
	return err;
}
