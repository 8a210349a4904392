/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/options.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "net/address.h"

static const struct rmq_mock_option rows[] = {
#define N(name, letter, low, high, otherwise, unit, where, argument, help) \
	{#name,     {RMQI_SETTING_INTEGER, low, high, NULL},               \
	 false,     #low ".." #high,                                       \
	 otherwise, unit,                                                  \
	 where,     letter,                                                \
	 argument,  help},
#define B(name, where, help)                          \
	{#name,   {RMQI_SETTING_BOOLEAN, 0, 1, NULL}, \
	 false,   "true|false",                       \
	 "false", "",                                 \
	 where,   0,                                  \
	 NULL,    help},
#define S(name, letter, otherwise, where, argument, help) \
	{#name,     {RMQI_SETTING_STRING, 0, 0, NULL},    \
	 false,     "",                                   \
	 otherwise, "",                                   \
	 where,     letter,                               \
	 argument,  help},
#define A(name, letter, where, argument, help) \
	{#name, {RMQI_SETTING_STRING, 0, 0, NULL}, true, "", "", "", where, letter, argument, help},
#define END_OF_API
#include "mock-broker/options.def"
#undef N
#undef B
#undef S
#undef A
#undef END_OF_API
};

_Static_assert(RMQI_COUNT(rows) == MB_OPTION_COUNT, "one row an option");
_Static_assert(MB_BROKERS_MAX == 26 && MB_NAMESRVS_MAX == 8 && MB_SLAVES_MAX == 3,
	       "the ranges of options.def");
_Static_assert(65535 - MB_BROKERS_MAX - MB_NAMESRVS_MAX == 65501, "the ranges of options.def");
_Static_assert(MB_START_MS == 1767225600000, "the default of startTimestamp");

const struct rmq_mock_option *mb_option_at(size_t index)
{
	return index < RMQI_COUNT(rows) ? &rows[index] : NULL;
}

struct rmq_mock_options *mb_options_new(void)
{
	struct rmq_mock_options *o = rmqi_calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	for (size_t i = 0; i < RMQI_COUNT(rows); i++)
		(void)rmqi_setting_parse(&rows[i].type, rmqi_str(rows[i].otherwise), &o->number[i]);
	o->log_level = RMQ_LOG_WARN;
	return o;
}

void mb_options_free(struct rmq_mock_options *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < RMQI_COUNT(rows); i++)
		rmqi_free(o->text[i]);
	rmqi_free(o);
}

static enum rmq_error check(const struct rmq_mock_option *row, const char *label,
			    struct rmqi_str value, int64_t *number, struct rmq_error_detail *detail)
{
	struct rmqi_address a;

	if (!rmqi_setting_parse(&row->type, value, number))
		return rmqi_setting_refuse(&row->type, label, value, detail);
	if (row->is_address && rmqi_address_parse(value, &a) != RMQ_OK)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s: \"%.*s\" is not host:port: %s", label,
				       RMQI_STR_ARG(value), rmqi_address_problem(value));
	return RMQ_OK;
}

enum rmq_error mb_options_put(struct rmq_mock_options *o, enum mb_option_id id, const char *label,
			      const char *value, struct rmq_error_detail *detail)
{
	const struct rmq_mock_option *row = &rows[id];
	const char *effective = value[0] ? value : row->otherwise;
	int64_t number = 0;
	char *copy = NULL;
	enum rmq_error err = RMQ_OK;

	if (effective[0])
		err = check(row, label, rmqi_str(effective), &number, detail);
	if (err != RMQ_OK)
		return err;
	if (value[0]) {
		copy = rmqi_strdup(value);
		if (!copy)
			return RMQ_ERR_NO_MEMORY;
	}
	rmqi_free(o->text[id]);
	o->text[id] = copy;
	o->number[id] = number;
	return RMQ_OK;
}

/* MB_OPTION_API_END: no key of the API has this name. */
static size_t find(const char *key)
{
	size_t i = 0;

	while (i < MB_OPTION_API_END && strcmp(rows[i].name, key) != 0)
		i++;
	return i;
}

enum rmq_error mb_options_set(struct rmq_mock_options *o, const char *key, const char *value,
			      struct rmq_error_detail *detail)
{
	const char *names[MB_OPTION_API_END];
	size_t id = find(key);

	if (id < MB_OPTION_API_END)
		return mb_options_put(o, (enum mb_option_id)id, key, value, detail);
	for (size_t i = 0; i < MB_OPTION_API_END; i++)
		names[i] = rows[i].name;
	return rmqi_setting_unknown("option of a mock cluster", key, names, MB_OPTION_API_END,
				    detail);
}

const char *mb_options_text(const struct rmq_mock_options *o, enum mb_option_id id)
{
	const char *text = o->text[id] ? o->text[id] : rows[id].otherwise;

	return text[0] ? text : NULL;
}

const char *mb_options_get(const struct rmq_mock_options *o, const char *key)
{
	size_t id = find(key);
	const char *text;

	if (id == MB_OPTION_API_END)
		return NULL;
	text = mb_options_text(o, (enum mb_option_id)id);
	return text ? text : "";
}

static bool has_port(const char *place)
{
	struct rmqi_address a;

	return rmqi_address_parse(rmqi_str(place), &a) == RMQ_OK;
}

static const char *contradiction(const struct mb_cluster_options *c)
{
	if (!c->tls_cert_file != !c->tls_key_file)
		return "tlsCertFile and tlsKeyFile go together";
	if (c->one_port && (c->brokers > 1 || c->slaves || c->namesrvs > 1))
		return "onePort is for one name server and one broker: most requests do not say "
		       "for which broker they are";
	if (c->advertised_host && (c->brokers > 1 || c->slaves) && has_port(c->advertised_host))
		return "advertisedHost with a port is for one broker: several do not share a port";
	if (!c->access_key != !c->secret_key)
		return "accessKey and secretKey go together";
	if (!c->tls_cert_file && c->tls_required)
		return "tlsRequired needs tlsCertFile and tlsKeyFile";
	if (!c->tls_cert_file && c->tls_ca_file)
		return "tlsCaFile needs tlsCertFile and tlsKeyFile";
	if (c->port + c->namesrvs + c->brokers * (1 + c->slaves) > 65536)
		return "port leaves no room for so many name servers, brokers and slaves behind it";
	if (c->control && c->virtual_time)
		return "there are no sockets in virtual time: control and virtualTime exclude each "
		       "other";
	if (c->time_scale > 1 && c->virtual_time)
		return "virtual time goes as fast as it can: timeScale and virtualTime exclude each "
		       "other";
	if (c->tls_cert_file && c->virtual_time)
		return "there is no TLS in virtual time: tlsCertFile and virtualTime exclude each "
		       "other";
	return NULL;
}

enum rmq_error mb_options_resolve(const struct rmq_mock_options *o, struct mb_cluster_options *out,
				  struct rmq_error_detail *detail)
{
	const struct mb_cluster_options c = {
		.brokers = (int)o->number[MB_OPTION_brokers],
		.slaves = (int)o->number[MB_OPTION_slaves],
		.namesrvs = (int)o->number[MB_OPTION_namesrvs],
		.store = mb_options_text(o, MB_OPTION_store),
		.host = mb_options_text(o, MB_OPTION_host),
		.port = (uint16_t)o->number[MB_OPTION_port],
		.one_port = o->number[MB_OPTION_onePort] != 0,
		.advertised_host = mb_options_text(o, MB_OPTION_advertisedHost),
		.virtual_time = o->number[MB_OPTION_virtualTime] != 0,
		.seed = (uint64_t)o->number[MB_OPTION_seed],
		.time_scale = o->number[MB_OPTION_timeScale],
		.record = (size_t)o->number[MB_OPTION_record],
		.record_bytes = (size_t)o->number[MB_OPTION_recordBytes],
		.record_body = (size_t)o->number[MB_OPTION_recordBody],
		.start_ms = o->number[MB_OPTION_startTimestamp],
		.broker_conf_file = mb_options_text(o, MB_OPTION_brokerConfFile),
		.broker_conf = mb_options_text(o, MB_OPTION_brokerSettings),
		.emulate = mb_options_text(o, MB_OPTION_emulate),
		.fixture = mb_options_text(o, MB_OPTION_fixture),
		.control = mb_options_text(o, MB_OPTION_control),
		.metrics_listen = mb_options_text(o, MB_OPTION_metricsListen),
		.namesrv_conf_file = mb_options_text(o, MB_OPTION_namesrvConfFile),
		.namesrv_conf = mb_options_text(o, MB_OPTION_namesrvSettings),
		.namesrv_addr = mb_options_text(o, MB_OPTION_namesrvAddr),
		.tls_cert_file = mb_options_text(o, MB_OPTION_tlsCertFile),
		.tls_key_file = mb_options_text(o, MB_OPTION_tlsKeyFile),
		.tls_ca_file = mb_options_text(o, MB_OPTION_tlsCaFile),
		.tls_required = o->number[MB_OPTION_tlsRequired] != 0,
		.access_key = mb_options_text(o, MB_OPTION_accessKey),
		.secret_key = mb_options_text(o, MB_OPTION_secretKey),
		.log = o->log,
		.log_arg = o->log_arg,
		.log_level = o->log_level,
	};
	const char *problem = contradiction(&c);

	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL, "%s", problem);
	*out = c;
	return RMQ_OK;
}
