/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin.c - what operators change at a name server: KV configuration, topics,
 * write permissions (DefaultRequestProcessor.java).
 */
#include "mock-broker/namesrv/internal.h"

static void answer_done(struct mb_request *r, enum rmq_error err)
{
	if (err == RMQ_OK)
		mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
	else
		mb_answer_failure(&r->ticket, err);
}

static void put_kv(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_put_kv_config *h = r->header;

	if (!r->bad_field)
		answer_done(r, mb_kv_put(&n->kv, h->namespace, h->key, h->value));
	else if (RMQI_HAS(h, put_kv_config, namespace) && RMQI_HAS(h, put_kv_config, key))
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "the custom field <%s> is null",
				r->bad_field);
	else
		mb_answer_error(&r->ticket, RMQI_RESP_SYSTEM_ERROR, "namespace or key is null");
}

static void get_kv(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_get_kv_config *h = r->header;
	struct rmqi_h_get_kv_config_response answer = {0};
	const char *value;

	value = mb_kv_get(&n->kv, h->namespace, h->key);
	if (!value) {
		mb_answer_error(&r->ticket, RMQI_RESP_QUERY_NOT_FOUND,
				"No config item, Namespace: %.*s Key: %.*s",
				RMQI_STR_ARG(h->namespace), RMQI_STR_ARG(h->key));
		return;
	}
	RMQI_SET(&answer, get_kv_config_response, value, rmqi_str(value));
	mb_answer_header(&r->ticket, &rmqi_desc_get_kv_config_response, &answer);
}

static void delete_kv(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_delete_kv_config *h = r->header;

	answer_done(r, mb_kv_delete(&n->kv, h->namespace, h->key));
}

static void list_kv(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_get_kvlist_by_namespace *h = r->header;

	rmqi_buf_reset(&n->body);
	if (mb_kv_list(&n->kv, h->namespace, &n->body))
		mb_answer_body(&r->ticket, &n->body);
	else
		mb_answer_error(&r->ticket, RMQI_RESP_QUERY_NOT_FOUND,
				"No config item, Namespace: %.*s", RMQI_STR_ARG(h->namespace));
}

static void delete_topic(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_delete_topic_from_namesrv *h = r->header;

	mb_routes_delete_topic(&n->routes, h->topic, h->clusterName);
	mb_answer_code(&r->ticket, RMQI_RESP_SUCCESS);
}

static void wipe_write_perm(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_wipe_write_perm_of_broker *h = r->header;
	struct rmqi_h_wipe_write_perm_of_broker_response answer = {0};

	answer.wipeTopicCount = mb_routes_set_write_perm(&n->routes, h->brokerName, false);
	mb_answer_header(&r->ticket, &rmqi_desc_wipe_write_perm_of_broker_response, &answer);
}

static void add_write_perm(void *arg, struct mb_request *r)
{
	struct mb_namesrv *n = arg;
	const struct rmqi_h_add_write_perm_of_broker *h = r->header;
	struct rmqi_h_add_write_perm_of_broker_response answer = {0};

	answer.addTopicCount = mb_routes_set_write_perm(&n->routes, h->brokerName, true);
	mb_answer_header(&r->ticket, &rmqi_desc_add_write_perm_of_broker_response, &answer);
}

const struct mb_handler mb_namesrv_admin_handlers[] = {
	{MB_LENIENT | RMQI_REQ_PUT_KV_CONFIG, put_kv},
	{RMQI_REQ_GET_KV_CONFIG, get_kv},
	{RMQI_REQ_DELETE_KV_CONFIG, delete_kv},
	{RMQI_REQ_GET_KVLIST_BY_NAMESPACE, list_kv},
	{RMQI_REQ_DELETE_TOPIC_IN_NAMESRV, delete_topic},
	{RMQI_REQ_WIPE_WRITE_PERM_OF_BROKER, wipe_write_perm},
	{RMQI_REQ_ADD_WRITE_PERM_OF_BROKER, add_write_perm},
	{0, NULL},
};
