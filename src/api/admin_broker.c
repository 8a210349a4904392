/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include <rocketmq/admin_broker.h>

#include "admin/brokers.h"
#include "admin/namesrvs.h"
#include "api/entry_checks.h"

/* --- Brokers ------------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_brokers(rmq_admin *a, const char *cluster,
				 const rmq_admin_options *options, rmq_brokers **out,
				 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_brokers(a, cluster, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_clean_expired_queues(rmq_admin *a, const char *cluster,
					      const rmq_admin_options *options, rmq_brokers **out,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "out", out))
		entry.error =
			rmqi_admin_clean_expired_queues(a, cluster, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_ha_status(rmq_admin *a, const char *cluster,
				   const rmq_admin_options *options, rmq_brokers **out,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_ha_status(a, cluster, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_brokers_count(const rmq_brokers *l)
{
	return l ? l->count : 0;
}

const rmq_broker *rmq_brokers_at(const rmq_brokers *l, size_t index)
{
	return index < rmq_brokers_count(l) ? &l->rows[index] : NULL;
}

void rmq_brokers_free(rmq_brokers *l)
{
	rmqi_brokers_free(l);
}

const char *rmq_broker_cluster(const rmq_broker *b)
{
	return b ? b->cluster : "";
}

const char *rmq_broker_name(const rmq_broker *b)
{
	return b ? b->name : "";
}

const char *rmq_broker_address(const rmq_broker *b)
{
	return b ? b->address : "";
}

int64_t rmq_broker_id(const rmq_broker *b)
{
	return b ? b->id : -1;
}

enum rmq_error rmq_broker_error(const rmq_broker *b)
{
	return b ? b->error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_broker_detail(const rmq_broker *b)
{
	return b ? b->detail : NULL;
}

const rmq_properties *rmq_broker_runtime(const rmq_broker *b)
{
	return b ? b->runtime : NULL;
}

static const char *figure(const rmq_broker *b, const char *name)
{
	const char *value = rmq_properties_find(rmq_broker_runtime(b), name);

	return value ? value : "";
}

const char *rmq_broker_version(const rmq_broker *b)
{
	return figure(b, "brokerVersionDesc");
}

bool rmq_broker_is_active(const rmq_broker *b)
{
	return rmqi_str_to_bool(rmqi_str(figure(b, "brokerActive")));
}

/* The first of "10s 60s 600s" (StoreStatsService.getRuntimeInfo). The process may have a locale with another
 * decimal point. */
static double first_figure(const rmq_broker *b, const char *name)
{
	const char *text = figure(b, name);
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	char *end = NULL;
	double value;

	if (!plain)
		return -1;
	value = strtod_l(text, &end, plain);
	freelocale(plain);
	return end != text && isfinite(value) && value >= 0 ? value : -1;
}

double rmq_broker_in_tps(const rmq_broker *b)
{
	return first_figure(b, "putTps");
}

double rmq_broker_out_tps(const rmq_broker *b)
{
	double tps = first_figure(b, "getTransferredTps");

	/* As brokers of 4.x write it. */
	return tps >= 0 ? tps : first_figure(b, "getTransferedTps");
}

/* --- Settings ------------------------------------------------------------------------------------------ */

static bool has_setting(struct rmqi_entry *entry, const char *name, const char *value)
{
	const char *problem;

	if (!rmqi_entry_has(entry, "name", name) || !rmqi_entry_has(entry, "value", value))
		return false;
	problem = rmqi_setting_problem(name, value);
	return !problem || rmqi_entry_refuse(entry, "%s: %s", entry->function, problem);
}

enum rmq_error rmq_admin_broker_config(rmq_admin *a, const char *broker,
				       const rmq_admin_options *options, rmq_properties **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has_text(&entry, "broker", broker) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_broker_config(a, broker, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_set_broker_config(rmq_admin *a, const char *broker, const char *name,
					   const char *value, const rmq_admin_options *options,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has_text(&entry, "broker", broker) &&
	    has_setting(&entry, name, value))
		entry.error = rmqi_admin_set_broker_config(a, broker, name, value, options,
							   entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Name servers -------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_namesrvs(rmq_admin *a, const rmq_admin_options *options,
				  rmq_namesrvs **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_namesrvs(a, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_set_namesrv_config(rmq_admin *a, const char *name, const char *value,
					    const rmq_admin_options *options, rmq_namesrvs **out,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && has_setting(&entry, name, value))
		entry.error = rmqi_admin_set_namesrv_config(a, name, value, options, out,
							    entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_wipe_write_permission(rmq_admin *a, const char *broker_name,
					       const rmq_admin_options *options,
					       rmq_namesrvs **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) &&
	    rmqi_entry_has_text(&entry, "broker_name", broker_name))
		entry.error = rmqi_admin_wipe_write_permission(a, broker_name, options, out,
							       entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_add_write_permission(rmq_admin *a, const char *broker_name,
					      const rmq_admin_options *options, rmq_namesrvs **out,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) &&
	    rmqi_entry_has_text(&entry, "broker_name", broker_name))
		entry.error = rmqi_admin_add_write_permission(a, broker_name, options, out,
							      entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_put_kv(rmq_admin *a, const char *space, const char *name,
				const char *value, const rmq_admin_options *options,
				rmq_namesrvs **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has_text(&entry, "space", space) &&
	    rmqi_entry_has_text(&entry, "name", name) && rmqi_entry_has(&entry, "value", value))
		entry.error =
			rmqi_admin_put_kv(a, space, name, value, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_delete_kv(rmq_admin *a, const char *space, const char *name,
				   const rmq_admin_options *options, rmq_namesrvs **out,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has_text(&entry, "space", space) &&
	    rmqi_entry_has_text(&entry, "name", name))
		entry.error = rmqi_admin_delete_kv(a, space, name, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_kv_pairs(rmq_admin *a, const char *space,
				  const rmq_admin_options *options, rmq_properties **out,
				  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has_text(&entry, "space", space) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_kv_pairs(a, space, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_namesrvs_count(const rmq_namesrvs *l)
{
	return l ? l->count : 0;
}

const rmq_namesrv *rmq_namesrvs_at(const rmq_namesrvs *l, size_t index)
{
	return index < rmq_namesrvs_count(l) ? &l->rows[index] : NULL;
}

void rmq_namesrvs_free(rmq_namesrvs *l)
{
	rmqi_namesrvs_free(l);
}

const char *rmq_namesrv_address(const rmq_namesrv *n)
{
	return n ? n->address : "";
}

enum rmq_error rmq_namesrv_error(const rmq_namesrv *n)
{
	return n ? n->error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_namesrv_detail(const rmq_namesrv *n)
{
	return n ? n->detail : NULL;
}

const rmq_properties *rmq_namesrv_config(const rmq_namesrv *n)
{
	return n ? n->config : NULL;
}

int rmq_namesrv_topics(const rmq_namesrv *n)
{
	return n ? n->topics : -1;
}
